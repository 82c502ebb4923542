"""Measures of networks as they are: pure functions of arrays or, for parameters, of layers.

Outputs, targets and hidden representations are (replicas, examples, units);
each measure is one number a replica, NaN where it is not defined. `present`
(replicas, examples) leaves out padding. Long sums are left to kernels, so that
they round alike on every machine.
"""

from collections.abc import Sequence

import numpy as np

from synthgrad.core.arrays import Bools, Floats, sum_in_order
from synthgrad.core.kernels import Kernels
from synthgrad.core.network.layers import Layer
from synthgrad.core.network.normalisation import mean_and_variance


def squared_error(outputs: Floats, targets: Floats, present: Bools, kernels: Kernels) -> Floats:
    """Mean over examples and outputs of (output - target)**2.

    Parameters
    ----------
    outputs, targets : (replicas, examples, outputs) arrays
    present : (replicas, examples) array of bool
    kernels : Kernels

    Returns
    -------
    (replicas,) array

    Examples
    --------
    >>> from synthgrad.core.kernels import chosen
    >>> outputs, targets = np.array([[[0.5, 1.0]]]), np.array([[[1.0, 1.0]]])
    >>> squared_error(outputs, targets, np.array([[True]]), chosen())
    array([0.125])
    """
    differences = (outputs - targets) * present[..., None]
    total = total_sum(differences * differences, kernels)[:, 0, 0]
    with np.errstate(invalid="ignore"):  # NaN without examples
        return total / (present.sum(axis=-1) * outputs.shape[-1])


def tutorial_error(outputs: Floats, targets: Floats, kernels: Kernels) -> Floats:
    """Sum over examples and outputs of |(output - target) f'(output)|, which the tutorial prints.

    Parameters
    ----------
    outputs, targets : (replicas, examples, outputs) arrays
        Outputs of sigmoid units.
    kernels : Kernels

    Returns
    -------
    (replicas,) array

    Examples
    --------
    It vanishes where a unit saturates, on the wrong side too.

    >>> from synthgrad.core.kernels import chosen
    >>> tutorial_error(np.array([[[0.5]], [[1.0]]]), np.array([[[0.0]], [[0.0]]]), chosen())
    array([0.125, 0.   ])
    """
    return absolute_sum(slope_times_error(outputs, targets), kernels)


def slope_times_error(outputs: Floats, targets: Floats) -> Floats:
    """(output - target) f'(output), where f is the sigmoid.

    Parameters
    ----------
    outputs, targets : (replicas, examples, outputs) arrays

    Returns
    -------
    (replicas, examples, outputs) array
    """
    return (outputs - targets) * (outputs * (1 - outputs))


def total_sum(values: Floats, kernels: Kernels) -> Floats:
    """Sum over examples and units: of each unit, then of all.

    Parameters
    ----------
    values : (replicas, examples, units) array
    kernels : Kernels

    Returns
    -------
    (replicas, 1, 1) array
    """
    return kernels.sum_over_units(kernels.sum_over_examples(values))


def absolute_sum(values: Floats, kernels: Kernels) -> Floats:
    """Sum of absolute values over examples and units.

    Parameters
    ----------
    values : (replicas, examples, units) array
    kernels : Kernels

    Returns
    -------
    (replicas,) array

    Examples
    --------
    >>> from synthgrad.core.kernels import chosen
    >>> absolute_sum(np.array([[[1.0, -2.0]], [[0.0, 4.0]]]), chosen())
    array([3., 4.])
    """
    return total_sum(abs(values), kernels)[:, 0, 0]


def alignment(signal: Floats, true: Floats, kernels: Kernels) -> Floats:
    """Cosine between learning signal and true gradient, averaged over the examples that have both.

    Parameters
    ----------
    signal, true : (replicas, examples, units) arrays
        What a layer learns from, and the derivative of the loss.
    kernels : Kernels

    Returns
    -------
    (replicas,) array
        From -1 to 1; NaN where no example has both.

    Examples
    --------
    >>> from synthgrad.core.kernels import chosen
    >>> true = np.array([[[1.0, 0.0], [0.0, 2.0], [0.0, 0.0]]])
    >>> signal = np.array([[[3.0, 0.0], [5.0, 0.0], [1.0, 1.0]]])
    >>> alignment(signal, true, chosen())
    array([0.5])
    """
    lengths = norms(signal, kernels) * norms(true, kernels)
    defined = lengths > 0
    products = kernels.dot(signal, true)
    cosines = np.divide(products, lengths, out=np.zeros_like(products), where=defined)
    with np.errstate(invalid="ignore"):  # NaN where no example has both
        return sum_in_order(cosines[..., 0]) / defined.sum(axis=(1, 2))


def norms(values: Floats, kernels: Kernels) -> Floats:
    """Euclidean length of each example.

    Parameters
    ----------
    values : (replicas, examples, units) array
    kernels : Kernels

    Returns
    -------
    (replicas, examples, 1) array
    """
    return np.sqrt(kernels.dot(values, values))


def norm_ratio(signal: Floats, true: Floats, kernels: Kernels) -> Floats:
    """Length of the learning signal over that of the true gradient, over all examples together.

    Parameters
    ----------
    signal, true : (replicas, examples, units) arrays
        What a layer learns from, and the derivative of the loss.
    kernels : Kernels

    Returns
    -------
    (replicas,) array
        NaN where the true gradient is 0.

    Examples
    --------
    >>> from synthgrad.core.kernels import chosen
    >>> norm_ratio(np.array([[[3.0, 4.0]]]), np.array([[[0.0, 10.0]]]), chosen())
    array([0.5])
    """
    length, true_length = (
        np.sqrt(kernels.sum_over_examples(kernels.dot(each, each)))[:, 0, 0]
        for each in (signal, true)
    )
    undefined = np.full_like(length, np.nan)
    return np.divide(length, true_length, out=undefined, where=true_length > 0)


def spread(hidden: Floats, kernels: Kernels) -> Floats:
    """Standard deviation over examples of each unit, averaged over units.

    Parameters
    ----------
    hidden : (replicas, examples, units) array
    kernels : Kernels

    Returns
    -------
    (replicas,) array

    Examples
    --------
    >>> from synthgrad.core.kernels import chosen
    >>> spread(np.array([[[0.0, 5.0], [2.0, 5.0]]]), chosen())
    array([0.5])
    """
    _, variance = mean_and_variance(hidden, kernels)
    return kernels.sum_over_units(np.sqrt(variance))[:, 0, 0] / hidden.shape[2]


def similarity(hidden: Floats, kernels: Kernels) -> Floats:
    """Mean cosine over all pairs of different examples.

    Parameters
    ----------
    hidden : (replicas, examples, units) array
    kernels : Kernels

    Returns
    -------
    (replicas,) array
        NaN for a single example.

    Examples
    --------
    Of three pairs, one points the same way and two are at right angles.

    >>> from synthgrad.core.kernels import chosen
    >>> similarity(np.array([[[1.0, 0.0], [2.0, 0.0], [0.0, 3.0]]]), chosen()).round(3)
    array([0.333])
    """
    examples = hidden.shape[1]
    if examples == 1:
        return np.full(len(hidden), np.nan)
    lengths = norms(hidden, kernels)
    defined = lengths > 0
    inverse = np.divide(1.0, lengths, out=np.zeros_like(lengths), where=defined)
    resultant = kernels.apply(inverse.swapaxes(1, 2), hidden)
    # |sum of directions|**2 counts each pair twice and each example that has one once.
    total = kernels.dot(resultant, resultant)[:, 0, 0]
    return (total - defined.sum(axis=(1, 2))) / (examples * (examples - 1))


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
