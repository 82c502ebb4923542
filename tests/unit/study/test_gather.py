from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from package import ROOT

from synthgrad.core.setup import Setup
from synthgrad.core.training.curves import epochs_to
from synthgrad.core.training.history import recorded_epochs
from synthgrad.core.training.loop import train
from synthgrad.outcomes import gather, representations, tuning
from synthgrad.study.cells import cell_columns, choose_from, tuning_columns
from synthgrad.study.config import read_config
from synthgrad.study.experiments import (
    cell_parameters,
    job_name,
    parse_study,
    tuning_parameters,
    tuning_setup,
)
from synthgrad.study.tables import DamagedTable, write_table

SCHEMA = ROOT / "workflow" / "schemas" / "config.schema.yaml"

CONTRACT = [
    "experiment",
    "method",
    "bits",
    "seed",
    "epoch",
    "step_size",
    "generator_step_size",
    "mse",
    "bit_accuracy",
    "sum_accuracy",
    "heldout_bit_accuracy",
    "heldout_sum_accuracy",
    "tutorial_error",
    "alignment_1",
    "alignment_2",
    "norm_ratio_1",
    "norm_ratio_2",
    "spread_1",
    "spread_2",
    "similarity_1",
    "similarity_2",
    "saturation_1",
    "saturation_2",
    "diverged_at",
    "done_at",
]


@pytest.fixture(scope="module")
def study():
    config = read_config(ROOT / "config" / "config.yaml") | {
        "decoupling": None,
        "seeds": {"evaluation": {"first": 0, "count": 3}, "tuning": {"first": 9, "count": 3}},
        "defaults": {"examples": 40, "hidden": [6, 5], "epochs": 12},
        "experiments": {
            "small": {
                "question": "?",
                "vary": {"method": ["backprop", "dni[output]"], "bits": [3], "bias": [True, False]},
                "step_sizes": "given",
            }
        },
    }
    return parse_study(config, SCHEMA)


@pytest.fixture(scope="module")
def histories(study):
    return {
        name: train(cell.setup, seeds, record=recorded_epochs(12, 4))
        for name, (cell, seeds) in study.jobs().items()
    }


@pytest.fixture
def cells(study, histories, tmp_path):
    return write_cells(study, histories, tmp_path)


def write_cells(study, histories, folder):
    """Write the table of each cell; give their paths."""
    for name, (cell, _) in study.jobs().items():
        columns = cell_columns(histories[name])
        write_table(columns, "cell", folder / name, cell_parameters(study, cell))
    return {name: folder / name for name in histories}


def gathered(study, cells):
    """The rows of all cells together, as (runs, outcomes)."""
    pieces = zip(*gather.runs_and_outcomes(study, cells), strict=True)
    return tuple(
        {name: np.concatenate([piece[name] for piece in part]) for name in part[0]}
        for part in pieces
    )


def test_runs_have_the_promised_columns_and_rows(study, cells):
    runs, _ = gathered(study, cells)
    assert set(CONTRACT) <= set(runs)
    assert set(runs) - set(CONTRACT) == {
        "cell",
        "bias",
        "absolute_error",
        "largest_weight",
        "printed_error",
        "synthetic_error",
    }
    recorded = len(recorded_epochs(12, 4))
    assert len(runs["seed"]) == 4 * 3 * recorded
    rows = set(zip(runs["experiment"], runs["cell"], runs["seed"], runs["epoch"]))
    assert len(rows) == 4 * 3 * recorded


def test_outcomes_follow_from_the_whole_curve(study, cells, histories):
    _, outcomes = gathered(study, cells)
    assert len(outcomes["seed"]) == 4 * 3
    for row, (cell, seed) in enumerate(zip(outcomes["cell"], outcomes["seed"])):
        history = histories[job_name(cell)]
        curve = history.measures["bit_accuracy"][seed]
        chance = history.chance[seed]
        expected = np.mean([(accuracy - chance) / (1 - chance) for accuracy in curve[1:]])
        assert outcomes["accuracy_auc"][row] == pytest.approx(expected)
        assert outcomes["bit_accuracy"][row] == curve[-1]
        assert outcomes["final_slope"][row] == pytest.approx(100 * (curve[-1] - curve[-2]))
        assert np.isnan(outcomes["accuracy_auc_100"][row])  # of 12 epochs
        reached = [epoch for epoch in range(1, 13) if curve[epoch] >= 0.95]
        expected = reached[0] if reached else np.nan
        np.testing.assert_equal(outcomes["epochs_to_95"][row], expected)


def test_generator_step_size_is_empty_without_generators(study, cells):
    runs, _ = gathered(study, cells)
    empty = np.isnan(runs["generator_step_size"])
    np.testing.assert_array_equal(empty, runs["method"] == "backprop")


def test_the_table_of_another_cell_is_refused(study, cells):
    one, other = list(cells)[:2]
    with pytest.raises(DamagedTable, match="other settings; delete it and run again"):
        gathered(study, cells | {one: cells[other]})


def test_the_cell_of_a_study_with_other_seeds_is_refused(study, cells):
    larger = replace(study, evaluation_seeds=range(4))
    with pytest.raises(DamagedTable, match="other settings; delete it and run again"):
        gathered(larger, cells)


def test_the_sweep_of_another_cell_is_refused(tmp_path):
    path = tmp_path / "sweep"
    columns = {"step_size": [0.1], "generator_step_size": [0.0], "score": [0.5]}
    columns |= {"rung": [1], "diverged_at": np.array([np.nan])}
    write_table(columns, "tuning", path, {"setup": {"bits": 3}})
    assert choose_from(path, {"setup": {"bits": 3}}).step_size == 0.1
    with pytest.raises(DamagedTable, match="other settings; delete it and run again"):
        choose_from(path, {"setup": {"bits": 4}})


def test_a_part_of_a_cells_seeds_is_asked_for_by_its_own_parameters(study, histories, tmp_path):
    whole = gathered(study, write_cells(study, histories, tmp_path / "whole"))
    split = replace(study, seeds_per_job=2)
    paths = {}
    for name, (cell, seeds) in split.jobs().items():
        paths[name] = tmp_path / "parts" / name
        history = train(cell.setup, seeds, record=recorded_epochs(12, 4))
        parameters = cell_parameters(split, cell, seeds)
        write_table(cell_columns(history), "cell", paths[name], parameters)
    assert len(paths) == 2 * len(histories)
    for columns, expected in zip(gathered(split, paths), whole, strict=True):
        assert columns.keys() == expected.keys()
        for name, column in columns.items():
            np.testing.assert_array_equal(column, expected[name])
    one, other = [name for name in paths if name.startswith("backprop")][:2]
    with pytest.raises(DamagedTable, match="other settings; delete it and run again"):
        gathered(split, paths | {one: paths[other]})


def test_diverged_runs_are_rows_like_any_other(study, tmp_path):
    setup = Setup(
        method="dni[output]",
        bits=3,
        examples=400,
        hidden=(6, 5),
        epochs=12,
        generator_step_size=50.0,
    )
    history = train(setup, range(3), record=recorded_epochs(12, 4))
    assert np.isfinite(history.diverged_at).all()
    cells = write_cells(study, dict.fromkeys(study.jobs(), history), tmp_path)
    _, outcomes = gathered(study, cells)
    assert (outcomes["diverged_at"] >= 1).all()
    assert np.isfinite(outcomes["accuracy_auc"]).all()
    assert (epochs_to(np.zeros((1, 3)), 0.95) != 1).all()


def test_all_tuning_runs_are_gathered(tmp_path):
    config = read_config(ROOT / "config" / "config.yaml")
    config |= {
        "decoupling": None,
        "seeds": {"evaluation": {"first": 0, "count": 3}, "tuning": {"first": 9, "count": 2}},
        "defaults": {"bits": 3, "examples": 40, "hidden": [6, 5], "epochs": 5},
        "tuning": {
            "rungs": [
                {"budget": 0.2, "seeds": 1, "keep": 3},
                {"budget": 0.6, "seeds": 2, "keep": 1},
            ],
            "step_size": [0.1, 1.0],
            "generator_step_size": [0.001, 0.01],
        },
        "experiments": {
            "small": {
                "question": "?",
                "vary": {"method": ["backprop", "dni[output]"]},
                "step_sizes": "tuned",
            }
        },
    }
    study = parse_study(config, SCHEMA)
    paths = {}
    for name, cell in study.cells().items():
        sweep = tuning_parameters(study, cell)
        histories = tuning.climb(tuning_setup(cell), [9, 10], sweep["grid"], sweep["rungs"])
        paths[name] = tmp_path / name
        write_table(tuning_columns(histories), "tuning", paths[name], sweep)
    sweeps = pd.DataFrame(gather.sweeps(study, paths))
    counts = sweeps.groupby(["method", "rung"]).size().to_dict()
    assert counts == {
        ("backprop", 1): 2 * 2,
        ("dni[output]", 1): 4,
        ("dni[output]", 2): 3 * 2,
    }
    epochs = sweeps[sweeps["method"] == "dni[output]"].groupby("rung")["epochs"]
    assert epochs.unique().map(list).to_dict() == {1: [1], 2: [3]}
    assert sweeps.groupby("method")["generator_step_size"].count()["backprop"] == 0
    choices = {row["method"]: row for row in gather.choices(study, paths)}
    for method, rows in sweeps.groupby("method"):
        rows = rows[rows["rung"] == rows["rung"].max()]
        means = rows.groupby(["step_size", "generator_step_size"], dropna=False)["accuracy_auc"]
        assert choices[method]["score"] == means.mean().max()


def trained_study(folder, experiment, per_job):
    """A study of this experiment alone on the seeds 0, 1, 2; the paths of its tables; and the
    histories, a list for each cell."""
    config = read_config(ROOT / "config" / "config.yaml") | {
        "decoupling": None,
        "seeds": {
            "evaluation": {"first": 0, "count": 3},
            "tuning": {"first": 9, "count": 3},
            "per_job": per_job,
        },
        "experiments": {"small": {"question": "?", "step_sizes": "given"} | experiment},
    }
    study = parse_study(config, SCHEMA)
    paths, histories = {}, {}
    for name, (cell, seeds) in study.jobs().items():
        history = train(cell.setup, seeds)
        paths[name] = folder / name
        parameters = cell_parameters(study, cell, seeds)
        write_table(cell_columns(history), "cell", paths[name], parameters)
        histories.setdefault(cell.name, []).append(history)
    return study, paths, histories


def test_a_lazy_arm_and_its_frozen_control_are_measured_at_the_same_epoch(tmp_path):
    experiment = {
        "vary": {"method": ["frozen", "dni[label]"], "update_probability": [1.0, 0.1]},
        "fix": {"bits": 4, "examples": 40, "hidden": [6], "epochs": 40, "step_size": 1.0},
    }
    study, paths, histories = trained_study(tmp_path, experiment, 3)
    outcomes = pd.DataFrame(gathered(study, paths)[1])
    for cell, rows in outcomes.groupby("cell"):
        (history,) = histories[cell]
        # By hand: 0.05 * 40 = 2 epochs' worth of updates.
        epoch = {1.0: 2, 0.1: 20}[history.setup.update_probability]
        expected = history.measures["bit_accuracy"][:, epoch]
        assert rows["accuracy_at_equal_updates"].tolist() == expected.tolist()


@pytest.mark.parametrize("per_job", [3, 2])
def test_differing_bits_are_those_of_a_nudge_and_of_another_seed(tmp_path, per_job):
    experiment = {
        "vary": {"method": ["backprop", "dni[label]"], "nudged": [False, True]},
        # Steps so large that a nudge soon shows.
        "fix": {"bits": 4, "examples": 40, "hidden": [6], "epochs": 200, "step_size": 5.0},
    }
    study, paths, histories = trained_study(tmp_path, experiment, per_job)
    outcomes = pd.DataFrame(gathered(study, paths)[1]).set_index(["method", "nudged", "seed"])
    for method in ("backprop", "dni[label]"):
        still, nudged = (
            np.concatenate([history.answers for history in histories[cell.name]])
            for _, cell in study.experiments["small"]
            if cell.setup.method == method
        )
        for seed in range(3):
            row = outcomes.loc[(method, "true", seed)]
            assert row["differing_bits"] == (nudged[seed] != still[seed]).mean()
            row = outcomes.loc[(method, "false", seed)]
            assert row["differing_bits"] == (still[seed] != still[(seed + 1) % 3]).mean()
        assert (outcomes.loc[(method, "true"), "differing_bits"] > 0).any()


def test_networks_that_diverged_or_have_no_nudged_twin_have_no_differing_bits(tmp_path):
    experiment = {
        "vary": {"generator_step_size": [0.01, 1e30], "nudged": [False, True]},
        "fix": {"method": "dni[label]", "bits": 3, "examples": 40, "hidden": [6], "epochs": 6},
    }
    study, paths, _ = trained_study(tmp_path, experiment, 3)
    outcomes = pd.DataFrame(gathered(study, paths)[1])
    diverged = outcomes["diverged_at"].notna()
    assert diverged.any()
    assert (outcomes["differing_bits"].isna() == diverged).all()
    experiment["vary"]["nudged"] = [False]
    outcomes = pd.DataFrame(gathered(*trained_study(tmp_path, experiment, 3)[:2])[1])
    assert outcomes["differing_bits"].isna().all()


@pytest.mark.parametrize("per_job", [3, 2])
def test_likeness_is_to_backprop_on_the_same_seed_or_the_next(tmp_path, per_job):
    experiment = {
        "vary": {"method": ["dni[label]", "backprop"], "hidden": [[5], [6, 5]]},
        "fix": {
            "task": "digits",
            "examples": 60,
            "heldout_examples": 20,
            "epochs": 2,
            "batch_size": 20,
        },
    }
    study, paths, histories = trained_study(tmp_path, experiment, per_job)
    hidden = {}
    for history in (history for parts in histories.values() for history in parts):
        if len(history.setup.hidden) == 2:
            hidden.setdefault(history.setup.method, []).extend(history.representations[1])
    outcomes = pd.DataFrame(gathered(study, paths)[1])
    deep = outcomes[outcomes["hidden"] == "6-5"].set_index(["method", "seed"])
    apart = {m: [representations.dissimilarity(h) for h in each] for m, each in hidden.items()}
    for seed in range(3):
        backprop = apart["backprop"]
        expected = representations.alike(apart["dni[label]"][seed], backprop[seed])
        assert deep.loc[("dni[label]", seed), "likeness_2"] == expected
        expected = representations.alike(backprop[seed], backprop[(seed + 1) % 3])
        assert deep.loc[("backprop", seed), "likeness_2"] == expected
    assert outcomes.loc[outcomes["hidden"] == "5", "likeness_2"].isna().all()
    assert (outcomes["bits"] == 0).all()
