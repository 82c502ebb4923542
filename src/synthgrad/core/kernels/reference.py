"""What each operation means, in a few lines of NumPy.

Inputs and deltas are (replicas, batch, units), weights (replicas, fan-in,
fan-out), biases (replicas, 1, fan-out), step sizes (replicas, 1, 1).
"""

import numpy as np

from synthgrad.core.arrays import Floats

EPSILON = 1e-5
"""Added to variances before the root is taken, as Ioffe & Szegedy (2015) do."""


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


def normalise(output: Floats) -> Floats:
    """Each unit shifted and scaled to mean 0 and variance 1 over the minibatch

    Parameters
    ----------
    output : (replicas, batch, units) array

    Returns
    -------
    (replicas, batch, units) array
        0 for a unit that is the same for all examples.

    References
    ----------
    Ioffe & Szegedy (2015), Batch normalization.

    Examples
    --------
    >>> normalise(np.array([[[0.0], [200.0]]])).round(6)
    array([[[-1.],
            [ 1.]]])
    """
    centred = output - output.mean(axis=-2, keepdims=True)
    variance = (centred * centred).mean(axis=-2, keepdims=True)
    return centred / np.sqrt(variance + EPSILON)
