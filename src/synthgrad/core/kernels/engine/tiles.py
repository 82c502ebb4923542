"""The three products of a training step, cut into tiles whose sums stay in registers.

README.md in this folder explains a tile with a drawing, and its sizes with what
was measured. A number of a product is the same whatever tile it falls into.
"""

from llvmlite import binding
from numba import njit
from numba.core import config

from synthgrad.core.kernels.engine.llvm import tile, turned_tile

AVX512 = binding.get_host_cpu_features().get("avx512f", False) and not config.CPU_NAME
"""Whether vectors are twice as long, and registers twice as many, as with AVX2; not where Numba
is told to compile for another CPU."""

LANES = 8 if AVX512 else 4
"""Columns that a vector holds."""

APPLY_ROWS, DESCEND_ROWS, CARRY_ROWS = (
    ((10, 5, 2, 1), (4, 1), (10, 5, 2, 1)) if AVX512 else ((5, 2, 1), (2, 1), (10, 5, 2, 1))
)
"""Rows of the tiles of each product: as many of the first as fit, then of the next."""

APPLY_VECTORS, DESCEND_VECTORS = 2, 4
"""Vectors of a row of them; one in a tile that turns a matrix."""

function = njit(error_model="numpy", inline="never")
"""Compiled as a part of `interpreter.run`, and not kept by itself."""


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
    widest, vector = (_tiles(rows, count, LANES, descends) for count in (vectors, 1))
    half, pair, single = (_tiles(rows, 1, lanes, descends) for lanes in (LANES // 2, 2, 1))

    @function
    def strip(*place):
        j = widest(0, *place)
        j = vector(j, *place)
        j = half(j, *place)
        j = pair(j, *place)
        single(j, *place)

    return strip


@function
def _nothing(*place):
    """What is left to do after strips of one row."""


def _product(heights, vectors, descends):
    """What computes a whole product, in strips as high as the first of `heights`, then the next."""
    rows, *lower = heights
    strip = _strip(rows, vectors, descends)
    rest = _product(lower, vectors, descends) if lower else _nothing

    @function
    def product(out, left, left_row, left_term, right, count, terms, columns, step):
        i = 0
        while i + rows <= count:
            strip(out + 8 * i * columns, left + 8 * i * left_row, left_row, left_term,
                  right, terms, columns, step)  # fmt: skip
            i += rows
        if i < count:
            rest(out + 8 * i * columns, left + 8 * i * left_row, left_row, left_term,
                 right, count - i, terms, columns, step)  # fmt: skip

    return product


_stored = _product(APPLY_ROWS, APPLY_VECTORS, descends=0)
_descended = _product(DESCEND_ROWS, DESCEND_VECTORS, descends=1)


@function
def apply(product, inputs, weights, examples, fan_in, fan_out):
    """``product = inputs @ weights``"""
    _stored(product, inputs, fan_in, 1, weights, examples, fan_in, fan_out, 0.0)


@function
def descend(weights, inputs, delta, step, examples, fan_in, fan_out):
    """``weights = fma(-step, inputs^T @ delta, weights)``"""
    _descended(weights, inputs, 1, fan_in, delta, fan_in, examples, fan_out, step)


def _turned_strip(heights, lanes):
    """What computes `lanes` columns of a product with a transposed matrix, for all examples."""
    rows, *lower = heights
    rest = _turned_strip(lower, lanes) if lower else _nothing

    @function
    def strip(product, delta, weights, examples, fan_in, fan_out):
        b = 0
        while b + rows <= examples:
            turned_tile(product + 8 * b * fan_in, fan_in, delta + 8 * b * fan_out, fan_out,
                        weights, fan_out, fan_out, rows, lanes)  # fmt: skip
            b += rows
        if b < examples:
            rest(product + 8 * b * fan_in, delta + 8 * b * fan_out, weights,
                 examples - b, fan_in, fan_out)  # fmt: skip

    return strip


_carried_columns, _carried_column = _turned_strip(CARRY_ROWS, LANES), _turned_strip(CARRY_ROWS, 1)


@function
def carry(product, delta, weights, examples, fan_in, fan_out):
    """``product = delta @ weights^T``"""
    i = 0
    while i + LANES <= fan_in:
        row = weights + 8 * i * fan_out
        _carried_columns(product + 8 * i, delta, row, examples, fan_in, fan_out)
        i += LANES
    while i < fan_in:
        row = weights + 8 * i * fan_out
        _carried_column(product + 8 * i, delta, row, examples, fan_in, fan_out)
        i += 1
