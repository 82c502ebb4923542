"""What a side of a contrast picks from the tables of a run."""

import numpy as np
import pytest
from made_up_results import DEPTHS, tables

from synthgrad.claims.contrasts import NotInRun, arrange, levels, side_of, taken

SCORE = {"experiment": "headline", "bits": 8, "measure": "accuracy_auc"}


@pytest.fixture(scope="module")
def results():
    return arrange(*tables())


def diverged_on(seed, measure, when, method="dni[output]"):
    """Tables in which an arm diverges on a seed, and the side that takes a measure of it."""
    runs, outcomes = (table.copy() for table in tables())
    for table in (runs, outcomes):
        gone = (table["seed"] == seed) & (table["method"] == method)
        table.loc[gone, "diverged_at"] = 20.0
    runs.loc[gone.reindex(runs.index, fill_value=False) & (runs["epoch"] >= 20), measure] = np.nan
    side = {"experiment": "headline", "method": method, "bits": 8}
    return runs, outcomes, side | {"measure": measure, "when": when}


def only(side):
    return side.measured[0].to_numpy()


@pytest.mark.parametrize(
    ("measure", "when", "worst"),
    [
        ("accuracy_auc", "end", -1.0),
        ("bit_accuracy", "end", 0.0),
        ("alignment_2", "mean", -1.0),
        ("mse", "end", 1.0),
        ("mse", "start", None),
    ],
)
def test_a_run_that_diverged_has_the_worst_of_its_measure(results, measure, when, worst):
    runs, outcomes, side = diverged_on(0, measure, when)
    found = side_of(arrange(runs, outcomes), side)
    before = only(side_of(results, side))
    # Before training no run has diverged.
    assert found.diverged.tolist() == [worst is not None, *[False] * 29]
    assert only(found)[0] == (before[0] if worst is None else worst)
    np.testing.assert_array_equal(only(found)[1:], before[1:])


def test_sides_average_over_lists_and_subtract(results):
    one, other, both = (
        only(side_of(results, SCORE | {"method": methods}))
        for methods in ("frozen", "backprop", ["frozen", "backprop"])
    )
    np.testing.assert_allclose(both, (one + other) / 2)
    less = side_of(results, SCORE | {"method": "frozen", "minus": {"method": "backprop"}})
    np.testing.assert_allclose(only(less), one - other)
    assert [cell for _, cell in less.cells] == ["headline,frozen,8", "headline,backprop,8"]


def test_a_side_diverged_where_any_of_its_runs_did():
    runs, outcomes, _ = diverged_on(3, "accuracy_auc", "end", method="frozen")
    results = arrange(runs, outcomes)
    for described in (
        {"method": ["frozen", "backprop"]},
        {"method": "backprop", "minus": {"method": "frozen"}},
    ):
        assert side_of(results, SCORE | described).diverged.to_numpy().nonzero()[0].tolist() == [3]
    assert not side_of(results, SCORE | {"method": "backprop"}).diverged.any()


def test_the_best_setting_above_0_is_taken_only_where_asked_and_where_there_is_one(results):
    def cells(**described):
        return [cell for _, cell in side_of(results, SCORE | described).cells]

    assert cells(method="dni[output]") == ["headline,dni[output],8"]
    assert cells(method="dni[output]", learning=True) == ["headline,dni[output],8,above 0"]
    # Generators that were not switched off have no such cell, and backprop no generators.
    for method in ("dni[label]", "backprop"):
        assert cells(method=method, learning=True) == [f"headline,{method},8"]
    assert cells(method="dni[output]", chosen="above 0") == ["headline,dni[output],8,above 0"]
    assert cells(method="dni[output]", chosen="tuned", learning=True) == ["headline,dni[output],8"]


def test_levels_are_columns_of_a_side_and_their_best_settings_are_taken_too(results):
    methods = ["dni[input]", "dni[label]"]
    contrast = {"measure": "accuracy_auc", "over": "method", "learning": True}
    contrast["arm"] = {"experiment": "conditioning", "method": methods}
    side = taken(results, contrast, "arm")
    names = ["conditioning,dni[input],above 0", "conditioning,dni[label]"]
    assert [cell for _, cell in side.cells] == names
    scores = tables()[1].set_index("cell")["accuracy_auc"]
    for place, name in enumerate(names):
        np.testing.assert_array_equal(side.measured[place], scores[name])


def test_a_side_that_does_not_name_one_cell_is_refused(results):
    side = {"experiment": "headline", "method": "frozen", "measure": "mse"}
    with pytest.raises(ValueError, match="5 cells have experiment headline, method frozen"):
        side_of(results, side)


@pytest.mark.parametrize(
    ("described", "message"),
    [
        ({"experiment": "digits"}, "the run has no experiment digits"),
        ({"bits": 5}, "the run has no cells with experiment headline, bits 5"),
        ({"measure": "speed"}, "the run has no speed"),
    ],
)
def test_what_is_not_in_the_run_is_named(results, described, message):
    with pytest.raises(NotInRun, match=message):
        side_of(results, SCORE | {"method": "frozen"} | described)


def test_levels_are_in_ascending_order(results):
    def listed(experiment, column):
        return levels(results, {"experiment": experiment}, column)

    assert listed("headline", "bits") == ["4", "6", "8", "10", "12"]
    assert listed("batchnorm", "batch_size") == ["5", "10", "50", "100"]
    assert listed("depth", "hidden") == DEPTHS
