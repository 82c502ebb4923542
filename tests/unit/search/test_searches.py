"""What is searched, and for which cells."""

from dataclasses import replace

import pytest
from trained_study import FULL, SCHEMA, study_of

from synthgrad.core.setup import Setup
from synthgrad.search.searches import GENERATOR_SETTINGS, is_nested, searched_setup
from synthgrad.study.config import read_config
from synthgrad.study.expansion import parse_study


@pytest.fixture(scope="module")
def full():
    return parse_study(read_config(FULL), SCHEMA)


def experiment(**settings):
    return {"vary": {"method": ["dni[output]"]}, "step_sizes": "tuned"} | settings


def searches(**settings):
    """The searches of the first cell of an experiment."""
    study = study_of({"x": experiment(**settings)}, seeds=NINE)
    return study.searches_of(study.experiments["x"][0][1])


NINE = {"evaluation": {"first": 0, "count": 3}, "tuning": {"first": 1000, "count": 9}}


def test_all_arms_of_an_experiment_are_searched_with_one_budget(full):
    for listed in full.experiments.values():
        budgets = {
            search.budget for _, cell in listed if cell.tuning for search in full.searches_of(cell)
        }
        assert len(budgets) <= 1


def test_a_search_looks_at_tuning_seeds_alone_and_at_nothing_held_out(full):
    for search in full.searches.values():
        assert {search.seed, *search.seeds} <= set(full.tuning_seeds)
        if search.setup.task == "digits":
            assert search.setup.heldout_part == "validation"
        else:
            assert search.setup.heldout_examples == 0


def test_decoupled_networks_have_the_search_of_their_frozen_twin_too(full):
    names = {}
    for factors, cell in full.experiments["headline"]:
        names[factors["method"], factors["bits"]] = [s.name for s in full.searches_of(cell)]
    for (method, bits), own in names.items():
        if method == "local-loss" or method.startswith("dni"):
            assert own[1:] == names["frozen", bits]
        else:
            assert len(own) == 1


def test_a_lazy_arm_has_the_twin_of_the_others():
    study = study_of(
        {
            "x": experiment(
                vary={"update_probability": [1.0, 0.1], "method": ["dni[output]", "frozen"]}
            )
        }
    )
    own = [study.searches_of(cell)[-1].name for _, cell in study.experiments["x"]]
    assert len(set(own)) == 1


@pytest.mark.parametrize("changed", [{"generator_scale": 0.2}, {"decouple_last": True}])
def test_where_0_makes_no_frozen_network_it_is_a_point_of_its_own(changed):
    (search,) = searches(fix=changed)
    assert search.space.zero
    own, twin = searches()
    assert not own.space.zero
    assert not twin.space.zero


def test_the_space_is_that_of_the_task_and_of_the_kind_of_method(full):
    for search in full.searches.values():
        kind = {"dni": "dni", "loc": "local-loss"}.get(search.setup.method[:3], "plain")
        expected = full.spaces[search.setup.task][kind]
        assert replace(search.space, zero=False) == expected


def test_a_frozen_network_is_searched_once_whatever_it_ignores():
    frozen = Setup("frozen")
    ignored = Setup("frozen", update_probability=0.1, step_size=3.0, heldout_examples=7)
    assert searched_setup(frozen) == searched_setup(ignored)
    assert is_nested(Setup("local-loss"))
    assert not is_nested(frozen)
    assert GENERATOR_SETTINGS["generator_hidden"] == 0


def test_other_tuning_seeds_share_the_coarse_stage():
    study = study_of(
        {"x": experiment(vary={"method": ["frozen"], "tuning_seeds": [1, 2, 3]})}, seeds=NINE
    )
    first, second, third = (study.searches_of(cell)[0] for _, cell in study.experiments["x"])
    assert [each.seeds for each in (first, second, third)] == [
        (1000, 1001, 1002),
        (1003, 1004, 1005),
        (1006, 1007, 1008),
    ]
    assert {each.seed for each in (first, second, third)} == {1000}
    assert second.repeats == third.repeats == first
    assert second.needs() == [first]
    budget, epochs = first.budget, first.setup.epochs
    assert first.replica_epochs() == budget.replica_epochs(epochs)
    assert second.replica_epochs() == budget.finalists * budget.seeds * epochs
    assert len({each.name for each in (first, second, third)}) == 3


def test_a_level_is_led_by_backprop_all_else_equal():
    own, twin = searches(best_for_backprop={"weight_scale": [0.5, 1.0]}, fix={"bits": 5})
    for search in (own, twin):
        assert [each.setup.method for each in search.level.leaders] == ["backprop"] * 2
        assert [each.setup.weight_scale for each in search.level.leaders] == [0.5, 1.0]
        assert {each.setup.bits for each in search.needs()} == {5}
        assert search.name.endswith("weight_scale=best")


def test_searched_settings_stand_in_place_of_those_of_the_cell():
    searched = {"epochs": 50, "done_after": 10}
    for search in searches(fix={"epochs": 3000}, searched=searched):
        assert (search.setup.epochs, search.setup.done_after) == (50, 10)


def test_shared_step_sizes_have_a_search_and_its_twin_for_each_level():
    shared = searches(step_sizes="shared", shared_over={"bits": [4, 6]})
    assert [(each.setup.method, each.setup.bits) for each in shared] == [
        ("dni[output]", 4),
        ("frozen", 4),
        ("dni[output]", 6),
        ("frozen", 6),
    ]


def test_given_step_sizes_are_not_searched():
    assert searches(step_sizes="given") == []
