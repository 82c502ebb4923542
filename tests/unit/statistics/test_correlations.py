"""Rank correlations across arms and across seeds."""

import numpy as np
import pytest
from scipy import stats

from synthgrad.statistics import ONE_SIDED
from synthgrad.statistics.correlations import Correlation, correlation, row_correlations


def rng():
    return np.random.default_rng(0)


def test_rank_correlations_by_hand():
    # Ranks 1 2 3 4 against 2 1 4 3: four differences of 1, so 1 - 6 * 4 / (4 * 15) = 0.6.
    x, y = np.array([[10.0, 20, 30, 40]]), np.array([[0.2, 0.1, 0.9, 0.8]])
    assert row_correlations(x, y) == pytest.approx([0.6])
    assert row_correlations(x, np.ones((1, 4))) == pytest.approx([0.0])


@pytest.mark.parametrize("levels", [3, 5, 15])
def test_rank_correlations_are_those_of_scipy(levels):
    x, y = rng().integers(0, 6, (2, 20, levels)).astype(float)
    x[0] = 1.0
    varied = (np.ptp(x, axis=1) > 0) & (np.ptp(y, axis=1) > 0)
    expected = [stats.spearmanr(*rows).statistic for rows in zip(x[varied], y[varied])]
    assert row_correlations(x, y)[varied] == pytest.approx(expected)
    assert not row_correlations(x, y)[~varied].any()


def test_the_textbooks_pupils():
    # Ten pupils, intelligence and hours of television: the textbook's -29/165.
    iq = [106, 100, 86, 101, 99, 103, 97, 113, 112, 110]
    hours = [7, 27, 2, 50, 28, 29, 20, 12, 6, 17]
    found = correlation(iq, hours)
    assert found.estimate == pytest.approx(-29 / 165)
    # On Fisher's scale, with a variance of (1 + r^2 / 2) / (n - 3).
    reach = 1.959964 * np.sqrt((1 + (29 / 165) ** 2 / 2) / 7)
    assert np.arctanh(found.low) == pytest.approx(np.arctanh(-29 / 165) - reach)
    assert np.arctanh(found.high) == pytest.approx(np.arctanh(-29 / 165) + reach)


@pytest.mark.parametrize("estimate", [-1.0, -0.4, 0.0, 0.9, 1.0])
@pytest.mark.parametrize("n", [6, 15])
def test_interval_and_tests_of_a_correlation_cannot_disagree(estimate, n):
    found = Correlation(estimate, n)
    assert -1 < found.low < found.high < 1
    assert found.low - 1e-9 <= estimate <= found.high + 1e-9 or abs(estimate) == 1
    assert found.above(found.low) == pytest.approx(ONE_SIDED)
    assert found.below(found.high) == pytest.approx(ONE_SIDED)
    turned = Correlation(-estimate, n)
    assert found.above(0.3) == pytest.approx(turned.below(-0.3))
