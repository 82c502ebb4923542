import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from synthgrad import statistics


def rng():
    return np.random.default_rng(0)


def test_interval_of_the_mean_agrees_with_the_normal_one_where_that_is_right():
    values = rng().normal(3.0, 2.0, size=400)
    interval = statistics.mean_interval(values, rng())
    half = 1.96 * values.std(ddof=1) / 20
    assert interval.method == "BCa"
    assert interval.estimate == pytest.approx(values.mean())
    assert interval.low == pytest.approx(values.mean() - half, abs=0.1 * half)
    assert interval.high == pytest.approx(values.mean() + half, abs=0.1 * half)


def test_equal_values_have_a_point_as_interval():
    interval = statistics.mean_interval([0.25] * 30, rng())
    assert (interval.low, interval.high, interval.method) == (0.25, 0.25, "constant")


def test_one_value_is_its_own_interval():
    interval = statistics.mean_interval([0.5], rng())
    assert (interval.estimate, interval.low, interval.high) == (0.5, 0.5, 0.5)


@pytest.mark.parametrize("values", [[], [np.nan, 1.0], [np.inf]])
def test_an_interval_of_nothing_or_of_nan_is_refused(values):
    with pytest.raises(ValueError, match="at least one value, and finite"):
        statistics.mean_interval(values, rng())


@settings(deadline=None, derandomize=True, max_examples=25)
@given(arrays(float, st.integers(2, 40), elements=st.floats(-1, 1).map(lambda x: round(x, 6))))
def test_an_interval_brackets_its_estimate_and_stays_among_the_values(values):
    interval = statistics.mean_interval(values, rng(), resamples=499)
    assert np.isfinite([interval.low, interval.high]).all()
    assert values.min() - 1e-12 <= interval.low <= interval.high <= values.max() + 1e-12
    assert interval.method in ("BCa", "percentile", "constant")


def test_interval_covers_the_mean_as_often_as_it_says():
    simulated = rng()
    covered = 0
    for trial in range(300):
        values = simulated.beta(5, 2, size=30)
        interval = statistics.mean_interval(values, np.random.default_rng(trial), resamples=999)
        covered += interval.low <= 5 / 7 <= interval.high
    assert (
        covered / 300 >= 0.91
    )  # 0.95 less two binomial standard errors and some small-sample bias


def test_wilcoxon_by_hand():
    # Ten differences, all but the two smallest in favour: W- = 1 + 2 = 3. Of the
    # 2**10 sign patterns five have a rank sum of at most 3, so p = 2 * 5 / 1024.
    difference = np.array([-1, -2, 3, 4, 5, 6, 7, 8, 9, 10.0])
    contrast = statistics.paired_contrast(difference, np.zeros(10), rng())
    assert contrast.p_value == pytest.approx(10 / 1024)
    assert contrast.effect_size == pytest.approx((55 - 2 * 3) / 55)


def test_equal_pairs_are_dropped_and_said():
    difference = np.array([0.0, 0, *range(1, 13)])
    contrast = statistics.paired_contrast(difference, np.zeros(14), rng())
    assert contrast.note == "2 equal pairs dropped from the test"
    assert contrast.p_value == stats.wilcoxon(np.arange(1, 13)).pvalue


def test_swapping_the_arms_flips_the_signs_alone():
    arm, reference = rng().normal(size=(2, 30))
    one = statistics.paired_contrast(arm, reference, rng())
    other = statistics.paired_contrast(reference, arm, rng())
    assert other.interval.estimate == pytest.approx(-one.interval.estimate)
    assert other.effect_size == pytest.approx(-one.effect_size)
    assert other.p_value == pytest.approx(one.p_value)


def test_degenerate_pairs_have_named_results():
    equal = statistics.paired_contrast(np.ones(30), np.ones(30), rng())
    assert (equal.p_value, equal.effect_size, equal.note) == (1.0, 0.0, "all pairs equal")
    few = statistics.paired_contrast(np.arange(5.0), np.ones(5), rng())
    assert np.isnan(few.p_value)
    assert few.note == "fewer than 10 pairs: not tested"


def test_unpaired_arrays_are_refused():
    with pytest.raises(ValueError, match="5 values cannot be paired with 4"):
        statistics.paired_contrast(np.arange(5.0), np.arange(4.0), rng())


def test_holm_by_hand():
    # Sorted 0.01, 0.02, 0.03, 0.04 times 4, 3, 2, 1, made monotone.
    adjusted = statistics.holm([0.03, 0.01, 0.04, 0.02])
    assert adjusted == pytest.approx([0.06, 0.04, 0.06, 0.06])


def test_holm_leaves_what_was_not_tested_and_never_exceeds_one():
    adjusted = statistics.holm([np.nan, 0.9, 0.8])
    assert np.isnan(adjusted[0])
    assert adjusted[1:] == pytest.approx([1.0, 1.0])


def test_family_wise_error_under_the_null():
    simulated = rng()
    rejected = 0
    for _ in range(200):
        p_values = [stats.wilcoxon(simulated.normal(size=30)).pvalue for _ in range(8)]
        rejected += (statistics.holm(p_values) < 0.05).any()
    assert rejected / 200 <= 0.05 + 2 * np.sqrt(0.05 * 0.95 / 200)
