"""Which of several arms is best, and how sure that is."""

from dataclasses import dataclass

import numpy as np


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


def lead_of_best(candidates, others):
    """By how much the best of the candidates is ahead of the best of the others, seed by seed.

    In each seed the two are compared that have the highest means in all other seeds: chosen and
    compared on the same seeds, the best of many would look better than it is.

    Parameters
    ----------
    candidates, others : (n, k) and (n, m) arrays
        The arms of either side, in columns; at least two seeds.

    Returns
    -------
    (n,) array

    Examples
    --------
    >>> lead_of_best([[1.0, 0.0], [1.0, 0.0], [1.0, 9.0]], [[0.5], [0.5], [0.5]])
    array([-0.5, -0.5,  0.5])
    """
    best, rival = _best_elsewhere(candidates), _best_elsewhere(others)
    return best - rival


def _best_elsewhere(values):
    """For each seed of (n, arms) values, that of the arm with the highest sum in the other seeds."""
    values = np.asarray(values, dtype=float)
    chosen = (values.sum(axis=0) - values).argmax(axis=1)
    return values[np.arange(len(values)), chosen]
