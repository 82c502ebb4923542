"""The table of what linear generators could represent."""

from dataclasses import replace

import numpy as np
import pandas as pd
import trained_study

from synthgrad.core.setup import Setup
from synthgrad.outcomes.best_linear import along_path
from synthgrad.statistics.representable import COLUMNS, representable


def study_of(experiment):
    flatness = {
        "vary": {
            "method": ["backprop", "frozen", "dni[label]", "dni[output+label]"],
            "weight_scale": [0.2, 1.0, {"initial_weights": "glorot"}],
        },
        "fix": {"bits": 3, "hidden": [6, 5], "examples": 40, "epochs": 3, "step_size": 0.5},
        "step_sizes": "given",
    }
    return trained_study.study_of({experiment: flatness}, bootstrap={"resamples": 100, "seed": 1})


def test_each_arm_is_looked_at_under_its_own_conditions_and_backprop_under_all():
    study = study_of("flatness")
    outcomes = pd.DataFrame(
        {"experiment": "flatness", "cell": cell.name, "step_size": 0.25}
        | {"generator_step_size": 0.01 if cell.setup.conditions else np.nan}
        for cell in study.cells.values()
    )
    table = representable(study, outcomes)
    assert list(table.columns) == COLUMNS
    assert set(table["weight_scale"]) == {0.2, 1.0}
    assert table.groupby("trained_by")["condition"].agg(
        lambda names: sorted(set(names))
    ).to_dict() == {
        "backprop": ["label", "none", "output+label"],
        "dni[label]": ["label"],
        "dni[output+label]": ["output+label"],
    }
    assert (table["n"] == 3).all()

    # The step sizes are those of the outcomes.
    setup = Setup("dni[label]", bits=3, hidden=(6, 5), examples=40, epochs=3, weight_scale=1.0)
    setup = replace(setup, step_size=0.25, generator_step_size=0.01)
    alone = pd.DataFrame(row for seed in range(3) for row in along_path(setup, seed, [("label",)]))
    alone = alone[alone["layer"] == 1]
    rows = table[(table["trained_by"] == "dni[label]") & (table["weight_scale"] == 1.0)]
    rows = rows[rows["layer"] == 1].set_index("epoch")
    for name in ("share", "reached", "alignment"):
        by_epoch = alone.groupby("epoch")[name].mean()
        np.testing.assert_allclose(rows[name].loc[by_epoch.index], by_epoch, atol=1e-6)
        over = rows[name][rows.index.isna()]
        np.testing.assert_allclose(over, by_epoch[by_epoch.index > 0].mean(), atol=1e-6)
        assert (rows[f"{name}_low"] <= rows[name] + 1e-6).all()


def test_without_the_experiment_there_are_no_rows():
    outcomes = pd.DataFrame(columns=["experiment", "cell", "step_size", "generator_step_size"])
    table = representable(study_of("depth"), outcomes)
    assert table.empty
    assert list(table.columns) == COLUMNS
