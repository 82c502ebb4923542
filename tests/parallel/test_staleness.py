"""Learning in decoupled ranks beside the single process."""

from dataclasses import asdict
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from synthgrad.core.setup import Setup
from synthgrad.core.training.loop import train
from synthgrad.parallel.mpi import missing
from synthgrad.parallel.staleness import TABLES, arms_of, in_ranks, tables
from synthgrad.study.config import read_config
from synthgrad.study.expansion import parse_study

ROOT = Path(__file__).parents[2]
LACKING = missing()
needs_mpi = pytest.mark.skipif(LACKING is not None, reason=f"needs the extra parallel: {LACKING}")

SMALL = Setup(
    method="dni[output+label]",
    bits=4,
    examples=200,
    heldout_examples=0,
    hidden=(32, 16),
    weight_scale=0.5,
    weight_shift=0.0,
    epochs=60,
    step_size=0.1,
    generator_step_size=0.003,
)


@needs_mpi
def test_decoupled_runs_learn_and_tell_how_stale_their_targets_were(tmp_path):
    paths = {table: tmp_path / f"{table}.csv" for table in TABLES}
    arms = [({"method": SMALL.method}, asdict(SMALL))]
    in_ranks(arms, [3, 4], records=5, paths=paths, limit=120)
    runs, outcomes = (pd.read_csv(paths[table]) for table in TABLES)
    assert outcomes["seed"].tolist() == [3, 4]
    assert outcomes["staleness_most"].between(0, 4).all()
    assert runs.groupby("seed")["epoch"].apply(list).iloc[0] == [0, 1, 4, 15, 60]
    assert runs.loc[runs["epoch"] > 0, "staleness_mean"].between(0, 4).all()
    alone = train(SMALL, [3, 4]).measures["bit_accuracy"]
    # Untrained they are the same network; trained, neighbours.
    start = runs[runs["epoch"] == 0]
    np.testing.assert_array_equal(start["bit_accuracy"], alone[:, 0])
    np.testing.assert_allclose(outcomes["bit_accuracy"], alone[:, -1], atol=0.15)
    assert (outcomes["bit_accuracy"] > outcomes["chance"] + 0.1).all()


def test_tables_by_hand():
    taken = {
        "bit_accuracy": np.array([0.5, 0.75, 0.96, 0.5]),
        "staleness_mean": np.array([np.nan, 1.0, 2.0, 3.0]),
        "staleness_most": np.array([np.nan, 2, 4, 3]),
        "finite": np.array([True, True, True, False]),
        "chance": 0.5,
    }
    runs, outcome = tables({"method": "m"}, 7, taken, [0, 3])
    assert [(row["seed"], row["epoch"], row["bit_accuracy"]) for row in runs] == [
        (7, 0, 0.5),
        (7, 3, 0.5),
    ]
    assert outcome["accuracy_auc"] == pytest.approx((0.5 + 0.92 + 0) / 3)
    assert outcome["epochs_to_95"] == 2
    assert (outcome["staleness_mean"], outcome["staleness_most"]) == (2.0, 4)
    assert (outcome["diverged_at"], outcome["epochs"]) == (3, 3)


def test_arms_have_the_step_sizes_of_the_study():
    study = parse_study(
        read_config(ROOT / "config" / "config.yaml"),
        ROOT / "workflow" / "schemas" / "config.schema.yaml",
    )
    cells = [cell for _, cell in study.experiments["headline"]]
    outcomes = pd.DataFrame(
        [
            {"cell": cell.name, "step_size": number, "generator_step_size": number / 1000}
            for number, cell in enumerate(cells)
        ]
    )
    arms = arms_of(study, outcomes)
    assert [labels["method"] for labels, _ in arms] == [
        "dni[output]",
        "dni[label]",
        "dni[output+label]",
    ]
    for labels, settings in arms:
        number = [cell.name for cell in cells].index(labels["cell"])
        assert (settings["step_size"], settings["bits"]) == (number, 8)
        assert settings["generator_step_size"] == number / 1000
