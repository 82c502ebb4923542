"""What stands on top of a layer's linear map.

Each activation is two functions: `forward` of the pre-activations, and
`backward`, which takes the gradient at the output to that at the
pre-activations. Arrays are (replicas, batch, units).
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from synthgrad.core.arrays import Floats
from synthgrad.core.kernels import reference as kernels


class Activation(NamedTuple):
    """A pair of functions of (replicas, batch, units) arrays.

    Attributes
    ----------
    forward : callable
        Takes pre-activations to the output.
    backward : callable
        Takes the output and the gradient there to the gradient before it.
    """

    forward: Callable[[Floats], Floats]
    backward: Callable[[Floats, Floats], Floats]


def sigmoid(x: Floats) -> Floats:
    """`kernels.sigmoid`.

    Parameters
    ----------
    x : (replicas, batch, units) array

    Returns
    -------
    (replicas, batch, units) array
        Between 0 and 1.
    """
    # From the module by name, where the compiled one may stand.
    return kernels.sigmoid(x)


def sigmoid_backward(output: Floats, gradient: Floats) -> Floats:
    """`kernels.sigmoid_backward`.

    Parameters
    ----------
    output, gradient : (replicas, batch, units) arrays

    Returns
    -------
    (replicas, batch, units) array
    """
    return kernels.sigmoid_backward(output, gradient)


def tanh_backward(output: Floats, gradient: Floats) -> Floats:
    """``(1 - output**2) * gradient``: the gradient before the tanh from that after it.

    Parameters
    ----------
    output, gradient : (replicas, batch, units) arrays

    Returns
    -------
    (replicas, batch, units) array

    Examples
    --------
    >>> tanh_backward(np.array([[[0.5]]]), np.array([[[4.0]]]))
    array([[[3.]]])
    """
    return (1 - output * output) * gradient


def relu(x: Floats) -> Floats:
    """The larger of `x` and 0.

    Parameters
    ----------
    x : (replicas, batch, units) array

    Returns
    -------
    (replicas, batch, units) array
    """
    return np.maximum(x, 0)


def relu_backward(output: Floats, gradient: Floats) -> Floats:
    """The gradient where the unit is on; the slope at 0 is taken to be 0.

    Parameters
    ----------
    output, gradient : (replicas, batch, units) arrays

    Returns
    -------
    (replicas, batch, units) array

    Examples
    --------
    >>> relu_backward(relu(np.array([[[-1.0, 0.0, 2.0]]])), np.array([[[5.0, 5.0, 5.0]]]))
    array([[[0., 0., 5.]]])
    """
    return np.where(output > 0, gradient, 0)


def softmax(x: Floats) -> Floats:
    """Shares that add up to 1 over the units.

    Parameters
    ----------
    x : (replicas, batch, units) array

    Returns
    -------
    (replicas, batch, units) array

    Examples
    --------
    >>> softmax(np.array([[[0.0, 0.0, np.log(2.0)]]]))
    array([[[0.25, 0.25, 0.5 ]]])
    """
    # The largest is taken off all, so that none overflows.
    exponential = np.exp(x - x.max(axis=-1, keepdims=True))
    return exponential / exponential.sum(axis=-1, keepdims=True)


def unchanged(output: Floats, gradient: Floats) -> Floats:
    """The gradient as it is, for a softmax under cross-entropy.

    Its gradient before the softmax is output - target, which is what a last
    layer is handed for either loss.

    Parameters
    ----------
    output, gradient : (replicas, batch, units) arrays

    Returns
    -------
    (replicas, batch, units) array
    """
    return gradient


ACTIVATIONS = {
    "sigmoid": Activation(sigmoid, sigmoid_backward),
    "tanh": Activation(np.tanh, tanh_backward),
    "relu": Activation(relu, relu_backward),
    "softmax": Activation(softmax, unchanged),
}

OUTPUT_ACTIVATION = {"squared-error": "sigmoid", "cross-entropy": "softmax"}
"""The activation of the last layer for each loss."""
