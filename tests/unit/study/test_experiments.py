from functools import cache

import pytest
from package import ROOT
from snakemake.target_jobs import parse_target_jobs_cli_args
from snakemake_interface_executor_plugins.utils import TargetSpec, encode_target_jobs_cli_args

from synthgrad.core.tutorial import EDITIONS
from synthgrad.study.config import ConfigError, read_config
from synthgrad.study.expansion import parse_study
from synthgrad.study.experiments import cell_parameters

SCHEMA = ROOT / "workflow" / "schemas" / "config.schema.yaml"
FULL = ROOT / "config" / "config.yaml"
QUICK = ROOT / "config" / "quick.yaml"


def study_of(*overlays):
    config = read_config(FULL) | {"decoupling": None}
    for overlay in overlays:
        config |= overlay
    return parse_study(config, SCHEMA)


full_study = cache(study_of)


@pytest.mark.parametrize("files", [[FULL], [FULL, QUICK]])
def test_evaluation_and_tuning_seeds_are_apart(files):
    study = parse_study(read_config(*files), SCHEMA)
    assert not set(study.evaluation_seeds) & set(study.tuning_seeds)


def test_full_study_has_what_was_promised():
    study = full_study()
    cells = [(factors["method"], factors["bits"]) for factors, _ in study.experiments["headline"]]
    assert {bits for _, bits in cells} == {4, 6, 8, 10, 12}
    assert {"backprop", "frozen", "dni[output]", "dni[label]", "dni[batchnorm]"} <= {
        method for method, _ in cells
    }
    assert len(study.evaluation_seeds) == 30
    assert all(cell.setup.hidden == (128, 64) for _, cell in study.experiments["headline"])


def test_quick_study_is_the_same_study_small():
    quick = parse_study(read_config(FULL, QUICK), SCHEMA)
    assert quick.preset == "quick"
    assert set(quick.experiments) < set(full_study().experiments)
    assert {"headline", "editions", "signs"} <= set(quick.experiments)
    assert len(quick.evaluation_seeds) == 10
    assert len({factors["bits"] for factors, _ in quick.experiments["headline"]}) == 2


def test_full_study_has_every_experiment():
    study = full_study()
    listed = {name: [cell for _, cell in cells] for name, cells in study.experiments.items()}
    assert list(listed) == [
        "headline",
        "init",
        "flatness",
        "patience",
        "tuning",
        "one-setting",
        "untuned",
        "rounding",
        "generator",
        "conditioning",
        "depth",
        "batchnorm",
        "last-step",
        "examples",
        "digits",
        "lazy",
        "editions",
        "signs",
    ]
    assert len({cell.setup.conditions for cell in listed["conditioning"]}) == 16
    assert {len(cell.setup.hidden) for cell in listed["depth"]} == {1, 3, 5}
    assert {cell.setup.batch_size for cell in listed["batchnorm"]} == {10, 100}
    given = listed["untuned"] + listed["editions"] + listed["signs"]
    assert all(cell.as_chosen == "given" for cell in given)
    assert all(cell.as_chosen == "shared" for cell in listed["one-setting"])
    arms = [{(c.setup.method, c.setup.bits) for c in listed[n]} for n in ("headline", "untuned")]
    assert arms[1] < arms[0]


def test_every_number_of_examples_has_about_as_many_updates():
    cells = [cell for _, cell in full_study().experiments["examples"]]
    updates = [cell.setup.batches * cell.setup.epochs for cell in cells]
    assert max(updates) < 1.05 * min(updates)
    assert {cell.setup.examples for cell in cells} == {100, 300, 1000, 3000, "all"}


def test_a_level_that_is_a_mapping_changes_several_settings():
    levels = [{"examples": 50, "epochs": 4}, {"examples": 100, "epochs": 2}]
    experiment = {"question": "?", "vary": {"examples": levels}, "step_sizes": "given"}
    study = study_of({"experiments": {"x": experiment}})
    found = [(c.setup.examples, c.setup.epochs) for _, c in study.experiments["x"]]
    assert found == [(50, 4), (100, 2)]
    assert study.factors() == ["examples"]


def test_where_a_level_leaves_the_factor_out_it_has_no_value():
    study = full_study()
    levels = [
        (factors["weight_scale"], factors["initial_weights"], cell.setup.initial_weights)
        for factors, cell in study.experiments["flatness"]
        if factors["method"] == "backprop"
    ]
    assert levels[0] == (0.05, "normal", "normal")
    assert levels[-1] == (None, "glorot", "glorot")


def test_what_a_block_does_not_vary_is_as_the_cell_has_it():
    blocks = [{"bits": [4], "bias": [True]}, {"batch_size": [5]}]
    experiment = {"question": "?", "vary": blocks, "step_sizes": "given"}
    study = study_of({"experiments": {"x": experiment}})
    assert [factors for factors, _ in study.experiments["x"]] == [
        {"bits": 4, "bias": True, "batch_size": 10},
        {"bits": 8, "bias": False, "batch_size": 5},
    ]


def test_a_level_that_is_a_mapping_has_known_settings_only():
    experiment = {"question": "?", "vary": {"examples": [{"exmples": 50}]}, "step_sizes": "given"}
    with pytest.raises(
        ConfigError, match=r"experiments.x.vary.examples.0.exmples is not a setting"
    ):
        study_of({"experiments": {"x": experiment}})


def test_an_experiment_that_is_null_is_left_out():
    experiments = read_config(FULL)["experiments"] | {"headline": None}
    assert "headline" not in study_of({"experiments": experiments}).experiments


def test_cells_are_all_combinations_and_shared_ones_come_once():
    one = {"question": "?", "vary": {"bits": [4, 6], "batch_size": [5, 10]}, "step_sizes": "given"}
    two = {"question": "?", "vary": {"bits": [6, 8]}, "step_sizes": "given"}
    study = study_of({"experiments": {"one": one, "two": two}})
    assert len(study.experiments["one"]) == 4
    assert len(study.experiments["two"]) == 2
    # batch size 10 is the default, so (6 bits, 10) is a cell of both.
    assert len(study.cells) == 5
    assert study.factors() == ["batch_size"]


def test_different_cells_have_different_names():
    study = full_study()
    cells = [cell for listed in study.experiments.values() for _, cell in listed]
    for found in (cells, [search for cell in cells for search in study.searches_of(cell)]):
        names = {}
        for each in found:
            assert names.setdefault(each.name, each) == each
            assert "[" not in each.name


def test_every_cell_and_search_is_in_one_job():
    study = full_study()
    cells = [cell.name for units in study.jobs.values() for cell, _ in units]
    assert sorted(cells) == sorted(study.cells)
    searches = [search.name for listed in study.search_jobs.values() for search in listed]
    assert sorted(searches) == sorted(study.searches)


def test_a_search_is_in_a_later_job_than_those_that_it_needs():
    study, done = full_study(), set()
    for searches in study.search_jobs.values():
        assert {need.name for search in searches for need in search.needs()} <= done
        done |= {search.name for search in searches}
    assert any(search.needs() for search in study.searches.values())


@pytest.mark.parametrize("per_job", [30, 7])
def test_snakemake_can_hand_every_job_to_a_cluster(per_job):
    seeds = {"evaluation": {"first": 0, "count": 30}, "tuning": {"first": 1000, "count": 9}}
    study = study_of({"seeds": seeds | {"per_job": per_job}})
    for rule, names in (("train", study.jobs), ("search", study.search_jobs)):
        specs = [TargetSpec(rule, {"job": name}) for name in names]
        assert parse_target_jobs_cli_args(encode_target_jobs_cli_args(specs)) == specs


def test_a_tuned_cell_differs_from_one_with_given_step_sizes():
    vary = {"method": ["backprop"]}
    study = study_of(
        {
            "experiments": {
                "tuned": {"question": "?", "vary": vary, "step_sizes": "tuned"},
                "given": {"question": "?", "vary": vary, "step_sizes": "given"},
            }
        }
    )
    (_, tuned), (_, given) = (study.experiments[name][0] for name in ("tuned", "given"))
    assert tuned.name != given.name
    seeds = study.evaluation_seeds
    assert "step_size" not in cell_parameters(study, tuned, seeds)["setup"]
    assert "step_size" in cell_parameters(study, given, seeds)["setup"]


def test_an_edition_keeps_its_settings_but_for_what_is_varied():
    study = full_study()
    printed = EDITIONS["dni-printed"].setup
    for factors, cell in study.experiments["signs"]:
        assert cell.setup.step_direction == factors["step_direction"]
        assert cell.setup.batch_size == printed.batch_size
        assert cell.setup.draws == "published"


def test_lazy_cells_at_probability_1_are_those_of_other_experiments():
    study = full_study()
    names = {name: {cell.name for _, cell in study.experiments[name]} for name in study.experiments}
    always = {c.name for f, c in study.experiments["lazy"] if f["update_probability"] == 1}
    assert len(always) == 2 * 4
    assert always <= names["flatness"] | names["digits"]
