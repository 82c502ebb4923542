"""Comparisons of two arms that share their seeds, pair by pair: one statistic decides.

The estimate, its interval and every p-value are of Wilcoxon's signed ranks (1945), read off the
means of each two differences (Walsh averages): the estimate is their median (Hodges & Lehmann
1963), a one-sided p-value counts those beyond a threshold (Tukey 1949), and the interval ends
where that test would just not reject. So interval and test cannot disagree.

References
----------
Fisher (1935), The Design of Experiments. Hodges & Lehmann (1963), Ann. Math. Stat.
34:598-611. Kerby (2014), Compr. Psychol. 3:1. Tukey (1949), The simplest signed-rank tests,
Princeton memorandum 17. Wilcoxon (1945), Biometrics Bull. 1:80-83.
"""

from dataclasses import dataclass, field
from functools import cache
from typing import Protocol

import numpy as np
from scipy import stats

from synthgrad.statistics import ONE_SIDED

LEAST_PAIRS = 10
"""Fewer pairs are not tested: a p-value could not become small among several."""


class Located(Protocol):
    """Where an effect lies: what every kind of comparison comes to."""

    estimate: float
    low: float
    high: float
    n: int

    def above(self, threshold: float) -> float:
        """One-sided p-value for the effect to be above a threshold."""

    def below(self, threshold: float) -> float:
        """One-sided p-value for the effect to be below a threshold."""


@dataclass(frozen=True)
class SignedRanks:
    """Where paired differences lie, by their signed ranks.

    The null distribution is exact for differences without ties. Ties, and
    differences equal to a threshold, count against what is asked: the p-value is
    the largest that breaking the ties could give.

    Attributes
    ----------
    estimate : float
        Median of the means of each two differences.
    n : int
        Pairs.
    """

    estimate: float
    n: int
    _lows: np.ndarray = field(repr=False)
    _highs: np.ndarray = field(repr=False)

    @property
    def low(self):
        """The lower end of the 95 % interval that the two tests at 2.5 % invert."""
        return self.ends(ONE_SIDED)[0]

    @property
    def high(self):
        """Its upper end."""
        return self.ends(ONE_SIDED)[1]

    def ends(self, level):
        """Where the tests at a level just do not reject; infinite where there are too few pairs."""
        rejects = _tail(self.n) <= level
        if not rejects.any():
            return -np.inf, np.inf
        # The fewest means beyond a threshold with which a test rejects.
        needed = int(np.argmax(rejects))
        return float(self._lows[-needed]), float(self._highs[needed - 1])

    def above(self, threshold):
        """One-sided p-value for the differences to lie above a threshold."""
        return float(_tail(self.n)[np.sum(self._lows > threshold)])

    def below(self, threshold):
        """One-sided p-value for the differences to lie below a threshold."""
        return float(_tail(self.n)[np.sum(self._highs < threshold)])


def signed_ranks(lows, highs=None):
    """Where paired differences lie, of which some may be known within bounds alone.

    What a difference may be at the least counts for "above", what it may be at
    the most for "below": what is not known helps neither. In the estimate such a
    difference has the value within its bounds that is nearest to 0.

    Parameters
    ----------
    lows : (n,) array
        Differences, or their lower bounds, -inf where there is none.
    highs : (n,) array, default the same
        Their upper bounds, inf where there is none.

    Returns
    -------
    SignedRanks

    Raises
    ------
    ValueError
        If there are no differences, one is NaN, or a bound is beyond the other.

    Examples
    --------
    Ten differences, all above 0: the smallest p-value that ten can have, one in 2^10.

    >>> found = signed_ranks(np.arange(1.0, 11.0))
    >>> found.estimate, found.above(0.0) * 2**10, found.below(0.0)
    (5.5, 1.0, 1.0)

    The interval ends where the test at 2.5 % ceases to reject.

    >>> found.low, bool(found.above(2.99) <= 0.025), bool(found.above(3.0) <= 0.025)
    (3.0, True, False)
    """
    lows = np.asarray(lows, dtype=float)
    highs = lows if highs is None else np.asarray(highs, dtype=float)
    if lows.size == 0 or not (lows <= highs).all():
        raise ValueError("signed ranks need at least one difference, and none that is NaN")
    least = nearest = most = _walsh(lows)
    if (lows < highs).any():
        nearest, most = _walsh(np.clip(0.0, lows, highs)), _walsh(highs)
    return SignedRanks(float(np.median(nearest)), len(lows), least, most)


def _walsh(values):
    """The means of each two values, each with itself too, in order; rounded, so that one that
    equals a threshold in all but its last places equals it."""
    one, other = _each_two(len(values))
    return np.sort(np.round((values[one] + values[other]) / 2, 12))


_each_two = cache(np.triu_indices)


@cache
def _tail(n):
    """The chance that ranks 1 to n with random signs have a positive sum of at least 0, 1, ...

    Rank by rank: with either sign, a rank adds itself to the sum or nothing.
    """
    shares = np.zeros(n * (n + 1) // 2 + 1)
    shares[0] = 1.0
    for rank in range(1, n + 1):
        moved = np.concatenate([np.zeros(rank), shares[:-rank]])
        shares = (shares + moved) / 2
    return np.cumsum(shares[::-1])[::-1]


@dataclass(frozen=True)
class SignFlips:
    """Where paired differences lie, by their mean and random signs: another test of the same.

    Differences or their bounds as for `signed_ranks`; an infinite one counts as the largest
    finite one, and at least as 1. By random flips (Fisher 1935, section 21), among which the
    data themselves count once.
    """

    lows: np.ndarray
    highs: np.ndarray
    rng: np.random.Generator
    flips: int = 9999

    def above(self, threshold):
        """One-sided p-value for the differences to lie above a threshold."""
        return self._p_value(self._finite(self.lows) - threshold)

    def below(self, threshold):
        """One-sided p-value for the differences to lie below a threshold."""
        return self._p_value(threshold - self._finite(self.highs))

    def _finite(self, bounds):
        both = np.concatenate([self.lows, self.highs])
        most = np.abs(both[np.isfinite(both)]).max(initial=1.0)
        return np.clip(bounds, -most, most)

    def _p_value(self, values):
        signs = 2.0 * self.rng.integers(0, 2, (self.flips, len(values)), dtype=np.int8) - 1
        # A sum that equals that of the data may be off by rounding.
        least = values.sum() - 1e-9 * np.abs(values).sum()
        return float((1 + np.sum(signs @ values >= least)) / (1 + self.flips))


@dataclass(frozen=True)
class Contrast:
    """Paired comparison of an arm with a reference.

    Attributes
    ----------
    located : SignedRanks
        The differences, arm - reference.
    p_value : float
        Two-sided, for the differences not to lie about 0; NaN if not tested.
    effect_size : float
        Matched-pairs rank-biserial correlation, from -1 to 1.
    note : str
        Why it is not tested, or "".
    """

    located: SignedRanks
    p_value: float
    effect_size: float
    note: str


def contrast_of(lows, highs=None):
    """The `Contrast` of differences, or of their bounds, as `signed_ranks` takes them."""
    located = signed_ranks(lows, highs)
    effect = rank_biserial(np.clip(0.0, lows, lows if highs is None else highs))
    if located.n < LEAST_PAIRS:
        note = f"fewer than {LEAST_PAIRS} pairs: not tested"
        return Contrast(located, float("nan"), effect, note)
    return Contrast(located, two_sided(located), effect, "")


def two_sided(located):
    """Two-sided p-value for an effect other than 0: twice the smaller of the one-sided ones."""
    return float(min(1.0, 2 * min(located.above(0.0), located.below(0.0))))


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
