"""Outcomes of the curve of a run follow from the table of curves, to the last bit."""

import numpy as np
import pandas as pd
import pytest
import trained_study

from synthgrad.core.network.methods import forward
from synthgrad.core.setup import Setup
from synthgrad.core.training.curves import accuracy_auc, epochs_to, final_slope
from synthgrad.core.training.loop import train
from synthgrad.outcomes import gather
from synthgrad.study.tables import GROUP, read_table, writing

SMALL = {"bits": 3, "examples": 40, "hidden": [6, 5]}
LONG = {"bits": 3, "examples": 21, "batch_size": 5, "hidden": [8], "step_size": 3.0}
LONG |= {"epochs": 310, "done_after": 10}

EXPERIMENTS = {
    "long": {"vary": {"method": ["backprop", "frozen"]}, "fix": LONG},
    "again": {"vary": {"bias": [False, True]}, "fix": LONG},
    "diverging": {
        "vary": {"method": ["dni[output]"], "generator_step_size": [50.0]},
        "fix": SMALL | {"examples": 400, "epochs": 12},
    },
    "digits": {
        "vary": {"hidden": [[5]]},
        "fix": {"task": "digits", "examples": 61, "heldout_examples": 20, "epochs": 100},
    },
    "one-epoch": {
        "vary": {"examples": ["all", 9]},
        "fix": {"bits": 3, "epochs": 1, "batch_size": 3},
    },
}


@pytest.fixture(scope="module")
def tables(tmp_path_factory):
    """The tables of outcomes and of curves."""
    pytest.importorskip("sklearn", reason="needs scikit-learn")
    folder = tmp_path_factory.mktemp("curves")
    evaluation = {"first": 0, "count": 5}
    study = trained_study.study_of(
        {name: {"step_sizes": "given"} | settings for name, settings in EXPERIMENTS.items()},
        seeds=trained_study.SEEDS | {"evaluation": evaluation, "per_job": 2},
    )
    paths = trained_study.train(study, folder)
    with writing("curves", folder / "curves.parquet") as add:
        for curves in gather.curves(study, paths):
            add(curves)
    ends = [pd.DataFrame(outcomes) for _, outcomes in gather.runs_and_outcomes(study, paths)]
    return pd.concat(ends), read_table(folder / "curves.parquet", "curves").to_pandas()


def test_it_has_a_row_a_cell_seed_and_epoch_whichever_experiments_have_the_cell(tables):
    outcomes, curves = tables
    assert list(curves) == ["cell", "seed", "epoch", "right_bits", "training_bits"]
    assert outcomes.groupby("cell")["experiment"].nunique().max() == 2
    runs = outcomes.drop_duplicates(["cell", "seed"]).set_index(["cell", "seed"])["epochs"]
    rows = [(*run, epoch) for run, epochs in runs.items() for epoch in range(epochs + 1)]
    assert sorted(rows) == sorted(curves[["cell", "seed", "epoch"]].itertuples(index=False))


def test_outcomes_can_be_recomputed_to_the_bit(tables):
    outcomes, curves = tables
    by_cell = dict(list(curves.groupby("cell")))
    assert outcomes["diverged_at"].notna().any()
    assert outcomes["done_at"].between(10, 300).any()
    assert outcomes["accuracy_auc_300"].notna().any()
    for (_, cell), rows in outcomes.groupby(["experiment", "cell"]):
        rows, curve = rows.sort_values("seed"), by_cell[cell].sort_values(["seed", "epoch"])
        accuracy = (curve["right_bits"] / curve["training_bits"]).to_numpy().reshape(len(rows), -1)
        chance, accuracy = rows["chance"].to_numpy(), accuracy[:, 1:]
        recomputed = {
            "accuracy_auc": accuracy_auc(accuracy, chance),
            "accuracy_auc_100": accuracy_auc(accuracy, chance, 100),
            "accuracy_auc_300": accuracy_auc(accuracy, chance, 300),
            "final_slope": final_slope(accuracy),
            "epochs_to_95": epochs_to(accuracy, 0.95),
            "bit_accuracy": accuracy[:, -1],
        }
        for name, values in recomputed.items():
            np.testing.assert_array_equal(values, rows[name], err_msg=f"{cell}: {name}")


def test_a_run_that_diverged_has_the_right_bits_of_a_constant_answer(tables):
    outcomes, curves = tables
    last = curves[curves["epoch"] == 12].merge(outcomes, on=["cell", "seed"])
    lost = last[last["diverged_at"].notna()]
    assert len(lost) == 5
    assert (lost["right_bits"] / lost["training_bits"]).tolist() == lost["chance"].tolist()


def test_the_right_bits_are_those_of_the_answers():
    outputs = {}

    def watch(epoch, accuracy, stack):
        examples = stack.training
        outputs[epoch] = forward(stack.layers, examples.inputs)[-1].copy(), examples.targets

    setup = Setup(bits=3, examples=11, hidden=(6,), epochs=3, step_size=1.0)
    history = train(setup, [0, 1], watch=watch)
    rows = pd.DataFrame(gather.curve_rows(history.columns(), setup)).set_index(["seed", "epoch"])
    assert set(rows["training_bits"]) == {3 * 10}  # One example does not fill a minibatch.
    for epoch, (answers, targets) in outputs.items():
        for seed in (0, 1):
            right = sum(
                (answer > 0.5) == (target == 1)
                for answer, target in zip(answers[seed].ravel(), targets[seed].ravel(), strict=True)
            )
            assert rows.loc[(seed, epoch), "right_bits"] == right


def test_curves_take_less_than_a_byte_a_row(tmp_path):
    """They rise, with noise, and are then flat."""
    rng, path = np.random.RandomState(0), tmp_path / "curves.parquet"
    seeds, epochs = 60, 600
    rise = 1 - np.exp(-np.arange(epochs + 1) / rng.uniform(20, 100, (seeds, 1)))
    right = 4500 + 3500 * rise + 8 * rng.randn(*rise.shape)
    right = np.where(rise < 0.98, right, 8000).astype(np.int32)
    with writing("curves", path) as add:
        for cell in range(5):
            epoch = np.tile(np.arange(epochs + 1, dtype=np.int32), seeds)
            add(
                {
                    "cell": np.full(len(epoch), f"backprop,n={cell},tuned", dtype=object),
                    "seed": np.repeat(np.arange(seeds), epochs + 1),
                    "epoch": epoch,
                    "right_bits": np.roll(right, cell, axis=1).ravel(),
                    "training_bits": np.full(len(epoch), 8000, np.int32),
                }
            )
    rows = 5 * seeds * (epochs + 1)
    assert rows > 2 * GROUP
    assert read_table(path, "curves").num_rows == rows
    assert path.stat().st_size < rows
