"""Comparisons of paired arms, beside counts by hand."""

import numpy as np
import pytest
from scipy import stats

from synthgrad.statistics.paired import paired_contrast, within_bounds


def rng():
    return np.random.default_rng(0)


def test_wilcoxon_by_hand():
    # Ten differences, all but the two smallest in favour: W- = 1 + 2 = 3. Of the
    # 2**10 sign patterns five have a rank sum of at most 3, so p = 2 * 5 / 1024.
    difference = np.array([-1, -2, 3, 4, 5, 6, 7, 8, 9, 10.0])
    contrast = paired_contrast(difference, np.zeros(10), rng())
    assert contrast.p_value == pytest.approx(10 / 1024)
    assert contrast.effect_size == pytest.approx((55 - 2 * 3) / 55)


def test_equal_pairs_are_dropped_and_said():
    difference = np.array([0.0, 0, *range(1, 13)])
    contrast = paired_contrast(difference, np.zeros(14), rng())
    assert contrast.note == "2 equal pairs dropped from the test"
    assert contrast.p_value == stats.wilcoxon(np.arange(1, 13)).pvalue


def test_swapping_the_arms_flips_the_signs_alone():
    arm, reference = rng().normal(size=(2, 30))
    one = paired_contrast(arm, reference, rng())
    other = paired_contrast(reference, arm, rng())
    assert other.interval.estimate == pytest.approx(-one.interval.estimate)
    assert other.effect_size == pytest.approx(-one.effect_size)
    assert other.p_value == pytest.approx(one.p_value)


def test_degenerate_pairs_have_named_results():
    equal = paired_contrast(np.ones(30), np.ones(30), rng())
    assert (equal.p_value, equal.effect_size, equal.note) == (1.0, 0.0, "all pairs equal")
    few = paired_contrast(np.arange(5.0), np.ones(5), rng())
    assert np.isnan(few.p_value)
    assert few.note == "fewer than 10 pairs: not tested"
    few_and_equal = paired_contrast(np.ones(5), np.ones(5), rng())
    assert (np.isnan(few_and_equal.p_value), few_and_equal.note) == (True, few.note)


def test_unpaired_arrays_are_refused():
    with pytest.raises(ValueError, match="5 values cannot be paired with 4"):
        paired_contrast(np.arange(5.0), np.arange(4.0), rng())


def test_wilcoxon_of_darwins_maize():
    # Fifteen pairs of plants, crossed less self-fertilised, in eighths of an inch (Darwin 1876;
    # the example of SciPy's documentation). Of the 2**15 patterns of signs those as far out
    # are counted here one by one.
    difference = np.array([6, 8, 14, 16, 23, 24, 28, 29, 41, -48, 49, 56, 60, -67, 75.0])
    ranks = stats.rankdata(np.abs(difference))
    signs = (np.arange(2**15)[:, None] >> np.arange(15)) & 1
    sums = signs @ ranks
    observed = ranks[difference > 0].sum()
    expected = (sums >= observed).mean() + (sums <= ranks.sum() - observed).mean()
    contrast = paired_contrast(difference, np.zeros(15), rng())
    assert contrast.p_value == pytest.approx(expected) == pytest.approx(0.041259765625)


def test_bounds_by_hand():
    # Ten differences between 0.01 and 0.1 are all within 0.2 of 0: of the 2**10 patterns of
    # signs one is as far out on either side.
    difference = np.arange(1, 11) / 100
    assert within_bounds(difference, -0.2, 0.2) == pytest.approx(1 / 1024)
    # Against an upper bound of 0.055 the differences lie evenly on both sides.
    assert within_bounds(difference, high=0.055) > 0.5
    assert within_bounds(difference, low=0.0) == pytest.approx(1 / 1024)
    assert np.isnan(within_bounds(difference[:9], -0.2, 0.2))
    assert within_bounds(np.full(30, 0.2), -0.2, 0.2) == 1.0
