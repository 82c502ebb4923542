"""The functions of `kernels` compiled: each goes over the weights once.

They give the bits of the NumPy they stand for: like OpenBLAS they add up a
product term by term in order, each with one fused multiply-add. Where OpenBLAS
takes another order, the NumPy of `kernels` runs. On CPUs for which OpenBLAS
has other kernels the two can differ in the last bits of a product.

Numba compiles them at first use, a second or two, and keeps the result beside
this file.
"""

from contextlib import contextmanager
from functools import cache
from math import gcd

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.core import cgutils
from numba.extending import intrinsic

from . import kernels

LONGEST_SUM = 256
"""Terms; OpenBLAS cuts much longer sums into parts."""

LANES = 8
"""Columns that a vector holds."""

NUMPY = {
    name: getattr(kernels, name)
    for name in ("apply", "carry", "descend", "descend_bias", "sigmoid", "sigmoid_backward")
}


@contextmanager
def engaged():
    """Train with the functions of this module in place of those of `kernels`."""
    for name in NUMPY:
        setattr(kernels, name, globals()[name])
    try:
        yield
    finally:
        for name, function in NUMPY.items():
            setattr(kernels, name, function)


def apply(inputs, weights, bias=None):
    """``inputs @ weights + bias``"""
    replicas, batch, fan_in = inputs.shape
    fan_out = weights.shape[2]
    # OpenBLAS has ways of its own with few rows, and with columns beyond a multiple of 8.
    if batch < 3 or fan_out % LANES or not 1 < fan_in <= LONGEST_SUM:
        return NUMPY["apply"](inputs, weights, bias)
    product = np.empty((replicas, batch, fan_out))
    no_rows = weights[:, :0]
    tile = gcd(batch, 10), gcd(fan_out // LANES, 2), LANES
    _compiled_apply(*tile)(inputs, weights, no_rows if bias is None else bias, product)
    return product


def carry(delta, weights):
    """``delta @ weights^T``"""
    replicas, fan_in, fan_out = weights.shape
    batch = delta.shape[1]
    # Else OpenBLAS adds up eight sums side by side.
    one_by_one = (batch * fan_in > 1200) == (fan_out >= 32)
    within = 3 <= batch <= 2 * LANES and fan_in > 1 and 1 < fan_out <= LONGEST_SUM
    if not (one_by_one and within):
        return NUMPY["carry"](delta, weights)
    product = np.empty((replicas, batch, fan_in))
    _compiled_carry(gcd(fan_in, LANES))(delta, weights, product)
    return product


def descend(weights, inputs, delta, step_size):
    """``weights -= inputs^T @ delta * step_size``, in place"""
    _, fan_in, fan_out = weights.shape
    if delta.shape[1] > LONGEST_SUM or min(fan_in, fan_out) == 1:
        NUMPY["descend"](weights, inputs, delta, step_size)
    else:
        width = gcd(fan_out, LANES)
        tile = gcd(fan_in, 4), gcd(fan_out // width, 4), width
        _compiled_descend(*tile)(weights, inputs.swapaxes(-1, -2), delta, step_size)


def descend_bias(bias, delta, step_size):
    """``bias -= sum of delta over the batch * step_size``, in place"""
    if bias.shape[-1] == 1:
        NUMPY["descend_bias"](bias, delta, step_size)
    else:
        _compiled_descend_bias(bias, delta, step_size)


def sigmoid(x):
    """``1 / (1 + exp(-x))``, with the exponential left to NumPy"""
    result = np.negative(x)
    np.exp(result, out=result)
    _compiled_logistic(result.reshape(-1))
    return result


def sigmoid_backward(output, gradient):
    """``(1 - output) * output * gradient``"""
    delta = np.empty_like(output)
    _compiled_sigmoid_backward(output.reshape(-1), gradient.reshape(-1), delta.reshape(-1))
    return delta


# One signature each. `_compact` is for what must lie without gaps.

_stack = types.Array(types.float64, 3, "A", readonly=True)
_compact = types.Array(types.float64, 3, "C", readonly=True)
_out = types.Array(types.float64, 3, "C")
_numbers = types.Array(types.float64, 1, "C", readonly=True)
_out_numbers = types.Array(types.float64, 1, "C")


def _compile(*arguments):
    return njit(types.void(*arguments), cache=True)


@_compile(_out_numbers)
def _compiled_logistic(exponential):
    for k in range(exponential.size):
        exponential[k] = 1 / (1 + exponential[k])


@_compile(_numbers, _numbers, _out_numbers)
def _compiled_sigmoid_backward(output, gradient, delta):
    for k in range(delta.size):
        delta[k] = (1 - output[k]) * output[k] * gradient[k]


@_compile(_out, _stack, _stack)
def _compiled_descend_bias(bias, delta, step_size):
    replicas, batch, units = delta.shape
    total = np.empty(units)
    for r in range(replicas):
        total[:] = 0
        for b in range(batch):
            for j in range(units):
                total[j] += delta[r, b, j]
        for j in range(units):
            bias[r, 0, j] -= total[j] * step_size[r, 0, 0]


@cache
def _compiled_apply(rows, vectors, width):
    @_compile(_stack, _compact, _stack, _out)
    def compiled(inputs, weights, bias, product):
        replicas, batch, fan_out = product.shape
        for r in range(replicas):
            for b in range(0, batch, rows):
                for j in range(0, fan_out, vectors * width):
                    store_tile(product, r, b, j, inputs, weights, rows, vectors, width)
            for row in range(bias.shape[1]):
                for b in range(batch):
                    for j in range(fan_out):
                        product[r, b, j] += bias[r, row, j]

    return compiled


@cache
def _compiled_descend(rows, vectors, width):
    @_compile(_out, _stack, _compact, _stack)
    def compiled(weights, inputs, delta, step_size):
        replicas, fan_in, fan_out = weights.shape
        for r in range(replicas):
            step = step_size[r, 0, 0]
            for i in range(0, fan_in, rows):
                for j in range(0, fan_out, vectors * width):
                    descend_tile(weights, r, i, j, inputs, delta, rows, vectors, width, step)

    return compiled


@cache
def _compiled_carry(rows):
    @_compile(_stack, _stack, _out)
    def compiled(delta, weights, product):
        # As weights @ delta^T: the minibatch lies along two vectors, the rest of which is zero.
        replicas, batch, fan_out = delta.shape
        transposed = np.zeros((1, fan_out, 2 * LANES))
        tile = np.empty((1, rows, 2 * LANES))
        for r in range(replicas):
            for b in range(batch):
                for j in range(fan_out):
                    transposed[0, j, b] = delta[r, b, j]
            for i in range(0, product.shape[2], rows):
                store_tile(tile, 0, 0, 0, weights[r:, i:], transposed, rows, 2, LANES)
                for p in range(rows):
                    for b in range(batch):
                        product[r, b, i + p] = tile[0, p, b]

    return compiled


# The inner loop of all products, written for LLVM since Numba has no vectors. A
# tile is `rows` rows by `vectors` vectors of `width` columns, whose sums stay in
# registers while the terms go by.


@intrinsic(prefer_literal=True)
def store_tile(context, out, r, i, j, left, right, rows, vectors, width):
    """``out[r, i:i+rows, j:j+columns] = left[r, i:i+rows] @ right[r, :, j:j+columns]``,
    with ``columns = vectors * width``. Columns of `out` and `right` lie side by side."""

    def finish(builder, before, total):
        return total

    return _tile(finish, out, r, i, j, left, right, rows, vectors, width)


@intrinsic(prefer_literal=True)
def descend_tile(context, out, r, i, j, left, right, rows, vectors, width, step_size):
    """The same with ``out -= product * step_size``, rounded after each of the two."""

    def finish(builder, before, total, step_size):
        return builder.fsub(before, builder.fmul(total, step_size))

    return _tile(finish, out, r, i, j, left, right, rows, vectors, width, step_size)


def _tile(finish, *signature):
    """Signature and code generator of a tile; `finish` makes the new value from old and sum."""
    rows, vectors, width = (argument.literal_value for argument in signature[6:9])
    emit = _Emitter(width)

    def generate(context, builder, signature, arguments):
        _, r, i, j, _, _, _, _, _, *factors = arguments
        out, left, right = (
            emit.array(context, builder, signature.args[k], arguments[k]) for k in (0, 4, 5)
        )
        lines = [builder.add(i, emit.whole(p)) for p in range(rows)]
        # Variables of LLVM; its optimiser turns them into registers.
        sums = [[cgutils.alloca_once(builder, emit.vector) for _ in range(vectors)] for _ in lines]
        for row in sums:
            for variable in row:
                builder.store(emit.zero, variable)
        terms = left.shape[2]
        with cgutils.for_range(builder, terms) as loop:
            start = emit.place(builder, right, r, loop.index, j)
            across = [builder.load(p, align=8) for p in emit.vectors_from(builder, start, vectors)]
            for line, row in zip(lines, sums, strict=True):
                number = builder.load(emit.place(builder, left, r, line, loop.index))
                down = emit.spread(builder, number)
                for along, variable in zip(across, row, strict=True):
                    total = emit.fused_multiply_add(builder, down, along, builder.load(variable))
                    builder.store(total, variable)
        factors = [emit.spread(builder, factor) for factor in factors]
        for line, row in zip(lines, sums, strict=True):
            start = emit.place(builder, out, r, line, j)
            places = emit.vectors_from(builder, start, vectors)
            for place, variable in zip(places, row, strict=True):
                before = builder.load(place, align=8)
                after = finish(builder, before, builder.load(variable), *factors)
                builder.store(after, place, align=8)
        return context.get_dummy_value()

    return types.void(*signature), generate


class _Array:
    """Pointer, shape and strides (in numbers, not bytes) of an array in generated code."""

    def __init__(self, data, shape, strides):
        self.data, self.shape, self.strides = data, shape, strides


class _Emitter:
    """The few instructions that a tile is made of, for vectors of `width` numbers."""

    def __init__(self, width):
        self.width = width
        self.vector = ir.VectorType(ir.DoubleType(), width)
        self.whole = ir.IntType(64)
        self.zero = ir.Constant(self.vector, [0.0] * width)
        self.first_to_all = ir.Constant(ir.VectorType(ir.IntType(32), width), [0] * width)

    def array(self, context, builder, kind, value):
        array = context.make_array(kind)(context, builder, value)
        shape = cgutils.unpack_tuple(builder, array.shape, 3)
        strides = cgutils.unpack_tuple(builder, array.strides, 3)
        return _Array(array.data, shape, [builder.sdiv(s, self.whole(8)) for s in strides])

    def place(self, builder, array, *indices):
        pointer = array.data
        for index, stride in zip(indices, array.strides, strict=True):
            pointer = builder.gep(pointer, [builder.mul(index, stride)])
        return pointer

    def vectors_from(self, builder, start, count):
        places = [builder.gep(start, [self.whole(v * self.width)]) for v in range(count)]
        return [builder.bitcast(place, self.vector.as_pointer()) for place in places]

    def spread(self, builder, number):
        single = builder.insert_element(self.zero, number, self.whole(0))
        return builder.shuffle_vector(single, self.zero, self.first_to_all)

    def fused_multiply_add(self, builder, a, b, c):
        kind = ir.FunctionType(self.vector, [self.vector] * 3)
        name = f"llvm.fma.v{self.width}f64"
        return builder.call(cgutils.get_or_insert_function(builder.module, kind, name), [a, b, c])
