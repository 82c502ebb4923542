"""Operations number by number, and sums; every operation rounds once, sums go in order.

Arrays come as addresses. But for `add` in place, no result lies where something is read.
"""

import numpy as np
from numba import carray, njit

from synthgrad.core.kernels.engine import exponential
from synthgrad.core.kernels.engine.llvm import fma, pointer
from synthgrad.core.kernels.engine.tiles import function


@function
def numbers(address, count):
    """The numbers at an address, as an array."""
    return carray(pointer(address), count)


@function
def add_bias(product, bias, examples, units):
    """``product += bias`` for each example."""
    total, bias = numbers(product, examples * units), numbers(bias, units)
    for b in range(examples):
        for j in range(units):
            total[b * units + j] += bias[j]


@function
def descend_bias(bias, delta, step, scratch, examples, units):
    """``bias = fma(-step, sum of delta over the examples, bias)``"""
    sum_over_examples(scratch, delta, examples, units)
    bias, total = numbers(bias, units), numbers(scratch, units)
    for j in range(units):
        bias[j] = fma(-step, total[j], bias[j])


@function
def sum_over_examples(out, x, examples, units):
    """The sum of each unit, example after example."""
    total, x = numbers(out, units), numbers(x, examples * units)
    for j in range(units):
        total[j] = 0.0
    for b in range(examples):
        for j in range(units):
            total[j] += x[b * units + j]


@function
def sum_over_units(out, x, examples, units):
    """The sum of each example, unit after unit."""
    out, x = numbers(out, examples), numbers(x, examples * units)
    for b in range(examples):
        total = 0.0
        for j in range(units):
            total += x[b * units + j]
        out[b] = total


@function
def dot(out, a, b, examples, units):
    """The sum of products of each example, unit after unit, each with one fused multiply-add."""
    out, a, b = numbers(out, examples), numbers(a, examples * units), numbers(b, examples * units)
    # Four examples at a time: sums that do not wait for each other.
    whole = examples - examples % 4
    for e in range(0, whole, 4):
        first, second, third, fourth = 0.0, 0.0, 0.0, 0.0
        for j in range(e * units, e * units + units):
            first = fma(a[j], b[j], first)
            second = fma(a[j + units], b[j + units], second)
            third = fma(a[j + 2 * units], b[j + 2 * units], third)
            fourth = fma(a[j + 3 * units], b[j + 3 * units], fourth)
        out[e], out[e + 1], out[e + 2], out[e + 3] = first, second, third, fourth
    for e in range(whole, examples):
        total = 0.0
        for j in range(e * units, e * units + units):
            total = fma(a[j], b[j], total)
        out[e] = total


@function
def softmax(out, x, examples, units):
    """Shares over the units; the largest is taken off all, so that none overflows."""
    out, x = numbers(out, examples * units), numbers(x, examples * units)
    for b in range(examples):
        first = b * units
        largest = x[first]
        for j in range(1, units):
            largest = x[first + j] if x[first + j] > largest else largest
        total = 0.0
        for j in range(units):
            out[first + j] = exponential.exp(x[first + j] - largest)
            total += out[first + j]
        for j in range(units):
            out[first + j] /= total


@function
def copy_columns(out, x, examples, units, first, width):
    """Put the units of `x` into columns of rows of `width` numbers, from the first named on."""
    out, x = numbers(out, examples * width), numbers(x, examples * units)
    for b in range(examples):
        for j in range(units):
            out[b * width + first + j] = x[b * units + j]


def _of_one(formula):
    """What takes an array number by number."""
    formula = njit(formula, error_model="numpy")

    @function
    def each(out, x, count):
        out, x = numbers(out, count), numbers(x, count)
        for n in range(count):
            out[n] = formula(x[n])

    return each


def _of_two(formula):
    """What combines two arrays of one shape number by number."""
    formula = njit(formula, error_model="numpy")

    @function
    def each(out, a, b, count):
        out, a, b = numbers(out, count), numbers(a, count), numbers(b, count)
        for n in range(count):
            out[n] = formula(a[n], b[n])

    return each


sigmoid = _of_one(lambda x: exponential.sigmoid(x))
sigmoid_backward = _of_two(lambda output, gradient: (1 - output) * output * gradient)
tanh = _of_one(lambda x: exponential.tanh(x))
relu = _of_one(lambda x: 0.0 if x < 0 else x)  # NaN stays NaN
relu_backward = _of_two(lambda output, gradient: gradient if output > 0 else 0.0)
square_root = _of_one(lambda x: np.sqrt(x))
absolute = _of_one(lambda x: abs(x))


def _broadcast(formula):
    """What combines two arrays number by number, one of which may be broadcast over the other.

    Sizes are rows and units of the result and, of either array, how many numbers
    further on the next row and the next unit is; `sizes[1]` is not used.
    """
    alike = _of_two(formula)
    formula = njit(formula, error_model="numpy")

    @function
    def each(out, a, b, sizes):
        rows, units = sizes[0], sizes[2]
        count = rows * units
        a_row, a_unit, b_row, b_unit = sizes[3], sizes[4], sizes[5], sizes[6]
        if a_row == b_row == units and a_unit == b_unit == 1:
            alike(out, a, b, count)
            return
        out, a, b = numbers(out, count), numbers(a, count), numbers(b, count)
        for i in range(rows):
            for j in range(units):
                out[i * units + j] = formula(a[i * a_row + j * a_unit], b[i * b_row + j * b_unit])

    return each


add = _broadcast(lambda a, b: a + b)
subtract = _broadcast(lambda a, b: a - b)
multiply = _broadcast(lambda a, b: a * b)
divide = _broadcast(lambda a, b: a / b)
