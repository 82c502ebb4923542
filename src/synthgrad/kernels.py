"""The operations in which training spends its time, on stacks of replicas.

Here is what they mean, a few lines of NumPy each. `compiled.py` has the same
functions with the same results, faster; ``with compiled.engaged():`` trains
with those instead. Callers therefore take them from this module by name, as in
``kernels.apply(...)``.

Inputs and deltas are (replicas, batch, units), weights (replicas, fan-in,
fan-out), biases (replicas, 1, fan-out), step sizes (replicas, 1, 1).
"""

import numpy as np

EPSILON = 1e-5
"""Added to variances before the root is taken, as Ioffe & Szegedy (2015) do."""


def apply(inputs, weights, bias=None):
    """``inputs @ weights + bias``"""
    product = inputs @ weights
    if bias is not None:
        product += bias
    return product


def carry(delta, weights):
    """``delta @ weights^T``"""
    return delta @ weights.swapaxes(-1, -2)


def descend(weights, inputs, delta, step_size):
    """``weights -= inputs^T @ delta * step_size``, in place"""
    gradient = inputs.swapaxes(-1, -2) @ delta
    gradient *= step_size
    weights -= gradient


def descend_bias(bias, delta, step_size):
    """``bias -= sum of delta over the batch * step_size``, in place"""
    bias -= delta.sum(axis=-2, keepdims=True) * step_size


def sigmoid(x):
    """``1 / (1 + exp(-x))``; a large negative `x` overflows to the right answer, 0."""
    result = np.negative(x)
    np.exp(result, out=result)
    result += 1
    return np.divide(1, result, out=result)


def sigmoid_backward(output, gradient):
    """``(1 - output) * output * gradient``: the gradient before the sigmoid from that after it"""
    delta = 1 - output
    delta *= output
    delta *= gradient
    return delta


def normalise(output):
    """Each unit shifted and scaled to mean 0 and variance 1 over the minibatch"""
    centred = output - output.mean(axis=-2, keepdims=True)
    variance = (centred * centred).mean(axis=-2, keepdims=True)
    return centred / np.sqrt(variance + EPSILON)
