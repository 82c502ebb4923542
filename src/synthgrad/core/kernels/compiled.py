"""The functions of `kernels` compiled: each goes over the weights once.

On CPUs with AVX-512 they give the bits of the NumPy they stand for: like
OpenBLAS there they add up a product term by term in order, each with one fused
multiply-add, and where OpenBLAS takes another order, the NumPy of `kernels`
runs. On other CPUs the two differ in the last bits of a product.

Numba compiles them at first use, a second or two, and keeps the result beside
this file.
"""

from contextlib import contextmanager
from functools import cache
from math import gcd

import numpy as np
from llvmlite import binding, ir
from numba import njit, types
from numba.core import cgutils, config
from numba.extending import intrinsic

from synthgrad.core.kernels import reference as kernels

LONGEST_SUM = 256
"""Terms; OpenBLAS cuts much longer sums into parts."""

CPU = binding.get_host_cpu_features()

AVX512 = CPU.get("avx512f", False) and not config.CPU_NAME
"""Whether vectors are twice as long, and registers twice as many, as with AVX2; not where Numba
is told to compile for another CPU."""

LANES = 8 if AVX512 else 4
"""Columns that a vector holds."""

if AVX512:
    APPLY_TILES = (10, 2), (10, 1)
    DESCEND_TILES = (4, 4), (4, 2), (4, 1)
else:
    APPLY_TILES = (5, 2), (10, 1)
    DESCEND_TILES = (2, 4), (4, 3), (4, 2), (8, 1)
"""Rows and vectors whose sums leave registers for what is multiplied, the fastest first."""

WRITTEN_OUT = 0 if AVX512 else 16
"""Terms up to which a sum over the minibatch is code without a loop."""

LONGEST_CARRIED = 2 if AVX512 else 3
"""Vectors that a minibatch may take to be carried down."""

NO_BIAS = np.empty((0, 0, 0))

NUMPY = {
    name: getattr(kernels, name)
    for name in (
        "apply",
        "carry",
        "descend",
        "descend_bias",
        "sigmoid",
        "sigmoid_backward",
        "normalise",
    )
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
    compiled = _apply_for(batch, fan_in, fan_out)
    if compiled is None:
        return NUMPY["apply"](inputs, weights, bias)
    product = np.empty((replicas, batch, fan_out))
    compiled(inputs, weights, NO_BIAS if bias is None else bias, product)
    return product


def carry(delta, weights):
    """``delta @ weights^T``"""
    replicas, fan_in, fan_out = weights.shape
    batch = delta.shape[1]
    compiled = _carry_for(batch, fan_in, fan_out)
    if compiled is None:
        return NUMPY["carry"](delta, weights)
    product = np.empty((replicas, batch, fan_in))
    compiled(delta, weights, product)
    return product


def descend(weights, inputs, delta, step_size):
    """``weights -= inputs^T @ delta * step_size``, in place"""
    _, fan_in, fan_out = weights.shape
    _descend_for(delta.shape[1], fan_in, fan_out)(weights, inputs, delta, step_size)


def descend_bias(bias, delta, step_size):
    """``bias -= sum of delta over the batch * step_size``, in place"""
    if bias.shape[-1] == 1:
        NUMPY["descend_bias"](bias, delta, step_size)
    else:
        _compiled_descend_bias(bias, delta, step_size)


def sigmoid(x):
    """``1 / (1 + exp(-x))``"""
    result = np.empty(x.shape)
    if AVX512:
        # NumPy's exponential has vectors there, and its bits are wanted.
        np.negative(x, out=result)
        np.exp(result, out=result)
        _compiled_logistic(result.ravel())
    else:
        _compiled_sigmoid(x.ravel(), result.ravel())
    return result


def sigmoid_backward(output, gradient):
    """``(1 - output) * output * gradient``"""
    delta = np.empty(output.shape)
    _compiled_sigmoid_backward(output.ravel(), gradient.ravel(), delta.ravel())
    return delta


def normalise(output):
    """``(output - mean) / sqrt(variance + EPSILON)``, both over the batch"""
    # NumPy adds up a single column pair by pair.
    if output.ndim != 3 or output.shape[-1] == 1:
        return NUMPY["normalise"](output)
    result = np.empty(output.shape)
    _compiled_normalise(output, result)
    return result


# Which compiled function a product of a shape takes, looked up at every call.


@cache
def _apply_for(batch, fan_in, fan_out):
    # OpenBLAS has ways of its own with few rows, and with columns that do not fill a vector.
    if batch < 3 or fan_out % LANES or not 1 < fan_in <= LONGEST_SUM:
        return None
    rows, vectors = _tile_for(APPLY_TILES, batch, fan_out // LANES)
    # Two tiles one below the other share columns of the weights while those are in cache.
    block = gcd(batch, 2 * rows)
    return _compiled_apply(block, rows, vectors, LANES)


@cache
def _carry_for(batch, fan_in, fan_out):
    # Else OpenBLAS adds up eight sums side by side, and its bits are wanted.
    one_by_one = not AVX512 or (batch * fan_in > 1200) == (fan_out >= 32)
    longest = LONGEST_CARRIED * LANES
    within = 3 <= batch <= longest and fan_in > 1 and 1 < fan_out <= LONGEST_SUM
    if not (one_by_one and within):
        return None
    return _compiled_carry(gcd(fan_in, LANES), LONGEST_CARRIED, LANES)


@cache
def _descend_for(batch, fan_in, fan_out):
    if batch > LONGEST_SUM or min(fan_in, fan_out) == 1:
        return NUMPY["descend"]
    width = gcd(fan_out, LANES)
    tile = _tile_for(DESCEND_TILES, fan_in, fan_out // width)
    return _compiled_descend(*tile, width, batch if batch <= WRITTEN_OUT else 0)


def _tile_for(tiles, rows, vectors):
    """The first tile whose vectors fit, cut to a number of rows that fits."""
    most, across = next(tile for tile in tiles if vectors % tile[1] == 0)
    return max(n for n in range(1, most + 1) if rows % n == 0), across


# One signature each. `_compact` is for what must lie without gaps.

_stack = types.Array(types.float64, 3, "A", readonly=True)
_compact = types.Array(types.float64, 3, "C", readonly=True)
_out = types.Array(types.float64, 3, "C")
_numbers = types.Array(types.float64, 1, "C", readonly=True)
_out_numbers = types.Array(types.float64, 1, "C")


def _compile(*arguments, **options):
    return njit(types.void(*arguments), cache=True, error_model="numpy", **options)


@_compile(_out_numbers)
def _compiled_logistic(exponential):
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


@_compile(_numbers, _out_numbers, fastmath={"contract"})
def _compiled_sigmoid(x, result):
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


@_compile(_numbers, _numbers, _out_numbers)
def _compiled_sigmoid_backward(output, gradient, delta):
    for k in range(delta.size):
        delta[k] = (1 - output[k]) * output[k] * gradient[k]


@_compile(_stack, _out)
def _compiled_normalise(output, result):
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
            variance[j] = np.sqrt(variance[j] / batch + kernels.EPSILON)
        for b in range(batch):
            for j in range(units):
                result[r, b, j] /= variance[j]


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
def _compiled_apply(block, rows, vectors, width):
    @_compile(_stack, _compact, _stack, _out)
    def compiled(inputs, weights, bias, product):
        replicas, batch, fan_out = product.shape
        for r in range(replicas):
            for first in range(0, batch, block):
                for j in range(0, fan_out, vectors * width):
                    for b in range(first, first + block, rows):
                        store_tile(product, r, b, j, inputs, weights, rows, vectors, width, 0)
            for row in range(bias.shape[1]):
                for b in range(batch):
                    for j in range(fan_out):
                        product[r, b, j] += bias[r, row, j]

    return compiled


@cache
def _compiled_descend(rows, vectors, width, terms):
    @_compile(_out, _stack, _compact, _stack)
    def compiled(weights, inputs, delta, step_size):
        replicas, fan_in, fan_out = weights.shape
        across = inputs.transpose(0, 2, 1)
        for r in range(replicas):
            step = step_size[r, 0, 0]
            for i in range(0, fan_in, rows):
                for j in range(0, fan_out, vectors * width):
                    descend_tile(weights, r, i, j, across, delta, rows, vectors, width, terms, step)

    return compiled


@cache
def _compiled_carry(rows, vectors, width):
    @_compile(_stack, _stack, _out)
    def compiled(delta, weights, product):
        # As weights @ delta^T: the minibatch lies along vectors, the rest of which is zero.
        replicas, batch, fan_out = delta.shape
        transposed = np.zeros((1, fan_out, vectors * width))
        tile = np.empty((1, rows, vectors * width))
        for r in range(replicas):
            for b in range(batch):
                for j in range(fan_out):
                    transposed[0, j, b] = delta[r, b, j]
            for i in range(0, product.shape[2], rows):
                store_tile(tile, 0, 0, 0, weights[r:, i:], transposed, rows, vectors, width, 0)
                for p in range(rows):
                    for b in range(batch):
                        product[r, b, i + p] = tile[0, p, b]

    return compiled


# The inner loop of all products, written for LLVM since Numba has no vectors. A
# tile is `rows` rows by `vectors` vectors of `width` columns, whose sums stay in
# registers while the terms go by; `terms` is how many there are, or 0 for a loop
# over any number.


@intrinsic(prefer_literal=True)
def store_tile(context, out, r, i, j, left, right, rows, vectors, width, terms):
    """``out[r, i:i+rows, j:j+columns] = left[r, i:i+rows] @ right[r, :, j:j+columns]``,
    with ``columns = vectors * width``. Columns of `out` and `right` lie side by side."""

    def finish(builder, before, total):
        return total

    return _tile(finish, out, r, i, j, left, right, rows, vectors, width, terms)


@intrinsic(prefer_literal=True)
def descend_tile(context, out, r, i, j, left, right, rows, vectors, width, terms, step_size):
    """The same with ``out -= product * step_size``, rounded after each of the two."""

    def finish(builder, before, total, step_size):
        return builder.fsub(before, builder.fmul(total, step_size))

    return _tile(finish, out, r, i, j, left, right, rows, vectors, width, terms, step_size)


def _tile(finish, *signature):
    """Signature and code generator of a tile; `finish` makes the new value from old and sum."""
    rows, vectors, width, terms = (argument.literal_value for argument in signature[6:10])
    emit = _Emitter(width)

    def generate(context, builder, signature, arguments):
        _, r, i, j, _, _, _, _, _, _, *factors = arguments
        out, left, right = (
            emit.array(context, builder, signature.args[k], arguments[k]) for k in (0, 4, 5)
        )
        lines = [builder.add(i, emit.whole(p)) for p in range(rows)]
        # Variables of LLVM; its optimiser turns them into registers.
        sums = [[cgutils.alloca_once(builder, emit.vector) for _ in range(vectors)] for _ in lines]
        for row in sums:
            for variable in row:
                builder.store(emit.zero, variable)
        for k in emit.each_term(builder, left, terms):
            start = emit.place(builder, right, r, k, j)
            across = [builder.load(p, align=8) for p in emit.vectors_from(builder, start, vectors)]
            for line, row in zip(lines, sums, strict=True):
                down = emit.spread(builder, builder.load(emit.place(builder, left, r, line, k)))
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

    def each_term(self, builder, left, terms):
        """The index of each term: numbers in code without a loop, or the variable of one."""
        if terms:
            yield from map(self.whole, range(terms))
        else:
            with cgutils.for_range(builder, left.shape[2]) as loop:
                yield loop.index

    def vectors_from(self, builder, start, count):
        places = [builder.gep(start, [self.whole(v * self.width)]) for v in range(count)]
        return [builder.bitcast(place, self.vector.as_pointer()) for place in places]

    def spread(self, builder, number):
        single = builder.insert_element(self.zero, number, self.whole(0))
        return builder.shuffle_vector(single, self.zero, self.first_to_all)

    def fused_multiply_add(self, builder, a, b, c):
        if not CPU.get("fma", False):
            return builder.fadd(builder.fmul(a, b), c)
        kind = ir.FunctionType(self.vector, [self.vector] * 3)
        name = f"llvm.fma.v{self.width}f64"
        return builder.call(cgutils.get_or_insert_function(builder.module, kind, name), [a, b, c])
