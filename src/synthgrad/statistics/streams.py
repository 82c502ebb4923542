"""Random streams by name, so that adding an estimate changes no other one."""

import zlib

import numpy as np


def stream(seed, *names):
    """The random generator of one estimate, named after what it estimates.

    Parameters
    ----------
    seed : int
    names : objects that are told apart by their text

    Returns
    -------
    numpy.random.Generator
    """
    return np.random.default_rng([seed, zlib.crc32("/".join(map(str, names)).encode())])
