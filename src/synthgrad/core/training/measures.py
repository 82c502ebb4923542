"""Measures of networks as they are: pure functions of arrays or, for parameters, of layers.

Outputs, targets and hidden representations are (replicas, examples, units);
each measure is one number a replica, NaN where it is not defined. `present`
(replicas, examples) leaves out padding.
"""

from collections.abc import Sequence

import numpy as np

from synthgrad.core.arrays import Bools, Floats
from synthgrad.core.network.layers import Layer
from synthgrad.core.tasks.task import mean_over_examples


def squared_error(outputs: Floats, targets: Floats, present: Bools) -> Floats:
    """Mean over examples and outputs of (output - target)**2.

    Parameters
    ----------
    outputs, targets : (replicas, examples, outputs) arrays
    present : (replicas, examples) array of bool

    Returns
    -------
    (replicas,) array

    Examples
    --------
    >>> outputs, targets = np.array([[[0.5, 1.0]]]), np.array([[[1.0, 1.0]]])
    >>> squared_error(outputs, targets, np.array([[True]]))
    array([0.125])
    """
    return mean_over_examples(np.square(outputs - targets).mean(axis=-1), present)


def tutorial_error(outputs: Floats, targets: Floats) -> Floats:
    """Sum over examples and outputs of |(output - target) f'(output)|, which the tutorial prints.

    Parameters
    ----------
    outputs, targets : (replicas, examples, outputs) arrays
        Outputs of sigmoid units.

    Returns
    -------
    (replicas,) array

    Examples
    --------
    It vanishes where a unit saturates, on the wrong side too.

    >>> tutorial_error(np.array([[[0.5]], [[1.0]]]), np.array([[[0.0]], [[0.0]]]))
    array([0.125, 0.   ])
    """
    return absolute_sum((outputs - targets) * (outputs * (1 - outputs)))


def absolute_sum(values: Floats) -> Floats:
    """Sum of absolute values over examples and units.

    Added up over one flat axis, so that a replica in a stack rounds like one alone.

    Parameters
    ----------
    values : (replicas, examples, units) array

    Returns
    -------
    (replicas,) array

    Examples
    --------
    >>> absolute_sum(np.array([[[1.0, -2.0]], [[0.0, 4.0]]]))
    array([3., 4.])
    """
    return np.abs(values).reshape(len(values), -1).sum(axis=-1)


def alignment(signal: Floats, true: Floats) -> Floats:
    """Cosine between learning signal and true gradient, averaged over the examples that have both.

    Parameters
    ----------
    signal, true : (replicas, examples, units) arrays
        What a layer learns from, and the derivative of the loss.

    Returns
    -------
    (replicas,) array
        From -1 to 1; NaN where no example has both.

    Examples
    --------
    >>> true = np.array([[[1.0, 0.0], [0.0, 2.0], [0.0, 0.0]]])
    >>> signal = np.array([[[3.0, 0.0], [5.0, 0.0], [1.0, 1.0]]])
    >>> alignment(signal, true)
    array([0.5])
    """
    lengths = np.linalg.norm(signal, axis=-1) * np.linalg.norm(true, axis=-1)
    defined = lengths > 0
    products = (signal * true).sum(axis=-1)
    cosines = np.divide(products, lengths, out=np.zeros_like(products), where=defined)
    return mean_over_examples(cosines, defined)


def norm_ratio(signal: Floats, true: Floats) -> Floats:
    """Length of the learning signal over that of the true gradient, over all examples together.

    Parameters
    ----------
    signal, true : (replicas, examples, units) arrays
        What a layer learns from, and the derivative of the loss.

    Returns
    -------
    (replicas,) array
        NaN where the true gradient is 0.

    Examples
    --------
    >>> norm_ratio(np.array([[[3.0, 4.0]]]), np.array([[[0.0, 10.0]]]))
    array([0.5])
    """
    length = np.linalg.norm(signal, axis=(-2, -1))
    true_length = np.linalg.norm(true, axis=(-2, -1))
    undefined = np.full_like(length, np.nan)
    return np.divide(length, true_length, out=undefined, where=true_length > 0)


def spread(hidden: Floats) -> Floats:
    """Standard deviation over examples of each unit, averaged over units.

    Parameters
    ----------
    hidden : (replicas, examples, units) array

    Returns
    -------
    (replicas,) array

    Examples
    --------
    >>> spread(np.array([[[0.0, 5.0], [2.0, 5.0]]]))
    array([0.5])
    """
    return hidden.std(axis=-2).mean(axis=-1)


def similarity(hidden: Floats) -> Floats:
    """Mean cosine over all pairs of different examples.

    Parameters
    ----------
    hidden : (replicas, examples, units) array

    Returns
    -------
    (replicas,) array
        NaN for a single example.

    Examples
    --------
    Of three pairs, one points the same way and two are at right angles.

    >>> similarity(np.array([[[1.0, 0.0], [2.0, 0.0], [0.0, 3.0]]])).round(3)
    array([0.333])
    """
    lengths = np.linalg.norm(hidden, axis=-1, keepdims=True)
    directions = np.divide(hidden, lengths, out=np.zeros_like(hidden), where=lengths > 0)
    examples = hidden.shape[-2]
    # |sum of directions|**2 counts each pair twice and each example once.
    total = np.square(directions.sum(axis=-2)).sum(axis=-1)
    own = np.square(directions).sum(axis=(-2, -1))
    return (
        (total - own) / (examples * (examples - 1)) if examples > 1 else np.full(len(own), np.nan)
    )


def saturation(hidden: Floats) -> Floats:
    """Share of outputs outside [0.01, 0.99], for sigmoid units.

    Parameters
    ----------
    hidden : (replicas, examples, units) array

    Returns
    -------
    (replicas,) array

    Examples
    --------
    >>> saturation(np.array([[[0.001, 0.5], [0.01, 0.999]]]))
    array([0.5])
    """
    return ((hidden < 0.01) | (hidden > 0.99)).mean(axis=(-2, -1))


def largest_weight(layers: Sequence[Layer]) -> Floats:
    """Largest absolute weight or bias of the layers, generators left out.

    Parameters
    ----------
    layers : sequence of Layer

    Returns
    -------
    (replicas,) array
    """
    sizes = [np.abs(p).max(axis=(-2, -1)) for layer in layers for p in layer.linear.parameters()]
    return np.max(sizes, axis=0)


def is_finite(layers: Sequence[Layer]) -> Bools:
    """Which replicas have nothing but finite parameters, generators included.

    Parameters
    ----------
    layers : sequence of Layer

    Returns
    -------
    (replicas,) array of bool
    """
    finite = [np.isfinite(p).all(axis=(-2, -1)) for layer in layers for p in layer.parameters()]
    return np.logical_and.reduce(finite)
