"""The statistics, thin and named wrappers of SciPy.

Everything is paired by seed: the arms of a contrast share data and initial
weights. Seeds are the units that are resampled. Randomness is an explicit
generator. No function returns NaN in silence: where a procedure has no answer
the result names the reason in `note`.
"""

import warnings
from dataclasses import dataclass

import numpy as np
from scipy import stats

CONFIDENCE = 0.95

LEAST_PAIRS = 10
"""Fewer pairs are not tested: an exact two-sided p-value could not become small."""


@dataclass(frozen=True)
class Interval:
    """An estimate with its bootstrap interval and the name of the method behind it."""

    estimate: float
    low: float
    high: float
    method: str


@dataclass(frozen=True)
class Contrast:
    """Paired comparison of an arm with a reference.

    interval : of the mean difference, arm - reference
    p_value : two-sided Wilcoxon signed-rank test; NaN if not tested
    effect_size : matched-pairs rank-biserial correlation, from -1 to 1
    n : pairs
    note : why something was left out or replaced, or ""
    """

    interval: Interval
    p_value: float
    effect_size: float
    n: int
    note: str


def mean_interval(values, rng, resamples=9999):
    """Mean of (n,) values with a 95 % bootstrap interval over them.

    BCa (Efron 1987); the percentile interval where BCa is not defined because
    values tie; the single point where all are equal.

    Raises
    ------
    ValueError
        If there are no values or one is not finite.
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
    """Compare two (n,) arrays whose entries belong together pair by pair.

    Pairs that are equal are dropped from Wilcoxon's test, as in his paper
    (1945); tied differences have their mean rank. The null distribution is
    SciPy's choice: exact up to 50 pairs, or 13 where differences tie, and the
    normal approximation above.

    Raises
    ------
    ValueError
        If the arrays differ in length or hold a value that is not finite.
    """
    arm, reference = np.asarray(arm, dtype=float), np.asarray(reference, dtype=float)
    if arm.shape != reference.shape:
        raise ValueError(f"{len(arm)} values cannot be paired with {len(reference)}")
    difference = arm - reference
    interval = mean_interval(difference, rng, resamples)
    effect = rank_biserial(difference)
    if not difference.any():
        return Contrast(interval, 1.0, effect, len(difference), "all pairs equal")
    if len(difference) < LEAST_PAIRS:
        note = f"fewer than {LEAST_PAIRS} pairs: not tested"
        return Contrast(interval, float("nan"), effect, len(difference), note)
    p_value = float(stats.wilcoxon(difference[difference != 0]).pvalue)
    equal = int((difference == 0).sum())
    note = f"{equal} equal pairs dropped from the test" if equal else ""
    return Contrast(interval, p_value, effect, len(difference), note)


def rank_biserial(difference):
    """Matched-pairs rank-biserial correlation (Kerby 2014): the share of rank sum
    in favour minus that against, over the pairs that differ; 0 if none does."""
    difference = difference[difference != 0]
    if difference.size == 0:
        return 0.0
    ranks = stats.rankdata(np.abs(difference))
    return float((ranks * np.sign(difference)).sum() / ranks.sum())


def holm(p_values):
    """Holm's (1979) step-down adjustment of the p-values of one family; NaN stays NaN."""
    p_values = np.asarray(p_values, dtype=float)
    adjusted = np.full_like(p_values, np.nan)
    tested = np.flatnonzero(~np.isnan(p_values))
    order = tested[np.argsort(p_values[tested], kind="stable")]
    factors = np.arange(len(order), 0, -1)
    adjusted[order] = np.minimum(1.0, np.maximum.accumulate(factors * p_values[order]))
    return adjusted
