"""What stands on top of a layer's linear map.

Each activation is two functions: `forward` of the pre-activations, and
`backward`, which takes the gradient at the output to that at the
pre-activations. Arrays are (replicas, batch, units).
"""

from collections.abc import Callable
from typing import NamedTuple

from synthgrad.core.arrays import Floats
from synthgrad.core.kernels import Kernels


class Activation(NamedTuple):
    """A pair of functions of kernels and of (replicas, batch, units) arrays.

    Attributes
    ----------
    forward : callable
        Takes kernels and pre-activations to the output.
    backward : callable
        Takes kernels, the output and the gradient there to the gradient before it.
    """

    forward: Callable[[Kernels, Floats], Floats]
    backward: Callable[[Kernels, Floats, Floats], Floats]


ACTIVATIONS = {
    "sigmoid": Activation(
        lambda kernels, x: kernels.sigmoid(x),
        lambda kernels, output, gradient: kernels.sigmoid_backward(output, gradient),
    ),
    "tanh": Activation(
        lambda kernels, x: kernels.tanh(x),
        lambda kernels, output, gradient: (1 - output * output) * gradient,
    ),
    "relu": Activation(
        lambda kernels, x: kernels.relu(x),
        lambda kernels, output, gradient: kernels.relu_backward(output, gradient),
    ),
    # Under cross-entropy a last layer is handed output - target, which is the gradient before
    # the softmax; that of the squared error's sigmoid is the gradient after it.
    "softmax": Activation(
        lambda kernels, x: kernels.softmax(x), lambda kernels, output, gradient: gradient
    ),
}

OUTPUT_ACTIVATION = {"squared-error": "sigmoid", "cross-entropy": "softmax"}
"""The activation of the last layer for each loss."""
