"""Times to an event, beside textbook examples."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synthgrad.statistics.paired import signed_ranks
from synthgrad.statistics.survival import kaplan_meier, time_bounds

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


def test_times_without_an_event_have_no_median():
    never = kaplan_meier(np.full(30, np.nan), 300)
    assert (never.median, never.high, never.events) == (np.inf, np.inf, 0)


def test_bounds_of_ratios_of_times_by_hand():
    # Each seed has its own budget: 64 and 32 in the arm, 8 in the reference.
    lows, highs = time_bounds(
        [8, np.nan, np.nan, 4, np.nan],
        [2, 4, 4, np.nan, np.nan],
        [64, 64, 32, 64, 64],
        8,
    )
    # Four times as long; more than 64 / 4; more than 32 / 4; at most 4 / 8; anything.
    assert lows == pytest.approx([2, 4, 3, -np.inf, -np.inf])
    assert highs == pytest.approx([2, np.inf, np.inf, -1, np.inf])


def test_a_time_that_is_not_reached_is_beyond_the_budget_itself():
    never, budget = np.full(10, np.nan), np.full(10, 300.0)
    found = signed_ranks(*time_bounds(never, budget, budget, budget))
    assert (found.above(0), found.below(0)) == (2.0**-10, 1.0)


def test_censored_times_are_decided_as_far_as_they_are_known():
    # Ten seeds that take twice as long as the reference, and two of which the arm does not get
    # there: they are longer than the budget, which is three doublings.
    lows, highs = time_bounds([*range(2, 22, 2), np.nan, np.nan], [*range(1, 11), 1, 1], 8, 99)
    found = signed_ranks(lows, highs)
    assert found.estimate == 1.0
    # All twelve are longer than the same, and by more than half a doubling.
    assert found.above(0) == found.above(0.5) == 2.0**-12
    # How much longer is not known: of the sums of ranks that favour "less than twice and a half
    # as long" only the two largest are against it.
    patterns = sum(
        sum(rank for rank, sign in zip(range(1, 13), signs) if sign) <= 12 + 11
        for signs in product([0, 1], repeat=12)
    )
    assert found.below(1.5) == patterns / 2**12


@settings(deadline=None, derandomize=True, max_examples=50)
@given(st.integers(0, 2**32 - 1), st.sampled_from([8, 16, 64]))
def test_whatever_the_times_beyond_the_budget_are_they_are_within_the_bounds(seed, budget):
    arm, reference = np.random.default_rng(seed).geometric(0.1, (2, 20)).astype(float)
    seen = [np.where(times > budget, np.nan, times) for times in (arm, reference)]
    lows, highs = time_bounds(*seen, budget, budget)
    true = np.log2(arm / reference)
    assert ((lows <= true + 1e-9) & (true - 1e-9 <= highs)).all()
    turned = time_bounds(*reversed(seen), budget, budget)
    np.testing.assert_array_equal(turned, (-highs, -lows))
