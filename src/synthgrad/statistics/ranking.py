"""Which of several arms is best, and how sure that is."""

from dataclasses import dataclass, replace

import numpy as np

from synthgrad.statistics.paired import paired_contrast, signed_rank, within_bounds


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
    worst = max(signed_rank(leader - against) for against in np.transpose(field))
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
