"""What a side of a contrast picks from the tables of a run."""

import numpy as np
import pytest
from made_up_results import DEPTHS, tables

from synthgrad.claims.contrasts import arrange, levels, values


def test_the_alignment_of_a_diverged_replica_is_nought():
    runs, outcomes = (table.copy() for table in tables())
    gone = runs["seed"] == 0
    runs.loc[gone, "diverged_at"] = 20.0
    runs.loc[gone & (runs["epoch"] >= 20), "alignment_2"] = np.nan
    side = {"experiment": "headline", "method": "dni[output]", "bits": 8}
    side |= {"measure": "alignment_2", "when": "mean"}
    found = values(arrange(runs, outcomes), side)
    rows = runs.query("experiment == 'headline' and method == 'dni[output]' and bits == 8")
    of_seed = rows.query("seed == 0").set_index("epoch")["alignment_2"]
    assert found[0] == pytest.approx(of_seed[1] / 3)
    assert found[1] == pytest.approx(rows.query("seed == 1 and epoch > 0")["alignment_2"].mean())


def test_sides_average_over_lists_and_subtract():
    results = arrange(*tables())
    side = {"experiment": "headline", "bits": 8, "measure": "accuracy_auc"}
    one, other, both = (
        values(results, side | {"method": methods})
        for methods in ("frozen", "backprop", ["frozen", "backprop"])
    )
    np.testing.assert_allclose(both, (one + other) / 2)
    less = values(results, side | {"method": "frozen", "minus": {"method": "backprop"}})
    np.testing.assert_allclose(less, one - other)


def test_a_side_that_does_not_name_one_cell_is_refused():
    results = arrange(*tables())
    side = {"experiment": "headline", "method": "frozen", "measure": "mse"}
    with pytest.raises(ValueError, match="5 cells have experiment headline, method frozen"):
        values(results, side)


def test_levels_are_in_ascending_order():
    results = arrange(*tables())

    def listed(experiment, column):
        return levels(results, {"experiment": experiment}, column)

    assert listed("headline", "bits") == ["4", "6", "8", "10", "12"]
    assert listed("batchnorm", "batch_size") == ["5", "10", "50", "100"]
    assert listed("depth", "hidden") == DEPTHS
