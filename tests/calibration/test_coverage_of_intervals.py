"""Intervals cover as often as they should."""

import numpy as np
import pytest
from scipy import stats

from synthgrad.statistics import ONE_SIDED
from synthgrad.statistics.correlations import Correlation, row_correlations
from synthgrad.statistics.intervals import mean_interval
from synthgrad.statistics.paired import signed_ranks


def rng():
    return np.random.default_rng(0)


@pytest.mark.parametrize("draw", ["normal", "uniform", "logistic"])
def test_bootstrap_intervals_of_means(draw):
    """Differences of 30 pairs without an effect. A bootstrap takes the spread of 30 values for
    the true one, so that 95 % become 93 to 94 %; the rest is Monte Carlo error."""
    differences = getattr(rng(), draw)(size=(2000, 30)) - (0.5 if draw == "uniform" else 0)
    covered = 0
    for trial, row in enumerate(differences):
        interval = mean_interval(row, np.random.default_rng(trial), 999)
        covered += interval.low <= 0 <= interval.high
    assert covered / 2000 >= 0.93 - 2 * np.sqrt(0.93 * 0.07 / 2000)


@pytest.mark.parametrize("rho", [0.0, 0.3, 0.6, 0.9])
@pytest.mark.parametrize("n", [15, 30])
def test_intervals_of_correlations(rho, n):
    """Of normal measures, also where they are correlated so that the plain standard error of
    Fisher's scale would be too small, which is what Bonett & Wright (2000) mend."""
    ranks = 6 / np.pi * np.arcsin(rho / 2)
    one, other = rng().standard_normal((2, 4000, n))
    found = row_correlations(one, rho * one + np.sqrt(1 - rho**2) * other)
    intervals = [Correlation(each, n) for each in found]
    covered = np.mean([each.low <= ranks <= each.high for each in intervals])
    assert covered >= 0.935 - 3 * np.sqrt(0.95 * 0.05 / 4000)


@pytest.mark.parametrize("seeds", [30, 15, 10])
@pytest.mark.parametrize("draw", ["normal", "uniform", "logistic", "laplace"])
def test_intervals_of_signed_ranks(draw, seeds):
    """Whatever the differences are spread like, as long as that is even on both sides."""
    trials = 1000
    differences = getattr(rng(), draw)(size=(trials, seeds)) - (0.5 if draw == "uniform" else 0)
    found = [signed_ranks(row) for row in differences]
    missed = [sum(each.low > 0 for each in found), sum(each.high < 0 for each in found)]
    assert max(missed) <= stats.binom.ppf(0.999, trials, ONE_SIDED)
    assert min(missed) > 0
