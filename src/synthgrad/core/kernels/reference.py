"""What each operation means, in a few lines of NumPy.

Inputs and deltas are (replicas, batch, units), weights (replicas, fan-in,
fan-out), biases (replicas, 1, fan-out), step sizes (replicas, 1, 1).
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from synthgrad.core.arrays import Floats, Objects
from synthgrad.core.kernels import Step


def apply(inputs: Floats, weights: Floats, bias: Floats | None = None) -> Floats:
    """``inputs @ weights + bias``

    Parameters
    ----------
    inputs : (replicas, batch, fan-in) array
    weights : (replicas, fan-in, fan-out) array
    bias : (replicas, 1, fan-out) array or None

    Returns
    -------
    (replicas, batch, fan-out) array

    Examples
    --------
    >>> apply(np.array([[[1.0, 2.0]]]), np.array([[[3.0], [4.0]]]), np.array([[[0.5]]]))
    array([[[11.5]]])
    """
    product = inputs @ weights
    if bias is not None:
        product += bias
    return product


def carry(delta: Floats, weights: Floats) -> Floats:
    """``delta @ weights^T``

    Parameters
    ----------
    delta : (replicas, batch, fan-out) array
        Gradient at the output of the linear map.
    weights : (replicas, fan-in, fan-out) array

    Returns
    -------
    (replicas, batch, fan-in) array
        Gradient at its input.

    Examples
    --------
    >>> carry(np.array([[[2.0]]]), np.array([[[3.0], [4.0]]]))
    array([[[6., 8.]]])
    """
    return delta @ weights.swapaxes(-1, -2)


def descend(weights: Floats, inputs: Floats, delta: Floats, step_size: Floats) -> None:
    """``weights -= inputs^T @ delta * step_size``, in place

    Parameters
    ----------
    weights : (replicas, fan-in, fan-out) array, changed in place
    inputs : (replicas, batch, fan-in) array
    delta : (replicas, batch, fan-out) array
    step_size : (replicas, 1, 1) array

    Examples
    --------
    >>> weights = np.array([[[3.0], [4.0]]])
    >>> descend(weights, np.array([[[1.0, 2.0]]]), np.array([[[10.0]]]), np.array([[[0.1]]]))
    >>> weights
    array([[[2.],
            [2.]]])
    """
    gradient = inputs.swapaxes(-1, -2) @ delta
    gradient *= step_size
    weights -= gradient


def descend_bias(bias: Floats, delta: Floats, step_size: Floats) -> None:
    """``bias -= sum of delta over the batch * step_size``, in place

    Parameters
    ----------
    bias : (replicas, 1, fan-out) array, changed in place
    delta : (replicas, batch, fan-out) array
    step_size : (replicas, 1, 1) array

    Examples
    --------
    >>> bias = np.array([[[1.0]]])
    >>> descend_bias(bias, np.array([[[2.0], [3.0]]]), np.array([[[0.5]]]))
    >>> bias
    array([[[-1.5]]])
    """
    bias -= delta.sum(axis=-2, keepdims=True) * step_size


def sigmoid(x: Floats) -> Floats:
    """``1 / (1 + exp(-x))``; a large negative `x` overflows to the right answer, 0.

    Parameters
    ----------
    x : (replicas, batch, units) array

    Returns
    -------
    (replicas, batch, units) array
        Between 0 and 1.

    Examples
    --------
    >>> sigmoid(np.array([[[0.0, np.log(3.0)]]]))
    array([[[0.5 , 0.75]]])
    """
    result = np.negative(x)
    np.exp(result, out=result)
    result += 1
    return np.divide(1, result, out=result)


def sigmoid_backward(output: Floats, gradient: Floats) -> Floats:
    """``(1 - output) * output * gradient``: the gradient before the sigmoid from that after it

    Parameters
    ----------
    output, gradient : (replicas, batch, units) arrays
        What the sigmoid gave, and the gradient there.

    Returns
    -------
    (replicas, batch, units) array

    Examples
    --------
    >>> sigmoid_backward(np.array([[[0.5]]]), np.array([[[8.0]]]))
    array([[[2.]]])
    """
    delta = 1 - output
    delta *= output
    delta *= gradient
    return delta


def add(total: Floats, values: Floats) -> None:
    """``total += values``, in place

    Parameters
    ----------
    total, values : arrays of the same shape
    """
    total += values


def tanh(x: Floats) -> Floats:
    """The hyperbolic tangent.

    Parameters
    ----------
    x : (replicas, batch, units) array

    Returns
    -------
    (replicas, batch, units) array
    """
    return np.tanh(x)


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


def sqrt(x: Floats) -> Floats:
    """The square root.

    Parameters
    ----------
    x : (replicas, batch, units) array

    Returns
    -------
    (replicas, batch, units) array
    """
    return np.sqrt(x)


def sum_over_examples(x: Floats) -> Floats:
    """The sum of each unit.

    Parameters
    ----------
    x : (replicas, examples, units) array

    Returns
    -------
    (replicas, 1, units) array
    """
    return x.sum(axis=-2, keepdims=True)


def sum_over_units(x: Floats) -> Floats:
    """The sum of each example.

    Parameters
    ----------
    x : (replicas, examples, units) array

    Returns
    -------
    (replicas, examples, 1) array
    """
    return x.sum(axis=-1, keepdims=True)


def dot(a: Floats, b: Floats) -> Floats:
    """The sum of products of each example.

    Parameters
    ----------
    a, b : (replicas, examples, units) arrays

    Returns
    -------
    (replicas, examples, 1) array
    """
    return (a * b).sum(axis=-1, keepdims=True)


def assign(target: Floats, values: Floats) -> None:
    """Put the values in place of those of the target.

    Parameters
    ----------
    target, values : arrays of the same shape
    """
    target[...] = values


def join(parts: Sequence[Floats]) -> Floats:
    """The parts side by side, as more units.

    Parameters
    ----------
    parts : sequence of (replicas, batch, units) arrays

    Returns
    -------
    (replicas, batch, units) array
    """
    return np.concatenate(parts, axis=-1)


def happens(probability: float, streams: Objects) -> Floats:
    """Of each replica whether something happens, by a draw from its stream.

    Parameters
    ----------
    probability : float
    streams : (replicas,) array of numpy.random.RandomState

    Returns
    -------
    (replicas, 1, 1) array
        1 where it does, else 0.
    """
    return np.array([[[float(stream.rand() < probability)]] for stream in streams])


def normal(streams: Objects, rows: int, units: int) -> Floats:
    """Standard normal numbers, from the stream of each replica.

    Parameters
    ----------
    streams : (replicas,) array of numpy.random.RandomState
    rows, units : int

    Returns
    -------
    (replicas, rows, units) array
    """
    return np.stack([stream.randn(rows, units) for stream in streams])


def repeat(
    step: Step, layers: Any, inputs: Floats, targets: Floats, batch_size: int
) -> Callable[[], None]:
    """What takes a step of layers for all minibatches of examples in turn.

    Parameters
    ----------
    step : callable
        Takes layers, (replicas, batch, inputs) inputs and (replicas, batch,
        outputs) targets, and changes the layers.
    layers : list of Layer
    inputs, targets : (replicas, examples, units) arrays
    batch_size : int

    Returns
    -------
    callable
        Without arguments. A tail of examples that does not fill a minibatch is
        not used.
    """

    def train() -> None:
        for last in range(batch_size, inputs.shape[1] + 1, batch_size):
            rows = slice(last - batch_size, last)
            step(layers, inputs[:, rows], targets[:, rows])

    return train
