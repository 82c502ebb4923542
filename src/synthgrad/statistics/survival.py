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

LATER = 1 + 1e-9
"""A time that is not reached is beyond its budget, be it by so little."""


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


def time_bounds(arm, reference, arm_budget, reference_budget):
    """How much longer an event takes in an arm than in its reference, seed by seed, in doublings.

    A time that is not reached is longer than its own budget, and nothing more is
    said of it: where one side has none, the logarithm to base 2 of the ratio has a
    bound on one side alone, and where neither has one, none.

    Parameters
    ----------
    arm, reference : (n,) arrays
        Times; NaN where it did not come within the budget.
    arm_budget, reference_budget : float or (n,) arrays

    Returns
    -------
    lows, highs : (n,) arrays
        -1 is half the time, 1 twice the time.

    Examples
    --------
    Half the time; more than a budget of 8 against 2; neither.

    >>> np.round(time_bounds([2.0, np.nan, np.nan], [4.0, 2.0, np.nan], 8, 8), 6).tolist()
    [[-1.0, 2.0, -inf], [-1.0, inf, inf]]
    """
    arm, reference = np.asarray(arm, dtype=float), np.asarray(reference, dtype=float)
    least = np.where(np.isnan(arm), np.multiply(LATER, arm_budget), arm)
    least_of_other = np.where(np.isnan(reference), np.multiply(LATER, reference_budget), reference)
    ratio = np.log2(least) - np.log2(least_of_other)
    return (
        np.where(np.isnan(reference), -np.inf, ratio),
        np.where(np.isnan(arm), np.inf, ratio),
    )
