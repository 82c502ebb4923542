"""Learning in decoupled ranks beside the single process."""

from dataclasses import asdict, replace
from pathlib import Path

import made_up_times
import numpy as np
import pandas as pd
import pytest

from synthgrad.core.setup import Setup
from synthgrad.core.training.loop import train
from synthgrad.parallel.mpi import missing
from synthgrad.parallel.programs import LATE_TARGETS
from synthgrad.parallel.staleness import NONE, TABLES, arms_of, beside_in_step, in_ranks, tables
from synthgrad.study.config import read_config
from synthgrad.study.expansion import parse_study
from synthgrad.study.ranks import IN_RANKS, decoupled_cells, seeds_in_ranks

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


LOCAL = {"method": "local-loss", "late_targets": NONE}


@needs_mpi
@pytest.mark.parametrize("late_targets", LATE_TARGETS)
def test_decoupled_runs_learn_and_tell_how_stale_their_targets_were(tmp_path, late_targets):
    paths = {table: tmp_path / f"{table}.csv" for table in TABLES}
    labels = {"method": SMALL.method, "late_targets": late_targets}
    arms = [(labels, asdict(SMALL)), (LOCAL, asdict(replace(SMALL, method="local-loss")))]
    in_ranks(arms, [3, 4], records=5, paths=paths, limit=120)
    runs, outcomes = (pd.read_csv(paths[table]) for table in TABLES)
    local = outcomes["method"] == "local-loss"
    np.testing.assert_array_equal(
        outcomes.loc[local, "bit_accuracy"],
        train(replace(SMALL, method="local-loss"), [3, 4]).measures["bit_accuracy"][:, -1],
    )
    assert outcomes.loc[local, ["staleness_mean", "staleness_most"]].isna().all(axis=None)
    runs, outcomes = runs[runs["late_targets"] == late_targets], outcomes[~local]
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


def study_with(**decoupling):
    config = read_config(ROOT / "config" / "config.yaml")
    config["decoupling"] |= decoupling
    return parse_study(config, ROOT / "workflow" / "schemas" / "config.schema.yaml")


def test_arms_have_the_step_sizes_of_the_study():
    study = study_with(late_targets=["repredicted"])
    cells = [cell for _, cell in study.experiments["headline"]]
    outcomes = pd.DataFrame(
        [
            {"cell": cell.name, "step_size": number, "generator_step_size": number / 1000}
            for number, cell in enumerate(cells)
        ]
    )
    arms = arms_of(study, outcomes)
    methods = [
        cell.setup.method
        for cell in cells
        if cell.setup.bits == 8 and cell.setup.method in set(IN_RANKS.values()) - {"backprop"}
    ]
    assert [labels["method"] for labels, _ in arms] == methods
    assert {"dni[output]", "dni[label]", "dni[output+label]"} <= set(methods)
    for labels, settings in arms:
        number = [cell.name for cell in cells].index(labels["cell"])
        assert (settings["step_size"], settings["bits"]) == (number, 8)
        assert settings["generator_step_size"] == number / 1000


def test_both_forms_of_late_targets_are_arms_where_the_study_asks_for_them():
    study = study_with(late_targets=["kept", "repredicted"], seeds=2)
    outcomes = made_up_times.outcomes(study, dict.fromkeys(IN_RANKS.values(), 9.0))
    outcomes = outcomes.assign(step_size=0.1, generator_step_size=0.01)
    arms = arms_of(study, outcomes)
    forms = [labels["late_targets"] for labels, _ in arms if labels["method"] == "dni[label]"]
    assert forms == ["kept", "repredicted"]
    forms = [labels["late_targets"] for labels, _ in arms if labels["method"] == "local-loss"]
    assert set(forms) <= {NONE}
    assert seeds_in_ranks(study) == study.evaluation_seeds[:2]


def test_runs_in_ranks_stand_beside_the_same_seeds_in_step():
    study = study_with(late_targets=["repredicted", "kept"], seeds=3)
    [cell] = [cell for cell in decoupled_cells(study) if cell.setup.method == "dni[label]"]
    outcomes = made_up_times.outcomes(study, {"dni[label]": 9.0})
    decoupled = made_up_times.decoupled(study)
    decoupled = decoupled[decoupled["cell"] == cell.name]
    kept = decoupled["late_targets"] == "kept"
    first = decoupled["seed"] == study.evaluation_seeds[0]
    decoupled.loc[kept, "accuracy_auc"] = 0.375
    decoupled.loc[kept & first, "diverged_at"] = 7
    rows = beside_in_step(study, outcomes, decoupled).set_index("late_targets")
    assert rows["seeds"].tolist() == [3, 3]
    assert rows["diverged"].tolist() == [0, 1]
    assert rows["diverged_in_step"].tolist() == [0, 0]
    # differences of -1/8, -1/8 and, diverged, of -1 - 1/2: the median of their Walsh averages
    assert rows["difference"].tolist() == [0, (-0.125 + (-0.125 - 1.5) / 2) / 2]
    assert rows.loc["kept", ["score", "score_in_step"]].tolist() == [0.375, 0.5]
