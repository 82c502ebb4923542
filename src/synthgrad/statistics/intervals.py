"""Means and other statistics with bootstrap intervals.

References
----------
Efron (1987), JASA 82:171-185.
"""

import warnings
from dataclasses import dataclass

import numpy as np
from scipy import stats

from synthgrad.statistics import CONFIDENCE


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
