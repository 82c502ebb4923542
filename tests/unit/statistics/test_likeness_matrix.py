"""The matrix of every two arms: who is held beside whom."""

import numpy as np
import pytest
import trained_study

from synthgrad.core.training.loop import train
from synthgrad.outcomes.twins import beside_twins
from synthgrad.statistics import likeness_matrix as statistics
from synthgrad.statistics.likeness_matrix import likeness_matrix
from synthgrad.study import likeness
from synthgrad.study.cells import Trained
from synthgrad.study.tables import read_csv, write_csv

METHODS = ["dni[label]", "backprop", "frozen"]


def study_of(methods, per_job=None):
    """A small study of digits with one and two hidden layers, or one without digits."""
    digits = {
        "vary": {"method": methods, "hidden": [[5], [6, 5]]},
        "fix": {"task": "digits", "examples": 60, "heldout_examples": 20, "epochs": 2},
        "step_sizes": "given",
    }
    other = {"vary": {"bits": [3]}, "fix": {"examples": 40, "epochs": 2}, "step_sizes": "given"}
    return trained_study.study_of(
        ({"digits": digits} if methods else {}) | {"other": other},
        seeds=trained_study.SEEDS | ({"per_job": per_job} if per_job else {}),
        bootstrap={"resamples": 100, "seed": 1},
    )


def trained(study, folder):
    """Paths of the tables, and what hidden layers made of the probes, by method and number of
    layers: a list, by layer, of (seeds, pairs) dissimilarities."""
    apart = {}
    for _, cell in study.experiments["digits"]:
        history = train(cell.setup, study.evaluation_seeds)
        apart[cell.setup.method, len(cell.setup.hidden)] = [
            [likeness.dissimilarity(each) for each in hidden] for hidden in history.representations
        ]
    return trained_study.train(study, folder), apart


@pytest.mark.parametrize("per_job", [None, 2])
def test_a_method_meets_the_next_seed_of_another_and_of_itself(tmp_path, per_job):
    pytest.importorskip("sklearn", reason="the images come with scikit-learn")
    study = study_of(METHODS, per_job)
    paths, apart = trained(study, tmp_path)
    table = likeness_matrix(study, paths)
    # Six pairs of three methods, a method with itself among them, at 1 and at 1 + 1 layers.
    assert len(table) == 6 * (1 + 2)
    assert not table[["hidden", "layer", "method", "other"]].duplicated().any()
    for row in table.to_dict("records"):
        count, layer = row["hidden"].count("-") + 1, row["layer"] - 1
        one, other = (apart[row[name], count][layer] for name in ("method", "other"))
        expected = [likeness.alike(one[s], other[(s + 1) % 3]) for s in range(3)]
        assert row["n"] == 3
        assert row["likeness"] == pytest.approx(np.mean(expected), rel=1e-12)
        assert row["ci_low"] <= row["likeness"] <= row["ci_high"]


def test_it_agrees_with_the_likeness_among_the_outcomes(tmp_path):
    pytest.importorskip("sklearn", reason="the images come with scikit-learn")
    methods = ["dni[label]", "frozen", "backprop"]
    study = study_of(methods)
    paths, _ = trained(study, tmp_path)
    table = likeness_matrix(study, paths).set_index(["hidden", "layer", "method", "other"])
    listed, trained_cells = study.experiments["digits"], Trained(study, paths)
    for _, cell in listed:
        if len(cell.setup.hidden) == 2:
            seeds = study.seeds("digits")
            own = trained_cells(cell, seeds)["given"]
            columns = beside_twins(trained_cells, listed, cell, "given", own, seeds, 2)
            for layer in (1, 2):
                found = table.loc[("6-5", layer, cell.setup.method, "backprop"), "likeness"]
                assert found == pytest.approx(columns[f"likeness_{layer}"].mean(), rel=1e-12)


def test_networks_that_diverged_are_left_out(monkeypatch):
    study = study_of(["backprop"])
    apart = np.random.RandomState(0).rand(3, 10)
    apart[1] = np.nan
    monkeypatch.setattr(
        statistics, "dissimilarities", lambda columns, setup: [apart] * len(setup.hidden)
    )
    monkeypatch.setattr(statistics, "Trained", lambda study, paths: lambda *_: {"given": None})
    # Of seeds 0, 1, 2 only 2 and the one after it, 0, are left.
    table = likeness_matrix(study, {})
    assert (table["n"] == 1).all()
    assert (table["likeness"] == likeness.alike(apart[2], apart[0])).all()
    apart[:] = np.nan
    table = likeness_matrix(study, {})
    assert (table["n"] == 0).all()
    assert table[["likeness", "ci_low", "ci_high"]].isna().all(axis=None)


def test_without_digits_the_table_is_empty_but_can_be_read(tmp_path):
    write_csv(likeness_matrix(study_of(None), {}), tmp_path / "representations.csv")
    table = read_csv(tmp_path / "representations.csv")
    assert table.empty
    assert tuple(table.columns) == statistics.COLUMNS
