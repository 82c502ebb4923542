"""Comparisons of two arms that share their seeds, pair by pair.

References
----------
Kerby (2014), Compr. Psychol. 3:1. Schuirmann (1987), J. Pharmacokinet. Biopharm.
15:657-680. Wilcoxon (1945), Biometrics Bull. 1:80-83.
"""

from dataclasses import dataclass

import numpy as np
from scipy import stats

from synthgrad.statistics.intervals import Interval, mean_interval

LEAST_PAIRS = 10
"""Fewer pairs are not tested: an exact two-sided p-value could not become small."""


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
    p_value = signed_rank(difference)
    equal = int((difference == 0).sum())
    note = f"{equal} equal pairs dropped from the test" if equal else ""
    return Contrast(interval, p_value, effect, len(difference), note)


def signed_rank(difference, alternative="two-sided"):
    """P-value of Wilcoxon's signed-rank test, without the differences that are 0.

    Parameters
    ----------
    difference : (n,) array
    alternative : "two-sided", "greater" or "less"

    Returns
    -------
    float
        1 if all differences are 0.
    """
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
    return max(signed_rank(difference - b, side) for b, side in sides if np.isfinite(b))


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
