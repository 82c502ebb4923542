"""What the paper says of why it works, from tables made by hand."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from paper_sources import rows

from synthgrad.report.paper import why
from synthgrad.statistics.correlations import correlation
from synthgrad.statistics.representable import COLUMNS

SCORES = {"dni[output]": 0.1, "dni[label]": 0.4, "dni[output+label]": 0.3, "dni[batchnorm]": 0.2}


def arm(experiment, method, value, **factors):
    blank = dict.fromkeys(["weight_scale", "generator_scale"]) | {"generator_hidden": "0"}
    measures = {"alignment_1": value / 2, "alignment_2": value, "similarity_2": 0.9}
    labels = {"experiment": experiment, "method": method, "generator_step": "plain"}
    seeds = ({"seed": seed, "accuracy_auc": score} for seed, score in ((0, 0.0), (1, 2 * value)))
    return [labels | blank | factors | measures | seed for seed in seeds]


def best(condition, trained_by, epoch, value):
    labels = dict(zip(COLUMNS, (0.2, trained_by, 2, condition, epoch, 5), strict=False))
    return labels | dict.fromkeys(COLUMNS[6:], value)


@pytest.fixture
def run():
    conditioning = [
        row for name, score in SCORES.items() for row in arm("conditioning", name, score)
    ]
    scales = [
        *arm("flatness", "frozen", np.nan, weight_scale="0.2"),
        *arm("flatness", "local-loss", 0.6, weight_scale="0.2"),
        *arm("flatness", "dni[label]", 0.5, weight_scale="0.2"),
    ]
    starts = [
        *arm("generator", "dni[label]", 0.7, generator_scale="0.0"),
        *arm("generator", "dni[label]", 0.1, generator_scale="0.2"),
        *arm("generator", "dni[label]", 9.0, generator_scale="0.0", generator_hidden="64"),
    ]
    table = [
        best("label", "backprop", 0, 0.99),
        best("label", "backprop", np.nan, 0.3),
        best("label", "dni[label]", 0, 0.98),
        best("label", "dni[label]", np.nan, 0.8),
    ]
    return SimpleNamespace(
        aligned=pd.DataFrame([*conditioning, *scales, *starts]),
        representable=pd.DataFrame(table, columns=COLUMNS),
    )


def test_best_is_of_the_start_or_of_the_own_training(run):
    found = why.best_values(run)
    told = {name: found[f"why/label/0.2/{name}"] for name in ("share", "best", "attained")}
    assert told == {"share": "0.990", "best": "0.80", "attained": "0.50"}
    assert found["why/output/0.2/best"] == found["why/label/1.0/attained"] == "---"
    assert (found["why/local/1"], found["why/local/2"]) == ("0.30", "0.60")


def test_sets_of_conditions_are_the_units(run):
    found = why.correlation_values(run)
    expected = correlation(list(SCORES.values()), list(SCORES.values()))
    assert found["why/sets/all"] == f"{expected.estimate:.2f}"
    assert found["why/sets/all/count"] == "4"
    # Two are too few.
    assert (found["why/sets/label/count"], found["why/sets/label"]) == ("2", "---")


def test_starts_are_of_plain_linear_generators(run):
    (line,) = rows(why.starts_table(run))[2:]
    numbers = [cell.strip(" \\") for cell in line[1:]]
    assert numbers == ["0.35", "0.05", "0.70", "0.10", "0.90", "0.90", "0.70", "0.10"]


def test_without_the_experiment_the_table_is_empty(run):
    run.aligned = run.aligned[:0]
    assert rows(why.starts_table(run)) == []
