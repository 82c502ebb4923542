"""Compiled matrix products of stacks of replicas, each in one pass over the weights.

A product is cut into tiles: `rows` rows by `vectors` vectors of `width` columns,
whose sums stay in registers while the terms go by. Numba has no vectors, so the
inner loop of a tile is written for LLVM at the end of this module. (It stands
in one file with the functions that Numba compiles from it: Numba keeps what it
has compiled until the file of the function changes.)

`apply_for`, `carry_for` and `descend_for` give the compiled function for a
shape, or None where the product is better left to NumPy.
"""

from collections.abc import Callable
from functools import cache
from math import gcd
from typing import Any

import numpy as np
from llvmlite import binding, ir
from numba import njit, types
from numba.core import cgutils, config
from numba.extending import intrinsic

from synthgrad.core.arrays import Floats

Compiled = Callable[..., None]
"""A compiled function, which writes its result into one of its arguments."""

LONGEST_SUM = 256
"""Terms; OpenBLAS cuts much longer sums into parts."""

CPU = binding.get_host_cpu_features()

AVX512 = CPU.get("avx512f", False) and not config.CPU_NAME
"""Whether vectors are twice as long, and registers twice as many, as with AVX2; not where Numba
is told to compile for another CPU."""

LANES = 8 if AVX512 else 4
"""Columns that a vector holds."""

APPLY_TILES = ((10, 2), (10, 1)) if AVX512 else ((5, 2), (10, 1))
DESCEND_TILES = ((4, 4), (4, 2), (4, 1)) if AVX512 else ((2, 4), (4, 3), (4, 2), (8, 1))
"""Rows and vectors whose sums leave registers for what is multiplied, the fastest first."""

WRITTEN_OUT = 0 if AVX512 else 16
"""Terms up to which a sum over the minibatch is code without a loop."""

LONGEST_CARRIED = 2 if AVX512 else 3
"""Vectors that a minibatch may take to be carried down."""

STACK = types.Array(types.float64, 3, "A", readonly=True)
COMPACT = types.Array(types.float64, 3, "C", readonly=True)
RESULT = types.Array(types.float64, 3, "C")
"""Arrays that a compiled function reads, reads without gaps between numbers, and writes."""


def jit(*arguments: Any, **options: Any) -> Callable[[Compiled], Compiled]:
    """Compile a function for these types of arguments, or take it from Numba's cache.

    Parameters
    ----------
    *arguments : Numba types
    **options : of `numba.njit`

    Returns
    -------
    callable
        The decorator.
    """
    return njit(types.void(*arguments), cache=True, error_model="numpy", **options)


@cache
def apply_for(batch: int, fan_in: int, fan_out: int) -> Compiled | None:
    """What computes `reference.apply` of inputs, weights and bias into a product.

    Parameters
    ----------
    batch, fan_in, fan_out : int

    Returns
    -------
    callable or None
        Takes the (replicas, batch, fan-in) inputs, the (replicas, fan-in,
        fan-out) weights, a (replicas, 1, fan-out) bias or an empty array, and
        the (replicas, batch, fan-out) product.
    """
    # OpenBLAS has ways of its own with few rows, and with columns that do not fill a vector.
    if batch < 3 or fan_out % LANES or not 1 < fan_in <= LONGEST_SUM:
        return None
    rows, vectors = _tile_for(APPLY_TILES, batch, fan_out // LANES)
    # Two tiles one below the other share columns of the weights while those are in cache.
    block = gcd(batch, 2 * rows)
    return _apply(block, rows, vectors, LANES)


@cache
def carry_for(batch: int, fan_in: int, fan_out: int) -> Compiled | None:
    """What computes `reference.carry` of delta and weights into a product.

    Parameters
    ----------
    batch, fan_in, fan_out : int

    Returns
    -------
    callable or None
        Takes the (replicas, batch, fan-out) delta, the (replicas, fan-in,
        fan-out) weights and the (replicas, batch, fan-in) product.
    """
    # Else OpenBLAS adds up eight sums side by side, and its bits are wanted.
    one_by_one = not AVX512 or (batch * fan_in > 1200) == (fan_out >= 32)
    longest = LONGEST_CARRIED * LANES
    within = 3 <= batch <= longest and fan_in > 1 and 1 < fan_out <= LONGEST_SUM
    if not (one_by_one and within):
        return None
    return _carry(gcd(fan_in, LANES), LONGEST_CARRIED, LANES)


@cache
def descend_for(batch: int, fan_in: int, fan_out: int) -> Compiled | None:
    """What does `reference.descend`.

    Parameters
    ----------
    batch, fan_in, fan_out : int

    Returns
    -------
    callable or None
        Takes the (replicas, fan-in, fan-out) weights, the (replicas, batch,
        fan-in) inputs, the (replicas, batch, fan-out) delta and the (replicas,
        1, 1) step sizes.
    """
    if batch > LONGEST_SUM or min(fan_in, fan_out) == 1:
        return None
    width = gcd(fan_out, LANES)
    rows, vectors = _tile_for(DESCEND_TILES, fan_in, fan_out // width)
    return _descend(rows, vectors, width, batch if batch <= WRITTEN_OUT else 0)


def _tile_for(tiles: tuple[tuple[int, int], ...], rows: int, vectors: int) -> tuple[int, int]:
    """The first tile whose vectors fit, cut to a number of rows that fits."""
    most, across = next(tile for tile in tiles if vectors % tile[1] == 0)
    return max(n for n in range(1, most + 1) if rows % n == 0), across


@cache
def _apply(block: int, rows: int, vectors: int, width: int) -> Compiled:
    @jit(STACK, COMPACT, STACK, RESULT)
    def apply(inputs: Floats, weights: Floats, bias: Floats, product: Floats) -> None:
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

    return apply


@cache
def _carry(rows: int, vectors: int, width: int) -> Compiled:
    @jit(STACK, STACK, RESULT)
    def carry(delta: Floats, weights: Floats, product: Floats) -> None:
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

    return carry


@cache
def _descend(rows: int, vectors: int, width: int, terms: int) -> Compiled:
    @jit(RESULT, STACK, COMPACT, STACK)
    def descend(weights: Floats, inputs: Floats, delta: Floats, step_size: Floats) -> None:
        replicas, fan_in, fan_out = weights.shape
        across = inputs.transpose(0, 2, 1)
        for r in range(replicas):
            step = step_size[r, 0, 0]
            for i in range(0, fan_in, rows):
                for j in range(0, fan_out, vectors * width):
                    descend_tile(weights, r, i, j, across, delta, rows, vectors, width, terms, step)

    return descend


# A tile, written for LLVM; `terms` is how many terms a sum has, or 0 for a loop over any number.
# LLVM's and Numba's objects have no type hints, and nor have these functions.


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
