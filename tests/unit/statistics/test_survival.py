"""Times to an event, beside textbook examples."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from synthgrad.statistics.survival import kaplan_meier, logrank, time_contrast


def rng():
    return np.random.default_rng(0)


REMISSION = {
    # Weeks of remission of 21 children with leukaemia under 6-mercaptopurine, NaN and the
    # weeks watched where it had not ended, and of 21 under placebo (Freireich et al. 1963).
    "times": [6, 6, 6, 7, 10, 13, 16, 22, 23, *[np.nan] * 12],
    "watched": [0] * 9 + [6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35],
    "placebo": [1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23],
}


def test_kaplan_meier_of_the_remission_times():
    drug = kaplan_meier(REMISSION["times"], REMISSION["watched"])
    shares = dict(zip(drug.times, drug.shares))
    # By hand: of 21 at risk three end at week 6, then one of 17 at week 7, one of 15 at 10.
    assert shares[6] == pytest.approx(18 / 21)
    assert shares[7] == pytest.approx(18 / 21 * 16 / 17)
    assert shares[10] == pytest.approx(18 / 21 * 16 / 17 * 14 / 15)
    assert (drug.median, drug.n, drug.events) == (23, 21, 9)
    # The upper limit is not reached, and that of the curve at week 23 is above one half.
    assert (drug.low, drug.high) == (13, np.inf)
    placebo = kaplan_meier(REMISSION["placebo"], 99)
    assert (placebo.median, placebo.low, placebo.high) == (8, 4, 11)


def test_the_interval_of_a_survival_curve_by_hand():
    curve = kaplan_meier([5, np.nan, 2, np.nan], 10)
    shares = dict(zip(curve.times, zip(curve.shares, curve.lows, curve.highs)))
    # Greenwood's variance of log(-log S) at S = 3/4 is 1/(4 * 3) / log(3/4)^2.
    reach = np.exp(1.959964 * np.sqrt(1 / 12) / -np.log(0.75))
    assert shares[2] == pytest.approx((0.75, 0.75**reach, 0.75 ** (1 / reach)))


def test_logrank_of_the_remission_times():
    # The textbooks give a chi-square of 16.79. Counted here week by week, as they do.
    drug, placebo = np.array(REMISSION["times"]), np.array(REMISSION["placebo"], dtype=float)
    left = np.where(np.isnan(drug), REMISSION["watched"], drug)
    excess = variance = 0.0
    for week in np.unique(np.concatenate([drug[~np.isnan(drug)], placebo])):
        at_risk = (left >= week).sum(), (placebo >= week).sum()
        ended = (drug == week).sum() + (placebo == week).sum()
        n = sum(at_risk)
        excess += (drug == week).sum() - ended * at_risk[0] / n
        if n > 1:
            variance += ended * at_risk[0] * at_risk[1] * (n - ended) / (n**2 * (n - 1))
    assert excess**2 / variance == pytest.approx(16.79, abs=0.005)
    p_value = logrank(drug, placebo, REMISSION["watched"], 99)
    assert p_value == pytest.approx(stats.chi2.sf(excess**2 / variance, 1))


def test_times_are_compared_by_the_ratio_of_their_medians():
    reference = rng().integers(5, 50, size=30).astype(float)
    contrast = time_contrast(reference / 2, reference, 300, rng(), 999)
    assert contrast.interval.estimate == contrast.interval.low == contrast.interval.high == -1
    assert contrast.p_value < 0.01
    other = time_contrast(reference, reference / 2, 300, rng(), 999)
    assert (other.interval.estimate, other.effect_size) == (1, -contrast.effect_size)
    assert other.p_value == pytest.approx(contrast.p_value)


@settings(deadline=None, derandomize=True, max_examples=25)
@given(arrays(float, st.integers(10, 30), elements=st.integers(1, 40).map(float)))
def test_the_median_in_a_ratio_is_that_of_kaplan_and_meier(times):
    times = np.where(times > 30, np.nan, times)
    median = kaplan_meier(times, 30).median
    contrast = time_contrast(times, np.ones(len(times)), 30, rng(), 100)
    assert contrast.interval.estimate == pytest.approx(np.log2(min(median, 30)))


def test_times_without_an_event_have_named_results():
    never, soon = np.full(30, np.nan), np.arange(1.0, 31.0)
    late = time_contrast(never, soon, 300, rng(), 99)
    assert late.note == "median of arm not reached: counted as 300"
    assert late.interval.estimate == np.log2(300 / 15)
    neither = time_contrast(never, never, 300, rng(), 99)
    assert neither.note == "no seed of either arm gets there: not tested"
    assert np.isnan(neither.p_value)
    tied = time_contrast(np.full(30, 7.0), np.full(30, 7.0), 300, rng(), 99)
    assert (tied.interval.estimate, tied.p_value) == (0.0, 1.0)
    one = time_contrast([5.0], [9.0], 300, rng(), 99)
    assert one.note == "fewer than 10 pairs: not tested"
    diverged = kaplan_meier(never, 300)
    assert (diverged.median, diverged.high, diverged.events) == (np.inf, np.inf, 0)
