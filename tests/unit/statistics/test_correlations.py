"""Rank correlations across arms and across seeds."""

import numpy as np
import pytest
from scipy import stats

from synthgrad.statistics.correlations import row_correlations, seed_correlation


def rng():
    return np.random.default_rng(0)


def test_rank_correlations_by_hand():
    # Ranks 1 2 3 4 against 2 1 4 3: four differences of 1, so 1 - 6 * 4 / (4 * 15) = 0.6.
    x, y = np.array([[10.0, 20, 30, 40]]), np.array([[0.2, 0.1, 0.9, 0.8]])
    assert row_correlations(x, y) == pytest.approx([0.6])
    assert row_correlations(x, np.ones((1, 4))) == pytest.approx([0.0])


def test_rank_correlation_across_seeds():
    # Ten pupils, intelligence and hours of television: the textbook's -29/165.
    iq = np.array([106, 100, 86, 101, 99, 103, 97, 113, 112, 110.0])[:, None]
    hours = np.array([7, 27, 2, 50, 28, 29, 20, 12, 6, 17.0])[:, None]
    contrast = seed_correlation(iq, hours, rng(), 1999)
    assert contrast.interval.estimate == pytest.approx(-29 / 165)
    assert contrast.p_value == pytest.approx(stats.spearmanr(iq, hours).pvalue, abs=0.05)
    x = rng().normal(size=(30, 4))
    noisy = x + rng().normal(size=(30, 4))[::-1]
    found = seed_correlation(x, noisy, rng(), 999)
    expected = [stats.spearmanr(x[:, k], noisy[:, k]).statistic for k in range(4)]
    assert found.interval.estimate == pytest.approx(np.mean(expected))
    assert found.interval.low < found.interval.estimate < found.interval.high
    assert found.p_value < 0.01
    tied = seed_correlation(np.ones((30, 2)), x[:, :2], rng(), 99)
    assert (tied.interval.estimate, tied.p_value) == (0.0, 1.0)
    assert np.isnan(seed_correlation(x[:1], x[:1], rng(), 99).p_value)
