"""What stands on top of a layer's linear map.

Each activation is two functions: `forward` of the pre-activations, and
`backward`, which takes the gradient at the output to that at the
pre-activations. Arrays are (replicas, batch, units).
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from synthgrad.core.arrays import Floats
from synthgrad.core.kernels import Kernels, reference


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


OUTPUT_ACTIVATION = {"squared-error": "sigmoid", "cross-entropy": "softmax"}
"""The activation of the last layer for each loss."""


def activation(name: str, kernels: Kernels = reference) -> Activation:
    """The activation of a name.

    Parameters
    ----------
    name : "sigmoid", "tanh", "relu" or "softmax"
    kernels : Kernels

    Returns
    -------
    Activation

    Examples
    --------
    >>> activation("relu").forward(np.array([[[-1.0, 2.0]]]))
    array([[[0., 2.]]])
    """
    return {
        "sigmoid": Activation(kernels.sigmoid, kernels.sigmoid_backward),
        "tanh": Activation(np.tanh, tanh_backward),
        "relu": Activation(relu, relu_backward),
        "softmax": Activation(softmax, softmax_backward),
    }[name]


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


def softmax_backward(output: Floats, gradient: Floats) -> Floats:
    """The gradient as it is, which for a softmax under cross-entropy is the one before it.

    That gradient is output - target, and a last layer is handed output - target
    for either loss.

    Parameters
    ----------
    output, gradient : (replicas, batch, units) arrays

    Returns
    -------
    (replicas, batch, units) array
    """
    return gradient
