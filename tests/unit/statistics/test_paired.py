"""Where paired differences lie, beside SciPy, counts by hand and all patterns of signs."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from synthgrad.statistics import ONE_SIDED
from synthgrad.statistics.paired import (
    SignFlips,
    contrast_of,
    rank_biserial,
    signed_ranks,
    two_sided,
)

SEVERAL = settings(deadline=None, derandomize=True, max_examples=100)
EIGHTHS = st.integers(-24, 24).map(lambda k: k / 8)
"""Few values, so that they tie, and exact ones, so that it is known which do."""


def rng():
    return np.random.default_rng(0)


def share_of_sign_patterns(values):
    """The p-value by definition: of all patterns of signs, those with as large a rank sum."""
    ranks = stats.rankdata(np.abs(values))
    signs = np.array(list(product([0, 1], repeat=len(values))))
    return np.mean(signs @ ranks >= ranks[values > 0].sum())


def test_a_p_value_by_hand():
    # Ten differences, all but the two smallest in favour: the ranks against are 1 and 2. Of the
    # 2**10 patterns of signs five have ranks against of at most 3: none, 1, 2, 3, and 1 with 2.
    difference = np.array([-1, -2, 3, 4, 5, 6, 7, 8, 9, 10.0])
    assert signed_ranks(difference).above(0) == 5 / 1024
    assert two_sided(signed_ranks(difference)) == 10 / 1024
    assert rank_biserial(difference) == pytest.approx((55 - 2 * 3) / 55)


def test_p_values_of_darwins_maize():
    # Fifteen pairs of plants, crossed less self-fertilised, in eighths of an inch (Darwin 1876;
    # the example of SciPy's documentation, which has two-sided 0.041259765625).
    difference = np.array([6, 8, 14, 16, 23, 24, 28, 29, 41, -48, 49, 56, 60, -67, 75.0])
    found = signed_ranks(difference)
    assert found.above(0) == pytest.approx(share_of_sign_patterns(difference))
    assert two_sided(found) == pytest.approx(0.041259765625)


@pytest.mark.parametrize("n", [2, 7, 10, 15, 30, 50])
@pytest.mark.parametrize("threshold", [0.0, 0.3, -1.0])
def test_p_values_and_estimate_are_those_of_plain_scipy(n, threshold):
    difference = rng().normal(0.2, 1, n)
    found = signed_ranks(difference)
    for alternative, p_value in (("greater", found.above), ("less", found.below)):
        expected = stats.wilcoxon(difference - threshold, alternative=alternative, method="exact")
        assert p_value(threshold) == pytest.approx(expected.pvalue, rel=1e-9)
    means = [(one + other) / 2 for i, one in enumerate(difference) for other in difference[i:]]
    assert found.estimate == pytest.approx(np.median(means))


@SEVERAL
@given(arrays(float, st.integers(1, 9), elements=st.floats(-9, 9)))
def test_p_values_without_ties_are_shares_of_all_patterns_of_signs(values):
    values = np.round(values, 3) + 1e-5 * 2.0 ** np.arange(len(values))
    assert signed_ranks(values).above(0) == pytest.approx(share_of_sign_patterns(values))


@SEVERAL
@given(arrays(float, st.integers(1, 30), elements=EIGHTHS), EIGHTHS)
def test_interval_and_tests_cannot_disagree(values, threshold):
    found = signed_ranks(values)
    assert found.low <= found.estimate <= found.high
    assert (found.above(threshold) <= ONE_SIDED) == (threshold < found.low)
    assert (found.below(threshold) <= ONE_SIDED) == (threshold > found.high)
    # Also where a test just ceases to reject.
    for end, p_value, inwards in ((found.low, found.above, 1), (found.high, found.below, -1)):
        if np.isfinite(end):
            assert p_value(end) > ONE_SIDED >= p_value(end - inwards * 1e-9)


@SEVERAL
@given(arrays(float, st.integers(1, 12), elements=EIGHTHS), EIGHTHS, st.randoms())
def test_ties_count_against_what_is_asked(values, threshold, random):
    """No way of breaking ties, be it at random, gives a larger p-value, and one gives this."""
    found = signed_ranks(values)
    shifts = [[random.uniform(-1, 1) for _ in values] for _ in range(20)]
    above, below = [], []
    for shift in 1e-6 * np.array([*shifts, [1] * len(values), [-1] * len(values)]):
        broken = signed_ranks(values + shift)
        above.append(broken.above(threshold))
        below.append(broken.below(threshold))
    assert (found.above(threshold), found.below(threshold)) == (max(above), max(below))


def test_ties_are_seen_through_rounding():
    # 0.1 + 0.2 is above 0.3 in the last place alone.
    values = np.full(12, 0.1 + 0.2)
    assert values[0] > 0.3
    assert signed_ranks(values).above(0.3) == signed_ranks(values).below(0.3) == 1.0


@SEVERAL
@given(arrays(float, st.integers(1, 20), elements=EIGHTHS), EIGHTHS)
def test_turning_all_signs_turns_the_result(values, threshold):
    one, other = signed_ranks(values), signed_ranks(-values)
    assert (one.estimate, one.low, one.high) == (-other.estimate, -other.high, -other.low)
    assert one.above(threshold) == other.below(-threshold)


def test_equal_differences_have_a_defined_result():
    none = signed_ranks(np.zeros(30))
    assert (none.estimate, none.low, none.high) == (0.0, 0.0, 0.0)
    assert (none.above(0), none.below(0), two_sided(none)) == (1.0, 1.0, 1.0)
    assert none.above(-0.05) == none.below(0.05) == 2.0**-30
    assert rank_biserial(np.zeros(30)) == 0.0


def test_too_few_pairs_have_no_interval_and_are_not_tested():
    few = contrast_of(np.arange(1.0, 6.0))
    assert (few.located.low, few.located.high) == (-np.inf, np.inf)
    assert np.isnan(few.p_value)
    assert few.note == "fewer than 10 pairs: not tested"
    assert contrast_of(np.arange(1.0, 11.0)).p_value == 2 / 1024


@pytest.mark.parametrize("values", [[], [np.nan, 1.0]])
def test_differences_of_nothing_or_of_nan_are_refused(values):
    with pytest.raises(ValueError, match="at least one difference, and none that is NaN"):
        signed_ranks(values)


@SEVERAL
@given(arrays(float, st.integers(1, 15), elements=EIGHTHS), EIGHTHS, st.randoms())
def test_bounds_count_as_whatever_is_worst_within_them(values, threshold, random):
    unknown = np.array([random.choice([0, 1, 2, np.inf]) for _ in values])
    found = signed_ranks(values - unknown, values + unknown)
    assert found.low <= found.estimate <= found.high
    for _ in range(10):
        shifts = np.where(np.isinf(unknown), 99, unknown)
        within = signed_ranks(values + shifts * [random.uniform(-1, 1) for _ in values])
        assert found.above(threshold) >= within.above(threshold)
        assert found.below(threshold) >= within.below(threshold)
        assert found.low <= within.low <= within.high <= found.high


def test_bounds_by_hand():
    # Of the first pair nothing is known: it has the largest rank against either side, so that of
    # eleven the ranks in favour are 1 to 10 of at most 66: of 2**11 patterns of signs, those
    # whose ranks against sum to at most 11 are as far out, and there are 67 of them.
    values = np.arange(1.0, 11.0)
    found = signed_ranks([-np.inf, *values], [np.inf, *values])
    patterns = sum(
        sum(rank for rank, sign in zip(range(1, 12), signs) if sign) <= 11
        for signs in product([0, 1], repeat=11)
    )
    assert found.above(0) == patterns / 2**11
    assert found.below(0) == 1.0
    # In the estimate it counts as 0.
    assert found.estimate == signed_ranks([0.0, *values]).estimate


def test_sign_flips_are_those_of_scipy():
    difference = rng().normal(0.4, 1, 12)
    for threshold in (0.0, 0.3):
        found = SignFlips(difference, difference, rng())
        for alternative, p_value in (("greater", found.above), ("less", found.below)):
            exact = stats.permutation_test(
                (difference - threshold,),
                np.mean,
                permutation_type="samples",
                n_resamples=np.inf,
                alternative=alternative,
                vectorized=True,
            )
            spread = np.sqrt(exact.pvalue * (1 - exact.pvalue) / 9999)
            assert p_value(threshold) == pytest.approx(exact.pvalue, abs=4 * spread + 1e-4)


def test_sign_flips_of_bounds_count_against_what_is_asked():
    values = np.arange(1.0, 13.0)
    whole = SignFlips(values, values, rng())
    part = SignFlips(np.append(values, -np.inf), np.append(values, np.inf), rng())
    assert whole.above(0) < part.above(0) < 0.05
    # One seed of which nothing is known counts as the largest difference against.
    against = np.append(values, -12.0)
    assert part.above(0) == pytest.approx(SignFlips(against, against, rng()).above(0), abs=0.004)
    # All differences the same: of all patterns, every one is as far out.
    same = SignFlips(np.zeros(12), np.zeros(12), rng())
    assert (same.above(0), same.below(0)) == (1.0, 1.0)
