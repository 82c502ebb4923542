"""Times to an event that may not come within the budget of a run.

References
----------
Brookmeyer & Crowley (1982), Biometrics 38:29-41. Kaplan & Meier (1958), JASA
53:457-481.
"""

import warnings
from dataclasses import dataclass

import numpy as np
from scipy import stats

from synthgrad.statistics import CONFIDENCE
from synthgrad.statistics.intervals import Interval, percentile_interval
from synthgrad.statistics.paired import LEAST_PAIRS, Contrast, rank_biserial


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


def kaplan_meier(times, budget):
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
    >>> found = kaplan_meier([3.0, 5.0, np.nan], budget=10)
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


def _censored(times, budget):
    """Times as SciPy takes them: those that are NaN are censored at the budget."""
    never = np.isnan(times)
    right = np.broadcast_to(np.asarray(budget, dtype=float), never.shape)[never]
    return stats.CensoredData(uncensored=times[~never], right=right)


def logrank(arm, reference, arm_budget, reference_budget):
    """Two-sided p-value of the log-rank test.

    Parameters
    ----------
    arm, reference : (n,) and (m,) arrays
        Times, as in `kaplan_meier`.
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
    samples = [np.asarray(times, dtype=float) for times in (arm, reference)]
    budgets = [budget, budget if reference_budget is None else reference_budget]
    n, nan = len(arm), float("nan")
    p_value = logrank(*samples, *budgets)
    if np.isnan(p_value):
        note = "no seed of either arm gets there: not tested"
        return Contrast(Interval(nan, nan, nan, "none"), nan, 0.0, n, note)
    filled = [np.where(np.isnan(times), most, times) for times, most in zip(samples, budgets)]
    interval = percentile_interval(filled, _log_ratio_of_medians, rng, resamples)
    effect = rank_biserial(filled[0] - filled[1])
    if n < LEAST_PAIRS:
        return Contrast(interval, nan, effect, n, f"fewer than {LEAST_PAIRS} pairs: not tested")
    notes = [
        f"median of {name} not reached: counted as {np.median(most):g}"
        for name, times, most in zip(("arm", "reference"), samples, budgets)
        if np.isnan(times).mean() > 0.5
    ]
    return Contrast(interval, p_value, effect, n, "; ".join(notes))


def _log_ratio_of_medians(arm, reference, axis=-1):
    # Censored at the budget alone, Kaplan-Meier's median is this order statistic.
    middle = (arm.shape[axis] - 1) // 2
    medians = [np.sort(times, axis=axis).take(middle, axis) for times in (arm, reference)]
    return np.log2(medians[0] / medians[1])
