"""The functions of `reference` compiled: each goes over its arrays once.

On CPUs with AVX-512 they give the bits of the NumPy they stand for: like
OpenBLAS there they add up a product term by term in order, each with one fused
multiply-add, and where OpenBLAS takes another order, `reference` itself runs.
On other CPUs the two differ in the last bits of a product.

Numba compiles them at first use, a second or two, and keeps the result beside
this file.
"""

import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from synthgrad.core.arrays import Floats
from synthgrad.core.kernels import reference
from synthgrad.core.kernels.products import (
    AVX512,
    RESULT,
    STACK,
    apply_for,
    carry_for,
    descend_for,
    jit,
)

NO_BIAS = np.empty((0, 0, 0))


def apply(inputs: Floats, weights: Floats, bias: Floats | None = None) -> Floats:
    """``inputs @ weights + bias``

    Parameters
    ----------
    inputs, weights, bias : arrays as in `reference.apply`

    Returns
    -------
    (replicas, batch, fan-out) array
    """
    replicas, batch, fan_in = inputs.shape
    fan_out = weights.shape[2]
    run = apply_for(batch, fan_in, fan_out)
    if run is None:
        return reference.apply(inputs, weights, bias)
    product = np.empty((replicas, batch, fan_out))
    run(inputs, weights, NO_BIAS if bias is None else bias, product)
    return product


def carry(delta: Floats, weights: Floats) -> Floats:
    """``delta @ weights^T``

    Parameters
    ----------
    delta, weights : arrays as in `reference.carry`

    Returns
    -------
    (replicas, batch, fan-in) array
    """
    replicas, fan_in, fan_out = weights.shape
    batch = delta.shape[1]
    run = carry_for(batch, fan_in, fan_out)
    if run is None:
        return reference.carry(delta, weights)
    product = np.empty((replicas, batch, fan_in))
    run(delta, weights, product)
    return product


def descend(weights: Floats, inputs: Floats, delta: Floats, step_size: Floats) -> None:
    """``weights -= inputs^T @ delta * step_size``, in place

    Parameters
    ----------
    weights, inputs, delta, step_size : arrays as in `reference.descend`
    """
    _, fan_in, fan_out = weights.shape
    run = descend_for(delta.shape[1], fan_in, fan_out) or reference.descend
    run(weights, inputs, delta, step_size)


def descend_bias(bias: Floats, delta: Floats, step_size: Floats) -> None:
    """``bias -= sum of delta over the batch * step_size``, in place

    Parameters
    ----------
    bias, delta, step_size : arrays as in `reference.descend_bias`
    """
    # NumPy adds up a single column pair by pair.
    run = reference.descend_bias if bias.shape[-1] == 1 else _descend_bias
    run(bias, delta, step_size)


def sigmoid(x: Floats) -> Floats:
    """``1 / (1 + exp(-x))``

    Parameters
    ----------
    x : (replicas, batch, units) array

    Returns
    -------
    (replicas, batch, units) array
    """
    result = np.empty(x.shape)
    if AVX512:
        # NumPy's exponential has vectors there, and its bits are wanted.
        np.negative(x, out=result)
        np.exp(result, out=result)
        _logistic(result.ravel())
    else:
        _sigmoid(x.ravel(), result.ravel())
    return result


def sigmoid_backward(output: Floats, gradient: Floats) -> Floats:
    """``(1 - output) * output * gradient``

    Parameters
    ----------
    output, gradient : (replicas, batch, units) arrays

    Returns
    -------
    (replicas, batch, units) array
    """
    delta = np.empty(output.shape)
    _sigmoid_backward(output.ravel(), gradient.ravel(), delta.ravel())
    return delta


def normalise(output: Floats) -> Floats:
    """``(output - mean) / sqrt(variance + EPSILON)``, both over the batch

    Parameters
    ----------
    output : (replicas, batch, units) array

    Returns
    -------
    (replicas, batch, units) array
    """
    # NumPy adds up a single column pair by pair.
    if output.ndim != 3 or output.shape[-1] == 1:
        return reference.normalise(output)
    result = np.empty(output.shape)
    _normalise(output, result)
    return result


NUMBERS = types.Array(types.float64, 1, "C", readonly=True)
RESULTS = types.Array(types.float64, 1, "C")
"""Arrays as one axis that a compiled function reads, and writes."""


@jit(RESULTS)
def _logistic(exponential: Floats) -> None:
    for k in range(exponential.size):
        exponential[k] = 1 / (1 + exponential[k])


@intrinsic
def times_power_of_two(context, number, shifted):
    """``number * 2**k``, with k the last bits of `shifted`; added to the exponent's bits."""

    def generate(context, builder, signature, arguments):
        whole = ir.IntType(64)
        number, shifted = (builder.bitcast(argument, whole) for argument in arguments)
        bits = builder.add(number, builder.shl(shifted, whole(52)))
        return builder.bitcast(bits, ir.DoubleType())

    return types.float64(types.float64, types.float64), generate


LOG2_E = 1 / np.log(2)
LN2_HIGH = float.fromhex("0x1.62e42fee00000p-1")
LN2_LOW = float.fromhex("0x1.a39ef35793c76p-33")
"""The rest of ln 2; the high part has few enough bits for k * LN2_HIGH to be exact."""

TO_WHOLE = 1.5 * 2.0**52
"""Added to a number, leaves its nearest whole number k in the last bits."""


@jit(NUMBERS, RESULTS, fastmath={"contract"})
def _sigmoid(x: Floats, result: Floats) -> None:
    # exp(y) = 2**k exp(z) with |z| <= ln(2) / 2, where 13 terms of the series are enough.
    for n in range(x.size):
        y = -x[n]
        y = -708.0 if y < -708 else y
        shifted = y * LOG2_E + TO_WHOLE
        k = shifted - TO_WHOLE
        z = (y - k * LN2_HIGH) - k * LN2_LOW
        series = 1 / 6227020800
        series = series * z + 1 / 479001600
        series = series * z + 1 / 39916800
        series = series * z + 1 / 3628800
        series = series * z + 1 / 362880
        series = series * z + 1 / 40320
        series = series * z + 1 / 5040
        series = series * z + 1 / 720
        series = series * z + 1 / 120
        series = series * z + 1 / 24
        series = series * z + 1 / 6
        series = series * z + 1 / 2
        series = series * z + 1
        series = series * z + 1
        exponential = times_power_of_two(series, shifted)
        result[n] = 0.0 if y > 709 else 1 / (1 + exponential)


@jit(NUMBERS, NUMBERS, RESULTS)
def _sigmoid_backward(output: Floats, gradient: Floats, delta: Floats) -> None:
    for k in range(delta.size):
        delta[k] = (1 - output[k]) * output[k] * gradient[k]


@jit(STACK, RESULT)
def _normalise(output: Floats, result: Floats) -> None:
    replicas, batch, units = output.shape
    mean, variance = np.empty(units), np.empty(units)
    for r in range(replicas):
        mean[:] = 0
        variance[:] = 0
        for b in range(batch):
            for j in range(units):
                mean[j] += output[r, b, j]
        for j in range(units):
            mean[j] /= batch
        for b in range(batch):
            for j in range(units):
                centred = output[r, b, j] - mean[j]
                result[r, b, j] = centred
                variance[j] += centred * centred
        for j in range(units):
            variance[j] = np.sqrt(variance[j] / batch + reference.EPSILON)
        for b in range(batch):
            for j in range(units):
                result[r, b, j] /= variance[j]


@jit(RESULT, STACK, STACK)
def _descend_bias(bias: Floats, delta: Floats, step_size: Floats) -> None:
    replicas, batch, units = delta.shape
    total = np.empty(units)
    for r in range(replicas):
        total[:] = 0
        for b in range(batch):
            for j in range(units):
                total[j] += delta[r, b, j]
        for j in range(units):
            bias[r, 0, j] -= total[j] * step_size[r, 0, 0]
