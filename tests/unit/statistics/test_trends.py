"""Page's test of a trend, beside a textbook example."""

import numpy as np
import pytest
from scipy import stats

from synthgrad.statistics.trends import trend


def rng():
    return np.random.default_rng(0)


# Ten raters of three methods, the example of SciPy's documentation of Page's test, after
# Siegel & Castellan; L is added up here by hand.
RATINGS = [
    [3, 4, 3],
    [2, 2, 4],
    [3, 3, 5],
    [1, 3, 2],
    [2, 3, 2],
    [2, 4, 5],
    [1, 2, 4],
    [3, 4, 4],
    [2, 4, 5],
    [1, 3, 4],
]


def test_page_of_the_ratings():
    ranks = stats.rankdata(RATINGS, axis=1)
    assert (ranks.sum(axis=0) * [1, 2, 3]).sum() == 133.5
    contrast = trend(RATINGS, rng(), 999)
    one_sided = stats.page_trend_test(RATINGS).pvalue
    assert one_sided == pytest.approx(0.0018191161948127822)
    assert contrast.p_value == pytest.approx(2 * one_sided)
    by_row = [stats.spearmanr(row, [1, 2, 3]).statistic for row in RATINGS]
    assert contrast.interval.estimate == pytest.approx(np.mean(by_row))


def test_a_trend_turned_round_flips_its_sign_alone():
    values = rng().normal(size=(30, 5)) + 0.2 * np.arange(5)
    up, down = (trend(part, rng(), 99) for part in (values, values[:, ::-1]))
    assert down.interval.estimate == pytest.approx(-up.interval.estimate)
    assert down.p_value == pytest.approx(up.p_value)
    flat = trend(np.ones((30, 5)), rng(), 99)
    assert (flat.interval.estimate, flat.p_value, flat.note) == (0.0, 1.0, "all pairs equal")
