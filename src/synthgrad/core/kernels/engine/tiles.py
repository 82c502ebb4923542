"""The three products of a training step, cut into tiles whose sums stay in registers.

README.md in this folder explains a tile with a drawing, and its sizes with what
was measured. A number of a product is the same whatever tile it falls into.
"""

from llvmlite import binding
from numba import carray, njit
from numba.core import config

from synthgrad.core.kernels.engine.llvm import pointer, tile

AVX512 = binding.get_host_cpu_features().get("avx512f", False) and not config.CPU_NAME
"""Whether vectors are twice as long, and registers twice as many, as with AVX2; not where Numba
is told to compile for another CPU."""

LANES = 8 if AVX512 else 4
"""Columns that a vector holds."""

APPLY, DESCEND, CARRY = ((10, 2), (4, 4), (8, 2)) if AVX512 else ((5, 2), (2, 4), (4, 3))
"""Rows and vectors of the tiles."""

CARRY_ROWS, CARRY_VECTORS = CARRY
BLOCK = CARRY_VECTORS * LANES
"""Examples that are carried down together."""

function = njit(error_model="numpy", inline="never")
"""Compiled as a part of the function that Python calls, and by itself not kept."""


def _tiles(rows, vectors, lanes, descends):
    """What fills `rows` rows with tiles from column j on, and says where they end."""

    @function
    def tiles(j, out, left, left_row, left_term, right, terms, columns, step):
        while j + vectors * lanes <= columns:
            tile(out + 8 * j, columns, left, left_row, left_term, right + 8 * j, columns, terms,
                 step, rows, vectors, lanes, descends)  # fmt: skip
            j += vectors * lanes
        return j

    return tiles


def _strip(rows, vectors, descends):
    """What computes `rows` rows of a product, in tiles as wide as what is left of them."""
    widest = _tiles(rows, vectors, LANES, descends)
    vector = _tiles(rows, 1, LANES, descends)
    pair = _tiles(rows, 1, 2, descends)
    single = _tiles(rows, 1, 1, descends)

    @function
    def strip(*place):
        j = widest(0, *place)
        j = vector(j, *place)
        j = pair(j, *place)
        single(j, *place)

    return strip


def _product(rows, vectors, descends):
    """What computes a whole product, in strips of `rows` rows and then of one."""
    strip, line = _strip(rows, vectors, descends), _strip(1, vectors, descends)

    @function
    def product(out, left, left_row, left_term, right, count, terms, columns, step):
        i = 0
        while i + rows <= count:
            strip(out + 8 * i * columns, left + 8 * i * left_row, left_row, left_term,
                  right, terms, columns, step)  # fmt: skip
            i += rows
        while i < count:
            line(out + 8 * i * columns, left + 8 * i * left_row, left_row, left_term,
                 right, terms, columns, step)  # fmt: skip
            i += 1

    return product


_stored = _product(*APPLY, descends=0)
_descended = _product(*DESCEND, descends=1)


@function
def apply(product, inputs, weights, examples, fan_in, fan_out):
    """``product = inputs @ weights``"""
    _stored(product, inputs, fan_in, 1, weights, examples, fan_in, fan_out, 0.0)


@function
def descend(weights, inputs, delta, step, examples, fan_in, fan_out):
    """``weights = fma(-step, inputs^T @ delta, weights)``"""
    _descended(weights, inputs, 1, fan_in, delta, fan_in, examples, fan_out, step)


def _carried(rows, vectors):
    """What carries a block of examples through `rows` rows of weights."""

    @function
    def carried(product, weights, across, tile_at, block, fan_in, fan_out):
        tile(
            tile_at,
            BLOCK,
            weights,
            fan_out,
            1,
            across,
            BLOCK,
            fan_out,
            0.0,
            rows,
            vectors,
            LANES,
            0,
        )
        numbers = carray(pointer(tile_at), rows * BLOCK)
        carried = carray(pointer(product), block * fan_in)
        for p in range(rows):
            for b in range(block):
                carried[b * fan_in + p] = numbers[p * BLOCK + b]

    return carried


_carried_rows, _carried_row = _carried(CARRY_ROWS, CARRY_VECTORS), _carried(1, CARRY_VECTORS)


@function
def carry(product, delta, weights, scratch, examples, fan_in, fan_out):
    """``product = delta @ weights^T``, as ``weights @ delta^T``: examples lie along vectors.

    `scratch` has room for ``(fan_out + CARRY_ROWS) * BLOCK`` numbers.
    """
    tile_at = scratch + 8 * fan_out * BLOCK
    first = 0
    while first < examples:
        block = min(BLOCK, examples - first)
        _transpose(scratch, delta + 8 * first * fan_out, block, fan_out)
        out = product + 8 * first * fan_in
        i = 0
        while i + CARRY_ROWS <= fan_in:
            _carried_rows(
                out + 8 * i, weights + 8 * i * fan_out, scratch, tile_at, block, fan_in, fan_out
            )
            i += CARRY_ROWS
        while i < fan_in:
            _carried_row(
                out + 8 * i, weights + 8 * i * fan_out, scratch, tile_at, block, fan_in, fan_out
            )
            i += 1
        first += BLOCK


@function
def _transpose(out, block, examples, units):
    """Rows of `BLOCK` numbers, one a unit; what no example fills is 0, on which no time is lost."""
    across = carray(pointer(out), units * BLOCK)
    numbers = carray(pointer(block), examples * units)
    for j in range(units):
        for b in range(examples):
            across[j * BLOCK + b] = numbers[b * units + j]
        for b in range(examples, BLOCK):
            across[j * BLOCK + b] = 0.0
