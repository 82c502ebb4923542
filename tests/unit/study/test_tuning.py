"""From searches to what cells are trained with."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import trained_study
from trained_study import study_of

from synthgrad.core.training.loop import train
from synthgrad.outcomes import gather
from synthgrad.search import stages
from synthgrad.search.running import COARSE, FINALS, run_search, rung, tried
from synthgrad.study.cells import Searched
from synthgrad.study.experiments import search_parameters
from synthgrad.study.tables import DamagedTable
from synthgrad.study.tuning import ABOVE_0, choices

SMALL = {"bits": 3, "examples": 40, "hidden": [6, 5], "epochs": 8}
SEARCH = {
    "budgets": {"side": {"points": 9, "shorter": 2, "finalists": 3, "seeds": 2}},
    "spaces": {
        "addition": {
            "plain": {"step_size": [-1, 1]},
            "dni": {"step_size": [-1, 0], "generator_step_size": [-3, -2]},
            "local-loss": {"step_size": [-1, 0], "generator_step_size": [-1, 0]},
        }
    },
}
NESTED = ["dni[output]", "dni[label]", "dni[batchnorm]", "dni[output+label]", "local-loss"]


def experiment(**settings):
    return {"vary": {"method": ["dni[output]"]}, "fix": SMALL, "step_sizes": "tuned"} | settings


def study_with(experiments, **others):
    return study_of(experiments, **{"search": SEARCH} | others)


def table(*rows, level=np.nan):
    """The table of a search: rows (stage, step size, generator step size, score)."""
    columns = dict(
        zip(("rung", "step_size", "generator_step_size", "score"), map(np.array, zip(*rows)))
    )
    blank = np.full(len(rows), np.nan)
    return columns | {"diverged_at": blank, "level": np.full(len(rows), level), "seed": blank}


def chosen(study, tables):
    """The choices of the first cell by made-up tables of its searches, in their order."""
    (cell, *_) = study.cells.values()
    names = [search.name for search in study.searches_of(cell)]
    by_name = dict(zip(names, tables, strict=True))
    return choices(study, cell, lambda search: by_name[search.name])


def sizes(choice):
    return choice.setup.step_size, choice.setup.generator_step_size


# By made-up tables.


OWN = table((1, 0.1, 0.01, 0.2), (1, 1.0, 0.1, 0.9), (2, 0.1, 0.01, 0.5), (2, 1.0, 0.1, 0.4))


def test_the_finals_decide():
    found = chosen(
        study_with({"x": experiment()}), [OWN, table((1, 1.0, 0, 0.9), (2, 1.0, 0, 0.3))]
    )
    assert list(found) == ["tuned"]
    assert sizes(found["tuned"]) == (0.1, 0.01)
    assert found["tuned"].score == 0.5
    # Of the generator step sizes 0 is the smallest that was tried.
    assert found["tuned"].edges == ("step_size",)


@pytest.mark.parametrize("score", [0.5, 0.6])
def test_where_the_frozen_twin_is_no_worse_generators_are_off_and_the_best_above_0_stands_beside(
    score,
):
    found = chosen(study_with({"x": experiment()}), [OWN, table((2, 0.3, 0.0, score))])
    assert {name: sizes(choice) for name, choice in found.items()} == {
        "tuned": (0.3, 0.0),
        ABOVE_0: (0.1, 0.01),
    }
    assert found["tuned"].score == score


def test_a_frozen_twin_that_diverged_wins_nothing():
    twin = table((2, 0.3, 0.0, 0.9))
    twin["diverged_at"] = np.array([4.0])
    assert list(chosen(study_with({"x": experiment()}), [OWN, twin])) == ["tuned"]


def test_0_among_the_points_of_a_search_is_off_too():
    study = study_with({"x": experiment(fix=SMALL | {"generator_scale": 0.2})})
    own = table((1, 0.1, 0.0, 0.2), (2, 0.1, 0.0, 0.9), (2, 1.0, 0.1, 0.4))
    found = chosen(study, [own])
    assert {name: sizes(choice) for name, choice in found.items()} == {
        "tuned": (0.1, 0.0),
        ABOVE_0: (1.0, 0.1),
    }


def test_shared_step_sizes_have_the_best_mean_among_the_points_that_all_levels_have_tried():
    shared = experiment(step_sizes="shared", shared_over={"bits": [3, 4]})
    three = table(
        (1, 0.1, 0.01, 0.2), (1, 1.0, 0.01, 0.6), (1, 3.0, 0.01, 0.99), (2, 0.1, 0.01, 1.0)
    )
    four = table((1, 0.1, 0.01, 0.8), (1, 1.0, 0.01, 0.5), (2, 0.1, 0.01, 1.0))
    off = [table((1, 1.0, 0.0, score), (2, 1.0, 0.0, 0.9)) for score in (0.2, 0.3)]
    found = chosen(study_with({"x": shared}), [three, off[0], four, off[1]])
    assert list(found) == ["shared"]
    assert sizes(found["shared"]) == (1.0, 0.01)
    assert found["shared"].score == pytest.approx(0.55)
    # A run that diverged at one level loses the point for all.
    four["diverged_at"] = np.array([np.nan, 3.0, np.nan])
    found = chosen(study_with({"x": shared}), [three, off[0], four, off[1]])
    assert sizes(found["shared"]) == (0.1, 0.01)


def test_given_step_sizes_are_those_of_the_cell():
    found = chosen(study_with({"x": experiment(step_sizes="given")}), [])
    assert list(found) == ["given"]
    assert np.isnan(found["given"].score)


# By searches that are run.


@pytest.fixture(scope="module")
def searched(tmp_path_factory):
    """A study of nested methods, lazy and with other generators, and its tables."""
    config = trained_study.config_of(
        {
            "arms": experiment(vary={"method": [*NESTED, "frozen"]}, seeds=2),
            "generators": experiment(
                vary=[
                    {"generator_hidden": [4]},
                    {"generator_step": ["normalised"]},
                    {"generator_scale": [0.2]},
                ],
                fix=SMALL | {"method": "dni[output]"},
            ),
            "lazy": experiment(
                vary={"method": ["dni[label]", "local-loss"], "update_probability": [0.3]}
            ),
        },
        search=SEARCH,
    )
    folder = tmp_path_factory.mktemp("searched")
    study = trained_study.tables(config, folder)
    paths = {job: folder / "searches" / f"{job}.parquet" for job in study.search_jobs}
    return study, paths, folder


def test_no_tuned_arm_is_below_its_frozen_twin_on_the_tuning_seeds(searched):
    study, paths, _ = searched
    read = Searched(study, paths)
    (frozen,) = (cell for cell in study.cells.values() if cell.setup.method == "frozen")
    twin = choices(study, frozen, read)["tuned"]
    nested = [cell for cell in study.cells.values() if len(study.searches_of(cell)) == 2]
    assert len(nested) == len(NESTED) + 2 + 2
    for cell in nested:
        own, best = study.searches_of(cell)[0], choices(study, cell, read)["tuned"]
        assert best.score >= twin.score
        # The scores are those of the networks themselves, trained once more.
        for point in (sizes(best), (twin.setup.step_size, 0.0)):
            score = stages.sweep(own.setup, own.seeds, [point])["score"].mean()
            assert score == (best.score if point == sizes(best) else twin.score)


def test_learning_generators_are_evaluated_exactly_where_the_best_switch_them_off(searched):
    study, paths, folder = searched
    outcomes = pd.read_parquet(folder / "outcomes.parquet")
    read, is_off = Searched(study, paths), {}
    for cell in study.cells.values():
        found = choices(study, cell, read)
        best = found["tuned"].setup
        is_off[cell.name] = best.has_generators and best.generator_step_size == 0
        names = {gather.cell_name(cell, label) for label in (cell.as_chosen, ABOVE_0)}
        labels = outcomes.loc[outcomes["cell"].isin(names), "chosen"]
        assert set(labels) == set(found)
        assert (ABOVE_0 in found) == is_off[cell.name]
    assert set(is_off.values()) == {True, False}
    above = outcomes[outcomes["chosen"] == ABOVE_0]
    assert (above["generator_step_size"] > 0).all()
    assert above["cell"].str.endswith(f",{ABOVE_0}").all()
    tuned = pd.read_csv(folder / "tuned.csv")
    assert set(tuned["cell"]) == set(outcomes["cell"])


def test_cells_are_trained_with_what_was_chosen(searched):
    study, paths, folder = searched
    outcomes = pd.read_parquet(folder / "outcomes.parquet")
    for cell in study.cells.values():
        for label, choice in choices(study, cell, Searched(study, paths)).items():
            rows = outcomes[outcomes["cell"] == gather.cell_name(cell, label)]
            seeds = study.seeds_of_cells[cell.name]
            assert rows["seed"].tolist() == list(seeds)
            alone = train(choice.setup, seeds)
            assert rows["mse"].tolist() == alone.measures["mse"][:, -1].tolist()


def test_all_that_was_searched_is_gathered(searched):
    study, _, folder = searched
    sweeps = pd.read_parquet(folder / "sweeps.parquet")
    assert set(sweeps["cell"]) == set(study.cells)
    for name, rows in sweeps.groupby("cell"):
        cell = study.cells[name]
        counts = rows.groupby("rung").size().to_dict()
        searches = len(study.searches_of(cell))
        assert counts == {COARSE: 9 * searches, FINALS: 3 * 2 * searches}
        assert rows.groupby("rung")["epochs"].unique().map(list).to_dict() == {1: [4], 2: [8]}
        assert (rows["generator_step_size"].isna().all()) == (not cell.setup.has_generators)


def test_the_table_of_another_search_is_refused(searched):
    study, paths, _ = searched
    search = next(iter(study.searches.values()))
    other = replace(study, tuning_seeds=range(50, 53))
    with pytest.raises(DamagedTable, match="other settings; delete it and run again"):
        Searched(other, paths)(next(iter(other.searches.values())))
    assert tried(Searched(study, paths)(search))


def test_searches_that_share_a_job_find_what_they_find_alone(searched, tmp_path, monkeypatch):
    study, paths, _ = searched
    monkeypatch.setattr("synthgrad.study.jobs.LARGE", 0.0)
    alone = replace(study)
    assert len(alone.search_jobs) == len(alone.searches) > len(study.search_jobs)
    found = Searched(alone, trained_study.search(alone, tmp_path))
    for search in study.searches.values():
        for name, column in Searched(study, paths)(search).items():
            np.testing.assert_array_equal(column, found(search)[name])


def test_other_tuning_seeds_decide_between_the_same_points(tmp_path):
    seeds = {"evaluation": {"first": 0, "count": 2}, "tuning": {"first": 50, "count": 4}}
    vary = {"method": ["local-loss"], "tuning_seeds": [1, 2]}
    study = study_with({"x": experiment(vary=vary)}, seeds=seeds)
    read = Searched(study, trained_study.search(study, tmp_path))
    for one, other in zip(*(study.searches_of(cell) for cell in study.cells.values()), strict=True):
        first, second = read(one), read(other)
        for name in ("step_size", "generator_step_size", "score", "seed"):
            np.testing.assert_array_equal(rung(first, COARSE)[name], rung(second, COARSE)[name])
        assert set(rung(first, FINALS)["seed"]) == {50, 51}
        assert set(rung(second, FINALS)["seed"]) == {52, 53}
        assert set(tried(rung(first, FINALS))[:2]) == set(tried(rung(second, FINALS))[:2])
    # What is trained is chosen by these seeds.
    for cell in study.cells.values():
        best = choices(study, cell, read)["tuned"]
        own = stages.sweep(
            study.searches_of(cell)[0].setup,
            study.searches_of(cell)[0].seeds,
            [(best.setup.step_size, best.setup.generator_step_size)],
        )
        assert best.score == own["score"].mean()


def test_a_level_is_that_whose_leader_scores_best_and_cells_are_trained_with_it(tmp_path):
    scales = [0.01, 0.5, 3.0]
    levelled = experiment(
        vary={"method": ["dni[label]", "backprop"]}, best_for_backprop={"weight_scale": scales}
    )
    alone = experiment(vary={"method": ["backprop"], "weight_scale": scales})
    config = trained_study.config_of({"best": levelled, "alone": alone}, search=SEARCH)
    study = trained_study.tables(config, tmp_path)
    tuned = pd.read_csv(tmp_path / "tuned.csv").set_index("cell")
    names = {f["weight_scale"]: cell.name for f, cell in study.experiments["alone"]}
    best = max(scales, key=lambda scale: tuned.loc[names[scale], "score"])
    outcomes = pd.read_parquet(tmp_path / "outcomes.parquet")
    assert set(outcomes.query("experiment == 'best'")["weight_scale"]) == {str(best)}
    for _, cell in study.experiments["best"]:
        own = outcomes[outcomes["cell"] == cell.name]
        point = {name: own[name].iloc[0] for name in ("step_size", "generator_step_size")}
        if not cell.setup.has_generators:
            point["generator_step_size"] = 0.0
            # Backprop at its own best level is the arm that is searched there alone.
            assert own["mse"].tolist() == outcomes[outcomes["cell"] == names[best]]["mse"].tolist()
        history = train(replace(cell.setup, weight_scale=best, **point), study.evaluation_seeds)
        assert own["mse"].tolist() == history.measures["mse"][:, -1].tolist()


def test_a_search_says_which_level_was_taken():
    study = study_with({"x": experiment(best_for_backprop={"weight_scale": [0.5, 2.0]})})
    (cell,) = study.cells.values()
    own, _ = study.searches_of(cell)
    tables = dict(
        zip(
            (leader.name for leader in own.level.leaders),
            (table((2, 0.1, 0.0, 0.3)), table((2, 0.1, 0.0, 0.4))),
        )
    )
    found = run_search(own, lambda search: tables[search.name])
    assert set(found["level"]) == {2.0}
    assert set(found["search"]) == {own.name}
    first = stages.coarse_stage(
        replace(own.setup, weight_scale=2.0), own.space, own.budget, own.seed
    )
    np.testing.assert_array_equal(rung(found, COARSE)["score"], first["score"])


def test_the_parameters_of_a_job_are_all_that_decides_its_searches():
    study = study_with({"x": experiment()})
    (job,) = study.search_jobs
    for changed in (
        replace(study, tuning_seeds=range(70, 73)),
        replace(study, budgets={"side": stages.Budget(10, 2, 3, 2)}),
        study_with({"x": experiment(fix=SMALL | {"bits": 4})}),
    ):
        assert search_parameters(changed, job) != search_parameters(study, job)
    same = replace(study, evaluation_seeds=range(5), records=7)
    assert search_parameters(same, job) == search_parameters(study, job)
