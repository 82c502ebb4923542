import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from synthgrad.statistics import tests as statistics


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


@pytest.mark.slow
@pytest.mark.parametrize("draw", ["normal", "uniform", "logistic"])
def test_intervals_of_differences_cover_as_often_as_they_should(draw):
    """Differences of 30 pairs without an effect. A bootstrap takes the spread of 30 values for
    the true one, so that 95 % become 93 to 94 %; the rest is Monte Carlo error."""
    differences = getattr(rng(), draw)(size=(2000, 30)) - (0.5 if draw == "uniform" else 0)
    covered = 0
    for trial, row in enumerate(differences):
        interval = statistics.mean_interval(row, np.random.default_rng(trial), 999)
        covered += interval.low <= 0 <= interval.high
    assert covered / 2000 >= 0.93 - 2 * np.sqrt(0.93 * 0.07 / 2000)


@pytest.mark.slow
@pytest.mark.parametrize("same_reference", [True, False])
def test_families_of_thirty_pairs_err_in_at_most_one_of_twenty(same_reference):
    """Eight contrasts without an effect, with a reference in common or apart."""
    simulated = rng()
    rejected = 0
    for _ in range(2000):
        arms = simulated.normal(size=(8, 30))
        references = simulated.normal(size=30) if same_reference else simulated.normal(size=(8, 30))
        p_values = stats.wilcoxon(arms - references, axis=1).pvalue
        rejected += (statistics.holm(p_values) < 0.05).any()
    assert rejected / 2000 <= 0.05 + 2 * np.sqrt(0.05 * 0.95 / 2000)


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
    few_and_equal = statistics.paired_contrast(np.ones(5), np.ones(5), rng())
    assert (np.isnan(few_and_equal.p_value), few_and_equal.note) == (True, few.note)


def test_unpaired_arrays_are_refused():
    with pytest.raises(ValueError, match="5 values cannot be paired with 4"):
        statistics.paired_contrast(np.arange(5.0), np.arange(4.0), rng())


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
    contrast = statistics.paired_contrast(difference, np.zeros(15), rng())
    assert contrast.p_value == pytest.approx(expected) == pytest.approx(0.041259765625)


def test_bounds_by_hand():
    # Ten differences between 0.01 and 0.1 are all within 0.2 of 0: of the 2**10 patterns of
    # signs one is as far out on either side.
    difference = np.arange(1, 11) / 100
    assert statistics.within_bounds(difference, -0.2, 0.2) == pytest.approx(1 / 1024)
    # Against an upper bound of 0.055 the differences lie evenly on both sides.
    assert statistics.within_bounds(difference, high=0.055) > 0.5
    assert statistics.within_bounds(difference, low=0.0) == pytest.approx(1 / 1024)
    assert np.isnan(statistics.within_bounds(difference[:9], -0.2, 0.2))
    assert statistics.within_bounds(np.full(30, 0.2), -0.2, 0.2) == 1.0


REMISSION = {
    # Weeks of remission of 21 children with leukaemia under 6-mercaptopurine, NaN and the
    # weeks watched where it had not ended, and of 21 under placebo (Freireich et al. 1963).
    "times": [6, 6, 6, 7, 10, 13, 16, 22, 23, *[np.nan] * 12],
    "watched": [0] * 9 + [6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35],
    "placebo": [1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23],
}


def test_kaplan_meier_of_the_remission_times():
    drug = statistics.survival(REMISSION["times"], REMISSION["watched"])
    shares = dict(zip(drug.times, drug.shares))
    # By hand: of 21 at risk three end at week 6, then one of 17 at week 7, one of 15 at 10.
    assert shares[6] == pytest.approx(18 / 21)
    assert shares[7] == pytest.approx(18 / 21 * 16 / 17)
    assert shares[10] == pytest.approx(18 / 21 * 16 / 17 * 14 / 15)
    assert (drug.median, drug.n, drug.events) == (23, 21, 9)
    # The upper limit is not reached, and that of the curve at week 23 is above one half.
    assert (drug.low, drug.high) == (13, np.inf)
    placebo = statistics.survival(REMISSION["placebo"], 99)
    assert (placebo.median, placebo.low, placebo.high) == (8, 4, 11)


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
    p_value = statistics.logrank(drug, placebo, REMISSION["watched"], 99)
    assert p_value == pytest.approx(stats.chi2.sf(excess**2 / variance, 1))


def test_times_are_compared_by_the_ratio_of_their_medians():
    reference = rng().integers(5, 50, size=30).astype(float)
    contrast = statistics.time_contrast(reference / 2, reference, 300, rng(), 999)
    assert contrast.interval.estimate == contrast.interval.low == contrast.interval.high == -1
    assert contrast.p_value < 0.01
    other = statistics.time_contrast(reference, reference / 2, 300, rng(), 999)
    assert (other.interval.estimate, other.effect_size) == (1, -contrast.effect_size)
    assert other.p_value == pytest.approx(contrast.p_value)


@settings(deadline=None, derandomize=True, max_examples=25)
@given(arrays(float, st.integers(10, 30), elements=st.integers(1, 40).map(float)))
def test_the_median_in_a_ratio_is_that_of_kaplan_and_meier(times):
    times = np.where(times > 30, np.nan, times)
    median = statistics.survival(times, 30).median
    contrast = statistics.time_contrast(times, np.ones(len(times)), 30, rng(), 100)
    assert contrast.interval.estimate == pytest.approx(np.log2(min(median, 30)))


def test_times_without_an_event_have_named_results():
    never, soon = np.full(30, np.nan), np.arange(1.0, 31.0)
    late = statistics.time_contrast(never, soon, 300, rng(), 99)
    assert late.note == "median of arm not reached: counted as 300"
    assert late.interval.estimate == np.log2(300 / 15)
    neither = statistics.time_contrast(never, never, 300, rng(), 99)
    assert neither.note == "no seed of either arm gets there: not tested"
    assert np.isnan(neither.p_value)
    tied = statistics.time_contrast(np.full(30, 7.0), np.full(30, 7.0), 300, rng(), 99)
    assert (tied.interval.estimate, tied.p_value) == (0.0, 1.0)
    one = statistics.time_contrast([5.0], [9.0], 300, rng(), 99)
    assert one.note == "fewer than 10 pairs: not tested"
    diverged = statistics.survival(never, 300)
    assert (diverged.median, diverged.high, diverged.events) == (np.inf, np.inf, 0)


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
    contrast = statistics.trend(RATINGS, rng(), 999)
    one_sided = stats.page_trend_test(RATINGS).pvalue
    assert one_sided == pytest.approx(0.0018191161948127822)
    assert contrast.p_value == pytest.approx(2 * one_sided)
    by_row = [stats.spearmanr(row, [1, 2, 3]).statistic for row in RATINGS]
    assert contrast.interval.estimate == pytest.approx(np.mean(by_row))


def test_a_trend_turned_round_flips_its_sign_alone():
    values = rng().normal(size=(30, 5)) + 0.2 * np.arange(5)
    up, down = (statistics.trend(part, rng(), 99) for part in (values, values[:, ::-1]))
    assert down.interval.estimate == pytest.approx(-up.interval.estimate)
    assert down.p_value == pytest.approx(up.p_value)
    flat = statistics.trend(np.ones((30, 5)), rng(), 99)
    assert (flat.interval.estimate, flat.p_value, flat.note) == (0.0, 1.0, "all pairs equal")


def test_rank_correlations_by_hand():
    # Ranks 1 2 3 4 against 2 1 4 3: four differences of 1, so 1 - 6 * 4 / (4 * 15) = 0.6.
    x, y = np.array([[10.0, 20, 30, 40]]), np.array([[0.2, 0.1, 0.9, 0.8]])
    assert statistics.row_correlations(x, y) == pytest.approx([0.6])
    assert statistics.row_correlations(x, np.ones((1, 4))) == pytest.approx([0.0])


def test_rank_correlation_across_seeds():
    # Ten pupils, intelligence and hours of television: the textbook's -29/165.
    iq = np.array([106, 100, 86, 101, 99, 103, 97, 113, 112, 110.0])[:, None]
    hours = np.array([7, 27, 2, 50, 28, 29, 20, 12, 6, 17.0])[:, None]
    contrast = statistics.seed_correlation(iq, hours, rng(), 1999)
    assert contrast.interval.estimate == pytest.approx(-29 / 165)
    assert contrast.p_value == pytest.approx(stats.spearmanr(iq, hours).pvalue, abs=0.05)
    x = rng().normal(size=(30, 4))
    noisy = x + rng().normal(size=(30, 4))[::-1]
    found = statistics.seed_correlation(x, noisy, rng(), 999)
    expected = [stats.spearmanr(x[:, k], noisy[:, k]).statistic for k in range(4)]
    assert found.interval.estimate == pytest.approx(np.mean(expected))
    assert found.interval.low < found.interval.estimate < found.interval.high
    assert found.p_value < 0.01
    tied = statistics.seed_correlation(np.ones((30, 2)), x[:, :2], rng(), 99)
    assert (tied.interval.estimate, tied.p_value) == (0.0, 1.0)
    assert np.isnan(statistics.seed_correlation(x[:1], x[:1], rng(), 99).p_value)


def test_factorial_effects_of_the_filtration_rates():
    # Montgomery, Design and Analysis of Experiments: a 2^4 factorial in standard order.
    names = ["".join(f for k, f in enumerate("abcd") if cell >> k & 1) for cell in range(16)]
    rates = [45, 71, 48, 65, 68, 60, 80, 65, 43, 100, 45, 104, 75, 86, 70, 96]
    cells = {frozenset(name): np.array([rate]) for name, rate in zip(names, rates)}
    found = {
        "".join(names): value[0] for names, value in statistics.factorial_effects(cells).items()
    }
    assert found == {
        "a": 21.625,
        "b": 3.125,
        "c": 9.875,
        "d": 14.625,
        "ab": 0.125,
        "ac": -18.125,
        "ad": 16.625,
        "bc": 2.375,
        "bd": -0.375,
        "cd": -1.125,
    }


def test_factorial_effects_without_the_empty_set():
    # Effects that add up are found whichever comparisons are missing.
    cells = {
        frozenset(names): np.array([2.0 * ("a" in names) - 1.0 * ("b" in names)] * 3)
        for names in ("a", "b", "c", "ab", "ac", "bc", "abc")
    }
    found = statistics.factorial_effects(cells)
    assert [list(found[name]) for name in (("a",), ("b",), ("c",), ("a", "b"))] == [
        [2.0] * 3,
        [-1.0] * 3,
        [0.0] * 3,
        [0.0] * 3,
    ]


def test_ranking_by_hand():
    # One seed is always drawn again; equal arms share the first place.
    found = statistics.ranking([[1.0, 1.0, 0.97, 0.5]], 0.05, rng(), 100)
    assert found.best.tolist() == [0.5, 0.5, 0.0, 0.0]
    assert found.near_best.tolist() == [1.0, 1.0, 1.0, 0.0]
    # Two seeds that disagree: each is drawn twice in a quarter of the resamples, and when
    # each is drawn once the arms tie.
    even = statistics.ranking([[1.0, 0.0], [0.0, 1.0]], 0.1, rng(), 9999)
    assert even.best == pytest.approx([0.5, 0.5], abs=0.02)
    assert even.near_best == pytest.approx([0.75, 0.75], abs=0.02)


def test_the_best_of_several_pays_for_the_choice():
    candidates, others = rng().normal(size=(30, 3)), rng().normal(size=(30, 2)) - 2
    contrast = statistics.best_contrast(candidates, others, rng(), 99)
    best = candidates[:, candidates.mean(axis=0).argmax()]
    expected = 3 * max(stats.wilcoxon(best - other).pvalue for other in others.T)
    assert contrast.p_value == pytest.approx(expected)
    swapped = statistics.best_contrast(others, candidates, rng(), 99)
    assert swapped.interval.estimate == pytest.approx(-contrast.interval.estimate)
    assert swapped.p_value == pytest.approx(expected)
    assert statistics.best_within_bounds(candidates, others, low=-0.5) == pytest.approx(
        3 * max(statistics.within_bounds(best - other, low=-0.5) for other in others.T)
    )


def test_detectable_effect_agrees_with_the_t_test_where_that_is_known():
    # Of 30 pairs a t-test finds 0.53 standard deviations with 80 % power (Cohen's tables);
    # Wilcoxon's test is 3/pi times as efficient, so it needs about 0.53 * sqrt(pi/3).
    found = statistics.detectable_effect(30, 0.05, rng())
    assert found == pytest.approx(0.53 * np.sqrt(np.pi / 3), abs=0.03)
    assert statistics.detectable_effect(30, 0.005, rng()) > found
    assert np.isnan(statistics.detectable_effect(5, 0.05, rng()))


def test_the_interval_of_a_survival_curve_by_hand():
    curve = statistics.survival([5, np.nan, 2, np.nan], 10)
    shares = dict(zip(curve.times, zip(curve.shares, curve.lows, curve.highs)))
    # Greenwood's variance of log(-log S) at S = 3/4 is 1/(4 * 3) / log(3/4)^2.
    reach = np.exp(1.959964 * np.sqrt(1 / 12) / -np.log(0.75))
    assert shares[2] == pytest.approx((0.75, 0.75**reach, 0.75 ** (1 / reach)))


def test_holm_by_hand():
    # Sorted 0.01, 0.02, 0.03, 0.04 times 4, 3, 2, 1, made monotone.
    adjusted = statistics.holm([0.03, 0.01, 0.04, 0.02])
    assert adjusted == pytest.approx([0.06, 0.04, 0.06, 0.06])


def test_holm_leaves_what_was_not_tested_and_never_exceeds_one():
    adjusted = statistics.holm([np.nan, 0.9, 0.8])
    assert np.isnan(adjusted[0])
    assert adjusted[1:] == pytest.approx([1.0, 1.0])
