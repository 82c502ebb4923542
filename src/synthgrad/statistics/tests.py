"""The statistics, thin and named wrappers of SciPy.

Everything is paired by seed: the arms of a contrast share data and initial
weights. Seeds are the units that are resampled. Randomness is an explicit
generator. No function returns NaN in silence: where a procedure has no answer
the result names the reason in `note`.

References
----------
Brookmeyer & Crowley (1982), Biometrics 38:29-41. Efron (1987), JASA 82:171-185.
Holm (1979), Scand. J. Stat. 6:65-70. Kaplan & Meier (1958), JASA 53:457-481.
Kerby (2014), Compr. Psychol. 3:1. Page (1963), JASA 58:216-230. Schuirmann
(1987), J. Pharmacokinet. Biopharm. 15:657-680. Wilcoxon (1945), Biometrics
Bull. 1:80-83.
"""

import warnings
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
from scipy import stats

CONFIDENCE = 0.95
SIGNIFICANCE = round(1 - CONFIDENCE, 6)
"""A contrast is settled if its adjusted p-value is below this, in keeping with the intervals."""

LEAST_PAIRS = 10
"""Fewer pairs are not tested: an exact two-sided p-value could not become small."""


@dataclass(frozen=True)
class Interval:
    """An estimate with its bootstrap interval and the name of the method behind it.

    Attributes
    ----------
    estimate, low, high : float
        In the unit of what is estimated.
    method : "BCa", "percentile", "constant" or "none"
    """

    estimate: float
    low: float
    high: float
    method: str


@dataclass(frozen=True)
class Contrast:
    """Paired comparison of an arm with a reference.

    Attributes
    ----------
    interval : Interval
        Of the mean difference, arm - reference.
    p_value : float
        Of a two-sided Wilcoxon signed-rank test; NaN if not tested.
    effect_size : float
        Matched-pairs rank-biserial correlation, from -1 to 1.
    n : int
        Pairs.
    note : str
        Why something was left out or replaced, or "".
    """

    interval: Interval
    p_value: float
    effect_size: float
    n: int
    note: str


def mean_interval(values, rng, resamples=9999):
    """Mean with a 95 % bootstrap interval.

    BCa (Efron 1987); the percentile interval where BCa is not defined because
    values tie; the single point where all are equal. With 30 values it covers
    the mean in 93 to 94 of 100 samples, by the simulations in the tests.

    Parameters
    ----------
    values : (n,) array
    rng : numpy.random.Generator
    resamples : int

    Returns
    -------
    Interval

    Raises
    ------
    ValueError
        If there are no values or one is not finite.

    Examples
    --------
    >>> mean_interval([0.5, 0.5, 0.5], np.random.default_rng(0))
    Interval(estimate=0.5, low=0.5, high=0.5, method='constant')
    """
    values = np.asarray(values, dtype=float)
    if values.size == 0 or not np.isfinite(values).all():
        raise ValueError("an interval needs at least one value, and finite ones")
    mean = float(values.mean())
    if np.ptp(values) == 0:
        return Interval(float(values[0]), float(values[0]), float(values[0]), "constant")
    for method in ("BCa", "percentile"):
        low, high = _bootstrap(values, rng, resamples, method)
        if np.isfinite(low) and np.isfinite(high):
            break
    return Interval(mean, low, high, method)


def _bootstrap(values, rng, resamples, method):
    # BCa warns where it has no answer and returns NaN, which the caller handles.
    with warnings.catch_warnings(), np.errstate(divide="ignore", invalid="ignore"):
        warnings.simplefilter("ignore", stats.DegenerateDataWarning)
        interval = stats.bootstrap(
            (values,),
            np.mean,
            n_resamples=resamples,
            confidence_level=CONFIDENCE,
            method=method,
            rng=rng,
        ).confidence_interval
    return float(interval.low), float(interval.high)


def paired_contrast(arm, reference, rng, resamples=9999):
    """Compare two arrays whose entries belong together pair by pair.

    Pairs that are equal are dropped from Wilcoxon's test, as in his paper
    (1945); tied differences have their mean rank. The null distribution is
    SciPy's choice: exact up to 50 pairs, or 13 where differences tie, and the
    normal approximation above.

    Parameters
    ----------
    arm, reference : (n,) arrays
    rng : numpy.random.Generator
    resamples : int

    Returns
    -------
    Contrast

    Raises
    ------
    ValueError
        If the arrays differ in length or hold a value that is not finite.

    Examples
    --------
    Ten pairs, of which the arm wins all: the smallest p-value that ten can have.

    >>> found = paired_contrast(np.arange(1, 11), np.zeros(10), np.random.default_rng(0))
    >>> found.interval.estimate, round(found.p_value, 5), found.effect_size
    (5.5, 0.00195, 1.0)
    """
    arm, reference = np.asarray(arm, dtype=float), np.asarray(reference, dtype=float)
    if arm.shape != reference.shape:
        raise ValueError(f"{len(arm)} values cannot be paired with {len(reference)}")
    difference = arm - reference
    interval = mean_interval(difference, rng, resamples)
    effect = rank_biserial(difference)
    if len(difference) < LEAST_PAIRS:
        note = f"fewer than {LEAST_PAIRS} pairs: not tested"
        return Contrast(interval, float("nan"), effect, len(difference), note)
    if not difference.any():
        return Contrast(interval, 1.0, effect, len(difference), "all pairs equal")
    p_value = _signed_rank(difference)
    equal = int((difference == 0).sum())
    note = f"{equal} equal pairs dropped from the test" if equal else ""
    return Contrast(interval, p_value, effect, len(difference), note)


def _signed_rank(difference, alternative="two-sided"):
    """P-value of Wilcoxon's test, without the differences that are 0; 1 if all are."""
    difference = difference[difference != 0]
    if difference.size == 0:
        return 1.0
    return float(stats.wilcoxon(difference, alternative=alternative).pvalue)


def within_bounds(difference, low=-np.inf, high=np.inf):
    """P-value for paired differences to lie between two bounds.

    Two one-sided tests (Schuirmann 1987), here Wilcoxon's, of which the larger
    p-value counts: small only if both "not above `low`" and "not below `high`"
    are refuted. With one finite bound this is a test of non-inferiority.

    Parameters
    ----------
    difference : (n,) array
    low, high : float
        In the unit of the differences; at least one of them finite.

    Returns
    -------
    float
        NaN for fewer than `LEAST_PAIRS` differences.
    """
    difference = np.asarray(difference, dtype=float)
    if len(difference) < LEAST_PAIRS:
        return float("nan")
    sides = [(low, "greater"), (high, "less")]
    return max(_signed_rank(difference - b, side) for b, side in sides if np.isfinite(b))


def rank_biserial(difference):
    """Matched-pairs rank-biserial correlation (Kerby 2014).

    The share of rank sum in favour minus that against, over the pairs that
    differ.

    Parameters
    ----------
    difference : (n,) array

    Returns
    -------
    float
        From -1 to 1; 0 if no pair differs.

    Examples
    --------
    The ranks in favour, 2 and 3, less that against, 1, of 6.

    >>> round(rank_biserial(np.array([-0.1, 0.2, 0.3])), 3)
    0.667
    """
    difference = difference[difference != 0]
    if difference.size == 0:
        return 0.0
    ranks = stats.rankdata(np.abs(difference))
    return float((ranks * np.sign(difference)).sum() / ranks.sum())


def holm(p_values):
    """Holm's (1979) step-down adjustment of the p-values of one family.

    Parameters
    ----------
    p_values : (tests,) array

    Returns
    -------
    (tests,) array
        NaN stays NaN, and does not count.

    Examples
    --------
    >>> holm([0.01, 0.04, np.nan, 0.03])
    array([0.03, 0.06,  nan, 0.06])
    """
    p_values = np.asarray(p_values, dtype=float)
    adjusted = np.full_like(p_values, np.nan)
    tested = np.flatnonzero(~np.isnan(p_values))
    order = tested[np.argsort(p_values[tested], kind="stable")]
    factors = np.arange(len(order), 0, -1)
    adjusted[order] = np.minimum(1.0, np.maximum.accumulate(factors * p_values[order]))
    return adjusted


@dataclass(frozen=True)
class Survival:
    """Kaplan-Meier estimate of the time to an event.

    Attributes
    ----------
    times, shares : (steps,) arrays
        Where the curve steps, and the share without the event from there on.
    lows, highs : (steps,) arrays
        The pointwise log-log 95 % interval of the shares.
    median, low, high : float
        With its 95 % interval; infinite where it is not reached.
    n, events : int
        Seeds, and how many of them had the event.
    """

    times: np.ndarray
    shares: np.ndarray
    lows: np.ndarray
    highs: np.ndarray
    median: float
    low: float
    high: float
    n: int
    events: int


def _censored(times, budget):
    never = np.isnan(times)
    right = np.broadcast_to(np.asarray(budget, dtype=float), never.shape)[never]
    return stats.CensoredData(uncensored=times[~never], right=right)


def survival(times, budget):
    """Kaplan-Meier curve of the times of an event.

    The interval of the median holds the times at which the pointwise log-log
    interval of the curve holds one half (Brookmeyer & Crowley 1982). Where that
    interval is not defined, which is where the curve is 1 or 0, the curve itself
    takes its place.

    Parameters
    ----------
    times : (n,) array
        NaN where it did not come within the budget.
    budget : float or (n,) array

    Returns
    -------
    Survival

    Examples
    --------
    >>> found = survival([3.0, 5.0, np.nan], budget=10)
    >>> found.median, found.n, found.events
    (5.0, 3, 2)
    """
    times = np.asarray(times, dtype=float)
    curve = stats.ecdf(_censored(times, budget)).sf
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "The confidence interval is undefined", RuntimeWarning)
        interval = curve.confidence_interval(CONFIDENCE, method="log-log")
    bounds = [
        np.where(np.isnan(bound.probabilities), curve.probabilities, bound.probabilities)
        for bound in (interval.low, interval.high)
    ]
    # The shares are products of fractions, whose half may be a rounding error above it.
    median, low, high = (
        float(np.min(curve.quantiles[shares <= 0.5 + 1e-9], initial=np.inf))
        for shares in (curve.probabilities, *bounds)
    )
    events = int((~np.isnan(times)).sum())
    shares = curve.probabilities
    return Survival(curve.quantiles, shares, *bounds, median, low, high, len(times), events)


def logrank(arm, reference, arm_budget, reference_budget):
    """Two-sided p-value of the log-rank test.

    Parameters
    ----------
    arm, reference : (n,) and (m,) arrays
        Times, as in `survival`.
    arm_budget, reference_budget : float or (n,) and (m,) arrays

    Returns
    -------
    float
        NaN if there is no event in either, 1 if all come at one time.
    """
    if np.isnan(arm).all() and np.isnan(reference).all():
        return float("nan")
    samples = _censored(arm, arm_budget), _censored(reference, reference_budget)
    with np.errstate(invalid="ignore"):
        p_value = float(stats.logrank(*samples).pvalue)
    return 1.0 if np.isnan(p_value) else p_value


def time_contrast(arm, reference, budget, rng, resamples=9999, reference_budget=None):
    """Compare how soon an event comes in two arms, paired by seed.

    The estimate is the logarithm to base 2 of the ratio of Kaplan-Meier medians:
    -1 is half the time, 1 twice the time. A median that is not reached counts as
    the budget, which brings the ratio nearer to 1. Percentile bootstrap interval
    over seeds; p-value of the log-rank test, which takes no notice of the pairing
    and so errs on the safe side where pairs agree.

    Parameters
    ----------
    arm, reference : (n,) arrays
        Times; NaN where it did not come within the budget.
    budget : float or (n,) array
    rng : numpy.random.Generator
    resamples : int
    reference_budget : float or (n,) array, default the same

    Returns
    -------
    Contrast
    """
    arm, reference = np.asarray(arm, dtype=float), np.asarray(reference, dtype=float)
    n = len(arm)
    nan = float("nan")
    budgets = budget, budget if reference_budget is None else reference_budget
    p_value = logrank(arm, reference, *budgets)
    if np.isnan(p_value):
        note = "no seed of either arm gets there: not tested"
        return Contrast(Interval(nan, nan, nan, "none"), nan, 0.0, n, note)
    filled = [
        np.where(np.isnan(times), most, times)
        for times, most in zip((arm, reference), budgets, strict=True)
    ]

    # Censored at the budget alone, Kaplan-Meier's median is this order statistic.
    def log_ratio(arm, reference, axis=-1):
        medians = [np.sort(times, axis=axis).take((n - 1) // 2, axis) for times in (arm, reference)]
        return np.log2(medians[0] / medians[1])

    interval = _percentile_interval(filled, log_ratio, rng, resamples)
    effect = rank_biserial(filled[0] - filled[1])
    if n < LEAST_PAIRS:
        note = f"fewer than {LEAST_PAIRS} pairs: not tested"
        return Contrast(interval, nan, effect, n, note)
    late = [
        f"median of {name} not reached: counted as {np.median(most):g}"
        for name, times, most in zip(("arm", "reference"), (arm, reference), budgets)
        if np.isnan(times).mean() > 0.5
    ]
    note = "; ".join(late)
    return Contrast(interval, p_value, effect, n, note)


def _percentile_interval(samples, statistic, rng, resamples):
    """A statistic of paired samples with its percentile bootstrap interval over the pairs."""
    estimate = float(statistic(*samples))
    if len(samples[0]) < 2:
        return Interval(estimate, estimate, estimate, "constant")
    bounds = stats.bootstrap(
        samples,
        statistic,
        paired=True,
        vectorized=True,
        n_resamples=resamples,
        batch=500,
        method="percentile",
        rng=rng,
    ).confidence_interval
    return Interval(estimate, float(bounds.low), float(bounds.high), "percentile")


def row_correlations(x, y):
    """Spearman's rank correlation, row by row.

    Parameters
    ----------
    x, y : (n, levels) arrays

    Returns
    -------
    (n,) array
        From -1 to 1; 0 where a row is constant, since it has no order to agree
        with.

    Examples
    --------
    >>> row_correlations([[1, 2, 3], [1, 2, 3], [1, 1, 1]], [[4, 5, 9], [3, 2, 1], [1, 2, 3]])
    array([ 1., -1.,  0.])
    """
    x, y = (stats.rankdata(part, axis=-1) for part in (x, y))
    x, y = (part - part.mean(axis=-1, keepdims=True) for part in (x, y))
    lengths = np.sqrt((x**2).sum(axis=-1) * (y**2).sum(axis=-1))
    products = (x * y).sum(axis=-1)
    return np.divide(products, lengths, out=np.zeros_like(products), where=lengths > 0)


def trend(values, rng, resamples=9999):
    """Whether values go up or down along the levels.

    Estimate: mean over seeds of Spearman's correlation of value and level, from
    -1 to 1, a linear function of Page's L where nothing ties. P-value: Page's
    (1963) test in both directions, the smaller one doubled.

    Parameters
    ----------
    values : (n, levels) array
    rng : numpy.random.Generator
    resamples : int

    Returns
    -------
    Contrast
    """
    values = np.asarray(values, dtype=float)
    levels = np.broadcast_to(np.arange(values.shape[1]), values.shape)
    contrast = rank_correlations_contrast(values, levels, rng, resamples)
    if np.isnan(contrast.p_value):
        return contrast
    sides = [stats.page_trend_test(part).pvalue for part in (values, values[:, ::-1])]
    note = "" if values.size and np.ptp(values, axis=1).any() else contrast.note
    return replace(contrast, p_value=min(1.0, 2 * float(min(sides))), note=note)


def rank_correlations_contrast(x, y, rng, resamples=9999):
    """Whether two measures order the arms alike.

    The mean over seeds of the rank correlation across arms, tested against 0
    over the seeds. Speaks of these arms and other seeds, not of other arms.

    Parameters
    ----------
    x, y : (n, arms) arrays
    rng : numpy.random.Generator
    resamples : int

    Returns
    -------
    Contrast
    """
    correlations = row_correlations(x, y)
    return paired_contrast(correlations, np.zeros(len(correlations)), rng, resamples)


def seed_correlation(x, y, rng, resamples=9999):
    """Whether two measures order the seeds of an arm alike.

    The mean over arms of the rank correlation across seeds. Percentile bootstrap
    interval over seeds; p-value by permutation of the seeds of y, for all arms
    together since arms share seeds.

    Parameters
    ----------
    x, y : (n, arms) arrays
    rng : numpy.random.Generator
    resamples : int

    Returns
    -------
    Contrast
    """
    x, y = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    seeds = np.arange(len(x))

    def mean_correlation(drawn, axis=-1):
        by_arm = (np.moveaxis(part[drawn], -2, -1) for part in (x, y))
        return row_correlations(*by_arm).mean(axis=-1)

    interval = _percentile_interval((seeds,), mean_correlation, rng, resamples)
    if len(x) < LEAST_PAIRS:
        note = f"fewer than {LEAST_PAIRS} seeds: not tested"
        return Contrast(interval, float("nan"), interval.estimate, len(x), note)
    # As a sum over seeds of what a pair adds, a permutation costs no new correlation.
    standard = [_standard_ranks(part) for part in (x, y)]
    added = standard[0] @ standard[1].T / x.shape[1]
    p_value = stats.permutation_test(
        (seeds,),
        lambda order, axis=-1: added[order, seeds].sum(axis=axis),
        permutation_type="pairings",
        vectorized=True,
        n_resamples=resamples,
        rng=rng,
    ).pvalue
    return Contrast(interval, float(p_value), interval.estimate, len(x), "")


def _standard_ranks(values):
    """Ranks of each column, shifted to mean 0 and scaled to length 1; 0 if it is constant."""
    ranks = stats.rankdata(values, axis=0)
    ranks = ranks - ranks.mean(axis=0)
    lengths = np.linalg.norm(ranks, axis=0)
    return np.divide(ranks, lengths, out=np.zeros_like(ranks), where=lengths > 0)


def factorial_effects(cells):
    """Main effects and two-way interactions of a 2^k factorial, seed by seed.

    Parameters
    ----------
    cells : dict of frozenset to (n,) array
        The values of every seed for each set of factors that are present.

    Returns
    -------
    dict of tuple to (n,) array
        The effects in every seed of each factor and each two factors.

    Notes
    -----
    A main effect is what adding the factor changes, averaged over all sets of
    the other factors to which it can be added; an interaction is half of what
    the second factor adds to the effect of the first. With all 2^k cells this is
    Yates's analysis; where the empty set is missing, as no generator sees
    nothing, its comparisons are left out.
    """
    factors = sorted({factor for present in cells for factor in present})
    effects = {}
    for names in [*combinations(factors, 1), *combinations(factors, 2)]:
        subsets = [part for size in range(len(names) + 1) for part in combinations(names, size)]
        found = []
        for background in cells:
            corners = [background.union(part) for part in subsets]
            if background.isdisjoint(names) and all(corner in cells for corner in corners):
                signs = [(-1) ** (len(names) - len(part)) for part in subsets]
                changes = [sign * np.asarray(cells[it]) for sign, it in zip(signs, corners)]
                found.append(np.sum(changes, axis=0) / len(names))
        if found:
            effects[names] = np.mean(found, axis=0)
    return effects


@dataclass(frozen=True)
class Ranking:
    """How sure it is which of several arms is best, an entry an arm.

    Attributes
    ----------
    best : (arms,) array
        Bootstrap probability of having the highest mean.
    near_best : (arms,) array
        Of being within the margin of the highest mean.
    """

    best: np.ndarray
    near_best: np.ndarray


def ranking(values, margin, rng, resamples=9999):
    """Rank arms, with seeds resampled as units; arms that tie for the first place share it.

    Parameters
    ----------
    values : (n, arms) array
    margin : float
        In the unit of the values.
    rng : numpy.random.Generator
    resamples : int

    Returns
    -------
    Ranking

    Examples
    --------
    >>> ranking([[1.0, 0.9, 0.0]] * 10, margin=0.2, rng=np.random.default_rng(0))
    Ranking(best=array([1., 0., 0.]), near_best=array([1., 1., 0.]))
    """
    values = np.asarray(values, dtype=float)
    means = values[rng.integers(len(values), size=(resamples, len(values)))].mean(axis=1)
    highest = means.max(axis=1, keepdims=True)
    first = means == highest
    share = first / first.sum(axis=1, keepdims=True)
    return Ranking(share.mean(axis=0), (means >= highest - margin).mean(axis=0))


def best_contrast(candidates, others, rng, resamples=9999):
    """Whether the best of the candidates is better than the best of the others.

    The paired difference of the two with the highest means. The leader of the two
    is tested against every arm of the other side; the largest p-value, times the
    number of arms that could have led, covers the choice of the leader. The interval
    is that of the two arms chosen, and does not.

    Parameters
    ----------
    candidates, others : (n, k) and (n, m) arrays
        The arms of either side, in columns.
    rng : numpy.random.Generator
    resamples : int

    Returns
    -------
    Contrast
    """
    best, rival = _highest(candidates), _highest(others)
    contrast = paired_contrast(best, rival, rng, resamples)
    if np.isnan(contrast.p_value):
        return contrast
    if contrast.interval.estimate >= 0:
        leader, could_lead, field = best, candidates, others
    else:
        leader, could_lead, field = rival, others, candidates
    worst = max(_signed_rank(leader - against) for against in np.transpose(field))
    return replace(contrast, p_value=min(1.0, np.shape(could_lead)[1] * worst))


def best_within_bounds(candidates, others, low=-np.inf, high=np.inf):
    """P-value for the best of the candidates to be within bounds of each of the others.

    Covers the choice of the best as `best_contrast` does.

    Parameters
    ----------
    candidates, others : (n, k) and (n, m) arrays
    low, high : float
        As in `within_bounds`.

    Returns
    -------
    float
    """
    best = _highest(candidates)
    worst = max(within_bounds(best - against, low, high) for against in np.transpose(others))
    return min(1.0, np.shape(candidates)[1] * worst)


def _highest(values):
    """The column of (n, arms) values with the highest mean."""
    return np.asarray(values, dtype=float)[:, np.mean(values, axis=0).argmax()]


def detectable_effect(pairs, significance, rng, power=0.8, simulations=2000):
    """The smallest effect that so many pairs show with this power, by simulation.

    Paired differences are drawn from a normal distribution and tested by a
    two-sided Wilcoxon test.

    Parameters
    ----------
    pairs : int
    significance : float
    rng : numpy.random.Generator
    power : float
        How often the effect is to be found.
    simulations : int

    Returns
    -------
    float
        In standard deviations of the differences; NaN if not even 8 of them are
        found that often, as no p-value can be so small.
    """
    noise = rng.standard_normal((simulations, pairs))

    def found(effect):
        return (stats.wilcoxon(noise + effect, axis=1).pvalue < significance).mean()

    low, high = 0.0, 8.0
    if found(high) < power:
        return float("nan")
    while high - low > 0.005:
        middle = (low + high) / 2
        low, high = (low, middle) if found(middle) >= power else (middle, high)
    return high
