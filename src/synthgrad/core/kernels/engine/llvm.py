"""Instructions that Numba has no words for, written for LLVM.

Compiled functions pass arrays on as addresses: whole numbers, 8 bytes a number.
LLVM's and Numba's objects have no type hints, and nor have these functions.
"""

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

NUMBER, WHOLE = ir.DoubleType(), ir.IntType(64)


def call_fma(builder, kind, a, b, c):
    """``a * b + c`` with one rounding, of numbers or vectors, on every CPU.

    Without an instruction for it LLVM calls the C library, which is slow and
    rounds alike.
    """
    name = f"llvm.fma.v{kind.count}f64" if isinstance(kind, ir.VectorType) else "llvm.fma.f64"
    function = ir.FunctionType(kind, [kind] * 3)
    return builder.call(cgutils.get_or_insert_function(builder.module, function, name), [a, b, c])


@intrinsic
def fma(context, a, b, c):
    """``a * b + c`` with one rounding."""

    def generate(context, builder, signature, arguments):
        return call_fma(builder, NUMBER, *arguments)

    return types.float64(types.float64, types.float64, types.float64), generate


@intrinsic
def pointer(context, address):
    """A pointer to the numbers at an address, for `numba.carray`."""

    def generate(context, builder, signature, arguments):
        return builder.inttoptr(arguments[0], NUMBER.as_pointer())

    return types.CPointer(types.float64)(types.int64), generate


@intrinsic
def whole_numbers(context, address):
    """A pointer to the whole numbers at an address, for `numba.carray`."""

    def generate(context, builder, signature, arguments):
        return builder.inttoptr(arguments[0], WHOLE.as_pointer())

    return types.CPointer(types.int64)(types.int64), generate


@intrinsic
def times_power_of_two(context, number, shifted):
    """``number * 2**k``, with k the last bits of `shifted`; added to the exponent's bits."""

    def generate(context, builder, signature, arguments):
        number, shifted = (builder.bitcast(argument, WHOLE) for argument in arguments)
        bits = builder.add(number, builder.shl(shifted, WHOLE(52)))
        return builder.bitcast(bits, NUMBER)

    return types.float64(types.float64, types.float64), generate


@intrinsic(prefer_literal=True)
def tile(
    context, out, out_row, left, left_row, left_term, right, right_row, terms, step,
    rows, vectors, lanes, descends,
):  # fmt: skip
    """One tile of a product: the sums ``left[p, k] * right[k, c]`` over the terms k.

    Each sum starts at 0 and takes its terms in order, each with one fused
    multiply-add. `out` becomes the sum or, where the tile descends,
    ``fma(-step, sum, out)``.

    Parameters
    ----------
    out, left, right : addresses of the tile's corner
    out_row, left_row, right_row, left_term : int
        How many numbers further on the next row, or term, is; columns of `out`
        and of `right` lie side by side.
    terms : int
    step : float
    rows, vectors, lanes : int, literal
        The tile has so many rows and, across, so many vectors of so many columns.
    descends : 0 or 1, literal
    """
    constants = rows, vectors, lanes, descends
    rows, vectors, lanes, descends = (constant.literal_value for constant in constants)

    def generate(context, builder, signature, arguments):
        out, out_row, left, left_row, left_term, right, right_row, terms = arguments[:8]
        emit = _Emitter(builder, lanes)
        step = arguments[8]
        out, left, right = (emit.address(argument) for argument in (out, left, right))
        # Variables of LLVM; its optimiser turns them into registers.
        sums = [[emit.zero_variable() for _ in range(vectors)] for _ in range(rows)]
        with cgutils.for_range(builder, terms) as loop:
            columns = emit.vectors_from(emit.at(right, loop.index, right_row), vectors)
            across = [builder.load(place, align=8) for place in columns]
            term = emit.at(left, loop.index, left_term)
            for p, row in enumerate(sums):
                down = emit.spread(builder.load(emit.at(term, WHOLE(p), left_row)))
                for numbers, total in zip(across, row, strict=True):
                    builder.store(emit.fma(down, numbers, builder.load(total)), total)
        backwards = emit.spread(builder.fneg(step))
        for p, row in enumerate(sums):
            columns = emit.vectors_from(emit.at(out, WHOLE(p), out_row), vectors)
            for place, total in zip(columns, row, strict=True):
                value = builder.load(total)
                if descends:
                    value = emit.fma(backwards, value, builder.load(place, align=8))
                builder.store(value, place, align=8)
        return context.get_dummy_value()

    whole = [types.int64] * 8
    return types.void(*whole, types.float64, *constants), generate


@intrinsic(prefer_literal=True)
def turned_tile(
    context, out, out_row, left, left_row, right, right_row, terms, rows, lanes
):  # fmt: skip
    """One tile of a product with a transposed matrix: the sums ``left[p, k] * right[c, k]``.

    `rows` rows by one vector of `lanes` columns c, which are rows of `right`:
    squares of it are loaded and turned in registers. Each sum starts at 0 and
    takes its terms in order, each with one fused multiply-add.

    Parameters
    ----------
    out, left, right : addresses of the tile's corner
    out_row, left_row, right_row : int
        How many numbers further on the next row is; terms lie side by side.
    terms : int
    rows, lanes : int, literal
    """
    constants = rows, lanes
    rows, lanes = (constant.literal_value for constant in constants)

    def generate(context, builder, signature, arguments):
        out, out_row, left, left_row, right, right_row, terms = arguments[:7]
        emit = _Emitter(builder, lanes)
        out, left, right = (emit.address(argument) for argument in (out, left, right))
        sums = [emit.zero_variable() for _ in range(rows)]
        lines = [emit.at(left, WHOLE(p), left_row) for p in range(rows)]
        columns = [emit.at(right, WHOLE(c), right_row) for c in range(lanes)]

        def add_term(k, numbers):
            for line, total in zip(lines, sums, strict=True):
                down = emit.spread(builder.load(builder.gep(line, [k])))
                builder.store(emit.fma(down, numbers, builder.load(total)), total)

        squares = builder.udiv(terms, WHOLE(lanes))
        with cgutils.for_range(builder, squares) as loop:
            first = builder.mul(loop.index, WHOLE(lanes))
            starts = [builder.gep(column, [first]) for column in columns]
            square = [builder.load(emit.vectors_from(start, 1)[0], align=8) for start in starts]
            for k, numbers in enumerate(emit.turned(square)):
                add_term(builder.add(first, WHOLE(k)), numbers)
        done = builder.mul(squares, WHOLE(lanes))
        with cgutils.for_range(builder, builder.sub(terms, done)) as loop:
            k = builder.add(done, loop.index)
            add_term(k, emit.gathered([builder.gep(column, [k]) for column in columns]))
        for p, total in enumerate(sums):
            (place,) = emit.vectors_from(emit.at(out, WHOLE(p), out_row), 1)
            builder.store(builder.load(total), place, align=8)
        return context.get_dummy_value()

    return types.void(*[types.int64] * 7, *constants), generate


class _Emitter:
    """The few instructions that a tile is made of, for vectors of `lanes` numbers."""

    def __init__(self, builder, lanes):
        self.builder, self.lanes = builder, lanes
        self.kind = ir.VectorType(NUMBER, lanes) if lanes > 1 else NUMBER

    def address(self, whole):
        return self.builder.inttoptr(whole, NUMBER.as_pointer())

    def at(self, start, index, stride):
        return self.builder.gep(start, [self.builder.mul(index, stride)])

    def vectors_from(self, start, count):
        places = (self.builder.gep(start, [WHOLE(v * self.lanes)]) for v in range(count))
        return [self.builder.bitcast(place, self.kind.as_pointer()) for place in places]

    def zero_variable(self):
        variable = cgutils.alloca_once(self.builder, self.kind)
        self.builder.store(self.kind(None), variable)
        return variable

    def spread(self, number):
        """A vector that has the number everywhere."""
        if self.lanes == 1:
            return number
        first = self.builder.insert_element(self.kind(ir.Undefined), number, WHOLE(0))
        everywhere = ir.VectorType(ir.IntType(32), self.lanes)(None)
        return self.builder.shuffle_vector(first, first, everywhere)

    def fma(self, a, b, c):
        return call_fma(self.builder, self.kind, a, b, c)

    def turned(self, square):
        """The columns of a square, from its rows: halves change places, then quarters and so on."""
        distance = self.lanes // 2
        while distance:
            for k in range(self.lanes):
                if k & distance == 0:
                    above, below = square[k], square[k + distance]
                    square[k] = self._picked(above, below, distance, 0)
                    square[k + distance] = self._picked(above, below, distance, distance)
            distance //= 2
        return square

    def _picked(self, above, below, distance, shift):
        """Of every two stretches of `distance` lanes, one from above and one from below."""
        places = [
            lane + shift if lane & distance == 0 else self.lanes + lane - distance + shift
            for lane in range(self.lanes)
        ]
        mask = ir.VectorType(ir.IntType(32), self.lanes)(places)
        return self.builder.shuffle_vector(above, below, mask)

    def gathered(self, places):
        """A vector of the numbers at these places."""
        numbers = [self.builder.load(place) for place in places]
        if self.lanes == 1:
            return numbers[0]
        vector = self.kind(ir.Undefined)
        for lane, number in enumerate(numbers):
            vector = self.builder.insert_element(vector, number, WHOLE(lane))
        return vector
