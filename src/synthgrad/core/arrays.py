"""Arrays of the core: names for their kinds, and how some replicas of a stack are picked.

Every array of a network or of its examples has replicas as its first axis:
networks that differ in their seed or step size and train side by side, each bit
for bit as if it were alone. Further shapes are in the docstrings.
"""

from collections.abc import Callable
from copy import copy
from dataclasses import is_dataclass
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Bools = NDArray[np.bool_]
Objects = NDArray[np.object_]

Replicas = slice | Bools | Integers
"""What picks some replicas of a stack: a slice, a mask or their places."""


def select(tree: Any, replicas: Replicas) -> Any:
    """The same object of some of its replicas.

    Parameters
    ----------
    tree : array, list, named tuple or dataclass
        Arrays in it, at any depth, have replicas as their first axis.
    replicas : slice, mask or array of places

    Returns
    -------
    of the same type
        Its arrays are views with a slice, else copies; all that is not an array
        is shared.

    Examples
    --------
    >>> select([np.array([1.0, 2.0]), "sigmoid"], slice(1, 2))
    [array([2.]), 'sigmoid']
    """
    return rebuilt(tree, lambda leaf: leaf[replicas] if isinstance(leaf, np.ndarray) else leaf)


def rebuilt(tree: Any, change: Callable[[Any], Any]) -> Any:
    """The same object with all that it is made of changed.

    Parameters
    ----------
    tree : list, named tuple or dataclass of such or of anything else
    change : callable
        Takes what is none of these to what shall stand in its place.

    Returns
    -------
    of the same type
    """
    if isinstance(tree, list):
        return [rebuilt(part, change) for part in tree]
    if hasattr(tree, "_make"):
        return tree._make(rebuilt(part, change) for part in tree)
    if is_dataclass(tree):
        chosen = copy(tree)
        vars(chosen).update({name: rebuilt(part, change) for name, part in vars(tree).items()})
        return chosen
    return change(tree)


def sum_in_order(values: Floats) -> Floats:
    """Sum along the last axis, one number after another.

    (NumPy's own sum goes pair by pair, in an order that it does not promise.)

    Parameters
    ----------
    values : array

    Returns
    -------
    array
        Without the last axis.

    Examples
    --------
    >>> sum_in_order(np.array([[1.0, 2.0], [3.0, 4.0]]))
    array([3., 7.])
    """
    if values.shape[-1] == 0:
        return np.zeros(values.shape[:-1])
    return np.add.accumulate(values, axis=-1)[..., -1]


CACHE_LINE = 64
"""Bytes that a CPU fetches at once, and the longest vector."""


def aligned(shape: tuple[int, ...]) -> Floats:
    """An array, not filled, that begins where a line of the cache does, for speed.

    Parameters
    ----------
    shape : tuple of int

    Returns
    -------
    array
    """
    numbers = prod(shape)
    room = np.empty(numbers + CACHE_LINE // 8)
    first = -room.ctypes.data % CACHE_LINE // 8
    return room[first : first + numbers].reshape(shape)
