"""Which of several arms is best, and how sure that is."""

from dataclasses import dataclass

import numpy as np

from synthgrad.statistics import ONE_SIDED
from synthgrad.statistics.paired import signed_ranks


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


def rank_arms(values, margin, rng, resamples=9999):
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
    >>> rank_arms([[1.0, 0.9, 0.0]] * 10, margin=0.2, rng=np.random.default_rng(0))
    Ranking(best=array([1., 0., 0.]), near_best=array([1., 1., 0.]))
    """
    values = np.asarray(values, dtype=float)
    means = values[rng.integers(len(values), size=(resamples, len(values)))].mean(axis=1)
    highest = means.max(axis=1, keepdims=True)
    first = means == highest
    share = first / first.sum(axis=1, keepdims=True)
    return Ranking(share.mean(axis=0), (means >= highest - margin).mean(axis=0))


@dataclass(frozen=True)
class Lead:
    """Where the lead of the best of some arms over the best of others lies.

    The best of the candidates is ahead of all others if one candidate is ahead of each of them:
    of a candidate the p-value is the largest against any other, and the smallest of these pays for
    the choice among the candidates (Bonferroni). Likewise the other way round. So the tests keep
    their level whatever arms are near the best ones.

    Attributes
    ----------
    pairs : list of lists of Located
        How each candidate, a row, compares with each of the others.
    """

    pairs: list

    @property
    def estimate(self):
        """Of the candidate that is furthest ahead of its closest rival, by how much."""
        return max(min(each.estimate for each in row) for row in self.pairs)

    @property
    def low(self):
        """The lower end of the 95 % interval that the two tests at 2.5 % invert."""
        level = ONE_SIDED / len(self.pairs)
        return max(min(each.ends(level)[0] for each in row) for row in self.pairs)

    @property
    def high(self):
        """Its upper end."""
        level = ONE_SIDED / len(self.pairs[0])
        return min(max(each.ends(level)[1] for each in column) for column in zip(*self.pairs))

    @property
    def n(self):
        """Seeds."""
        return self.pairs[0][0].n

    def above(self, threshold):
        """One-sided p-value for the lead to be above a threshold."""
        p_value = min(max(each.above(threshold) for each in row) for row in self.pairs)
        return min(1.0, len(self.pairs) * p_value)

    def below(self, threshold):
        """One-sided p-value for the lead to be below a threshold."""
        p_value = min(max(each.below(threshold) for each in column) for column in zip(*self.pairs))
        return min(1.0, len(self.pairs[0]) * p_value)


def lead(lows, highs, test=signed_ranks):
    """The `Lead` of the best of k candidates over the best of m others.

    Parameters
    ----------
    lows, highs : (n, k, m) arrays
        By how much each candidate is ahead of each of the others, seed by seed, as bounds.
    test : callable
        From the bounds of one difference, (n,) arrays, to what tests it.

    Returns
    -------
    Lead

    Examples
    --------
    The second of two candidates is ahead of the only other by 1 to 10.

    >>> ahead = np.arange(1.0, 11.0)[:, None, None] * [[[-1.0], [1.0]]]
    >>> found = lead(ahead, ahead)
    >>> found.estimate, found.above(0.0) * 2**10 / 2
    (5.5, 1.0)
    """
    _, candidates, others = lows.shape
    return Lead(
        [[test(lows[:, c, o], highs[:, c, o]) for o in range(others)] for c in range(candidates)]
    )
