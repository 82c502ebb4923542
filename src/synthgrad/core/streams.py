"""The random streams of a seed: the only source of randomness in the core.

Each purpose has a stream of its own, so that what one of them draws never
shifts the others.
"""

import math
import warnings
from functools import cache
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


LOGARITHMS: dict[str, str] = {
    "0x1.68539d59b229cp-3": "-0x1.bcd3e23b9a232p+0",
    "0x1.3f88ed803d716p-1": "-0x1.e2c5f097626a6p-2",
    "0x1.c89b8616d4d9ep-1": "-0x1.d4fe67ed59522p-4",
    "0x1.86d8955815accp-1": "-0x1.147dbed5b985ep-2",
    "0x1.dbc1d80cf12eep-1": "-0x1.2cb74831878c0p-4",
    "0x1.3dff297f9b740p-3": "-0x1.dcd1e7ad88887p+0",
    "0x1.2f9d2a144448cp-1": "-0x1.0b8dff050b3c1p-1",
    "0x1.92038d7c7ea51p-1": "-0x1.ef48c4fb260fbp-3",
}
"""Numbers and their logarithms as glibc gives them with fused multiply-add: one half is the nearest
number to the exact one, and is another without; the other half is not the nearest."""


@cache
def normal_numbers_are_published() -> bool:
    """Whether `randn` gives the normal numbers of the published tables here.

    It takes a logarithm, which is the C library's.

    Returns
    -------
    bool
        False if that rounds otherwise, as it may without glibc, and does on an x86-64
        CPU without fused multiply-add.
    """
    return all(
        math.log(float.fromhex(x)) == float.fromhex(logarithm)
        for x, logarithm in LOGARITHMS.items()
    )


def _warn_of_other_numbers() -> None:
    if not normal_numbers_are_published():
        warnings.warn(
            "the logarithm of this computer's C library rounds otherwise than that of the "
            "published results, and so do some random numbers: expect results that agree with "
            "them in distribution, not to the last bit (docs/arithmetic.md)",
            stacklevel=3,
        )


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
    _warn_of_other_numbers()
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
