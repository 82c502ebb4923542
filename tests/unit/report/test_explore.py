"""The data of the page to explore, beside the published tables that it comes from."""

import base64
import gzip
import json
import re
from importlib.resources import files
from urllib.parse import parse_qsl

import numpy as np
import pandas as pd
import pytest

from synthgrad.claims.judge import VERDICTS
from synthgrad.figures.listing import figures
from synthgrad.figures.tables import load
from synthgrad.report.explore import claims, curves
from synthgrad.study.published import shipped

DIGITS = 0.5001 * 10 ** (1 - curves.DIGITS)
"""By how much, relatively, a number can differ for its being rounded."""
RESAMPLES = 99


@pytest.fixture(scope="module")
def tables():
    """The published tables, with few of their curves."""
    whole = load(shipped("published"), RESAMPLES, 0)
    runs = whole.runs
    few = runs["experiment"].isin(["headline", "signs"]) & runs["bits"].isin([8, 10])
    return whole.changed(runs=runs[few & runs["method"].isin(["frozen", "dni[label]"])])


@pytest.fixture(scope="module")
def experiments(tables):
    return curves.experiments(tables, {"headline": "Who learns?"})


def unpacked(experiment):
    return json.loads(gzip.decompress(base64.b64decode(experiment["packed"])))


def rows(table, experiment, cell):
    return table[(table["experiment"] == experiment) & (table["cell"] == cell["cell"])]


def test_values_of_seeds_and_their_means_are_those_of_the_runs(tables, experiments):
    compared = 0
    for name, experiment in experiments.items():
        for cell, data in zip(experiment["cells"], unpacked(experiment), strict=True):
            runs = rows(tables.runs, name, cell)
            for measure, curve in data["curves"].items():
                for seed, values in zip(data["seeds"], curve["seeds"], strict=True):
                    expected = runs[runs["seed"] == seed].set_index("epoch")[measure]
                    found = np.array(values, dtype=float)
                    np.testing.assert_allclose(found, expected[data["epochs"]], rtol=DIGITS)
                    compared += len(values)
                means = runs.groupby("epoch")[measure].mean()[data["epochs"]]
                np.testing.assert_allclose(np.array(curve["mean"], float), means, rtol=DIGITS)
    assert compared > 9_000


def test_intervals_are_those_of_the_figures(tables, experiments):
    cell, data = experiments["headline"]["cells"][0], unpacked(experiments["headline"])[0]
    runs = rows(tables.runs, "headline", cell)
    curve = tables.curve(runs, "bit_accuracy")
    found = data["curves"]["bit_accuracy"]
    np.testing.assert_allclose(found["low"], curve["low"], rtol=DIGITS)
    np.testing.assert_allclose(found["high"], curve["high"], rtol=DIGITS)


def test_estimates_and_outcomes_are_those_of_the_tables(tables, experiments):
    for cell, data in zip(
        experiments["headline"]["cells"], unpacked(experiments["headline"]), strict=True
    ):
        outcomes = rows(tables.outcomes, "headline", cell)
        for seed, row in zip(data["seeds"], data["outcomes"], strict=True):
            expected = outcomes[outcomes["seed"] == seed][[*curves.OUTCOMES]].iloc[0]
            np.testing.assert_allclose(np.array(row, float), expected.astype(float), rtol=DIGITS)
        for measure, (mean, _, _, n) in zip(curves.SUMMARISED, cell["estimates"], strict=True):
            assert mean == pytest.approx(outcomes[measure].mean(), rel=DIGITS)
            assert n == len(outcomes)


def test_settings_that_follow_from_others_are_no_choice():
    runs = pd.DataFrame(
        {
            "cell": ["a", "b", "c", "d"],
            "bits": 8,
            "task": ["addition", "digits", "addition", "digits"],
            "loss": ["squared", "entropy", "squared", "entropy"],
            "edition": None,
            "update_probability": ["0.5", "0.5", "1.0", "1.0"],
            "seed": 0,
        }
    )
    assert curves.varied(runs) == ["task", "update_probability"]


def test_claims_have_the_verdicts_and_contrasts_of_the_table(tables):
    found = claims.claims(tables.claims, tables.robustness, tables.outcomes)
    verdicts = tables.claims.drop_duplicates("claim").set_index("claim")["verdict"]
    assert {each["claim"]: each["verdict"] for each in found} == verdicts.to_dict()
    contrasts = [contrast for each in found for contrast in each["contrasts"]]
    expected = tables.claims.dropna(subset="contrast")
    assert [each["name"] for each in contrasts] == list(expected["contrast"])
    assert [each["evidence"] for each in contrasts] == list(expected["evidence"])
    assert sum(len(each["again"]) for each in found) == len(tables.robustness)


@pytest.fixture(scope="module")
def understood():
    """What the page of the published tables understands: the values of each key in its address that
    a figure may ask for, None where it takes any."""
    whole = load(shipped("published"), RESAMPLES, 0)
    scripts = "".join((files(curves.__package__) / f"{name}.js").read_text() for name in SCRIPTS)
    return dict.fromkeys(re.findall(r'\bchoice\("(\w+)"', scripts)) | {
        "experiment": set(whole.runs["experiment"]),
        "measure": set(curves.MEASURES),
        "claim": set(whole.claims["claim"]),
        "verdict": {"", "fragile", "changed", *VERDICTS},
    }


SCRIPTS = ("claims", "curves")


@pytest.mark.parametrize("name", figures())
def test_the_page_understands_what_a_figure_opens(name, understood):
    asked = dict(parse_qsl(figures()[name].opens, keep_blank_values=True, strict_parsing=True))
    assert asked
    assert asked.keys() <= understood.keys()
    for key, value in asked.items():
        assert understood[key] is None or value in understood[key], key


def test_a_figure_opens_a_measure_that_its_experiment_has():
    whole = load(shipped("published"), RESAMPLES, 0)
    asked = [dict(parse_qsl(figure.opens)) for figure in figures().values()]
    pairs = {(each["experiment"], each["measure"]) for each in asked if "measure" in each}
    assert pairs
    for experiment, measure in pairs:
        assert whole.rows("runs", experiment)[measure].notna().any()
