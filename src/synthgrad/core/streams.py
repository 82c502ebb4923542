"""The random streams of a seed: the only source of randomness in the core.

Each purpose has a stream of its own, so that what one of them draws never
shifts the others.
"""

from typing import NamedTuple

import numpy as np

STREAMS = (
    "data",
    "weights",
    "generators",
    "heldout",
    "feedback",
    "split",
    "order",
    "updates",
    "noise",
)
"""The streams of a seed, numbered from 0 in this order."""


class Draws(NamedTuple):
    """The random streams of one seed, each a `numpy.random.RandomState`."""

    data: np.random.RandomState
    weights: np.random.RandomState
    generators: np.random.RandomState
    heldout: np.random.RandomState
    feedback: np.random.RandomState
    split: np.random.RandomState
    order: np.random.RandomState
    updates: np.random.RandomState
    noise: np.random.RandomState


def paired_draws(seed: int) -> Draws:
    """Streams of the study: independent of one another, the same for every method.

    Stream k of a seed is ``RandomState(MT19937(SeedSequence(seed, spawn_key=(k,))))``,
    whose output NumPy has frozen. Since data and weights do not depend on the
    method, all methods of a seed are compared on the same data and weights.

    Parameters
    ----------
    seed : int of at least 0

    Returns
    -------
    Draws

    Examples
    --------
    >>> paired_draws(0).data.randint(0, 1000, 5)
    array([329, 566, 256, 690,  87])
    """
    return Draws(*(_stream(seed, k) for k in range(len(STREAMS))))


def common_stream() -> np.random.RandomState:
    """The stream of what is the same for all seeds, of which none has it.

    Returns
    -------
    RandomState
        ``RandomState(MT19937(SeedSequence(0)))``, with no spawn key.

    Examples
    --------
    >>> common_stream().randint(0, 1000, 5)
    array([660, 281,  46, 450, 596])
    """
    return np.random.RandomState(np.random.MT19937(np.random.SeedSequence(0)))


def published_draws(seed: int) -> Draws:
    """Streams of the tutorial: data, weights and generators share one legacy stream.

    It is that of ``numpy.random.seed(seed)``; what the tutorial did not draw
    keeps its own.

    Parameters
    ----------
    seed : int from 0 to 2**32 - 1

    Returns
    -------
    Draws

    Examples
    --------
    >>> draws = published_draws(1)
    >>> draws.data is draws.weights
    True
    """
    legacy = np.random.RandomState(seed)
    return paired_draws(seed)._replace(data=legacy, weights=legacy, generators=legacy)


def _stream(seed: int, k: int) -> np.random.RandomState:
    sequence = np.random.SeedSequence(seed, spawn_key=(k,))
    return np.random.RandomState(np.random.MT19937(sequence))


DRAWS = {"paired": paired_draws, "published": published_draws}
"""How a setup's `draws` become streams: functions of a seed."""
