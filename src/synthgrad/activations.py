"""What stands on top of a layer's linear map.

Each activation is two functions: `forward` of the pre-activations, and
`backward`, which takes the gradient at the output to that at the
pre-activations. Arrays are (replicas, batch, units).
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from . import kernels


class Activation(NamedTuple):
    """forward: pre-activations to output; backward: output and gradient there to that before."""

    forward: Callable
    backward: Callable


def sigmoid(x):
    # From the module by name, where the compiled one may stand.
    return kernels.sigmoid(x)


def sigmoid_backward(output, gradient):
    return kernels.sigmoid_backward(output, gradient)


def tanh_backward(output, gradient):
    return (1 - output * output) * gradient


def relu(x):
    return np.maximum(x, 0)


def relu_backward(output, gradient):
    """The slope at 0 is taken to be 0."""
    return np.where(output > 0, gradient, 0)


def softmax(x):
    """Shares that add up to 1 over the units."""
    # The largest is taken off all, so that none overflows.
    exponential = np.exp(x - x.max(axis=-1, keepdims=True))
    return exponential / exponential.sum(axis=-1, keepdims=True)


def unchanged(output, gradient):
    """For a softmax under cross-entropy, whose gradient before the softmax is
    output - target: what a last layer is handed for either loss."""
    return gradient


ACTIVATIONS = {
    "sigmoid": Activation(sigmoid, sigmoid_backward),
    "tanh": Activation(np.tanh, tanh_backward),
    "relu": Activation(relu, relu_backward),
    "softmax": Activation(softmax, unchanged),
}

OUTPUT_ACTIVATION = {"squared-error": "sigmoid", "cross-entropy": "softmax"}
"""The activation of the last layer for each loss."""
