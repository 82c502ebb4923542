"""A training step as a program: its operations are recorded once and then repeated.

A step is recorded by running it on `Recorded` arrays, with a `Recorder` in place
of the kernels. Such an array refuses NumPy and comparisons, so that nothing of a
step escapes the record. Results of operations lie in one workspace, over which
the replicas take turns; where a step is recorded in parts, each has its own, so
that what one part leaves is there for the next.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from synthgrad.core.arrays import Floats, Objects, aligned, rebuilt
from synthgrad.core.kernels import Step
from synthgrad.core.kernels.engine import codes
from synthgrad.core.kernels.operations import (
    Operations,
    Shape,
    Table,
    address,
    operation,
    perform,
)
from synthgrad.core.kernels.reference import happens, normal

Draw = Callable[[], Floats]


@dataclass(frozen=True)
class Program:
    """The operations of a step, and the arrays on which they work.

    Attributes
    ----------
    operations : Table
    places : Table of (arrays, 3) numbers
        Of each array its address, and how many bytes further on it is for the
        next replica and for the next minibatch.
    replicas, minibatches : int
    scratch : int
        As in `perform`.
    arrays : list of arrays
        Kept as long as their addresses are in use.
    draws : list of (array, callable)
        Arrays (replicas, minibatches * rows, units) that are drawn anew for each
        run, minibatch by minibatch.
    """

    operations: Table
    places: Table
    replicas: int
    minibatches: int
    scratch: int
    arrays: list[Floats]
    draws: list[tuple[Floats, Draw]]

    def run(self) -> None:
        """Take the step for all minibatches in turn."""
        for m in range(self.minibatches if self.draws else 0):
            for array, draw in self.draws:
                rows = array.shape[1] // self.minibatches
                array[:, m * rows : (m + 1) * rows] = draw()
        perform(self.operations, self.places, self.replicas, self.minibatches, self.scratch)


class Recorded:
    """An array of a step that is being recorded.

    Parameters
    ----------
    recorder : Recorder
    place : int
        In the recorder's table.
    shape : (int, int, int)
    """

    __array_ufunc__ = None

    def __init__(self, recorder: "Recorder", place: int, shape: tuple[int, int, int]) -> None:
        self.recorder, self.place, self.shape = recorder, place, shape

    @property
    def numbers(self) -> Floats:
        """Where they are, once the program has run; of one replica for all if its steps
        are whole."""
        return self.recorder.arrays[self.place]

    def __add__(self, other: Any) -> "Recorded":
        return self.recorder.pairwise(codes.ADD, self, other)

    def __radd__(self, other: Any) -> "Recorded":
        return self.recorder.pairwise(codes.ADD, other, self)

    def __sub__(self, other: Any) -> "Recorded":
        return self.recorder.pairwise(codes.SUBTRACT, self, other)

    def __rsub__(self, other: Any) -> "Recorded":
        return self.recorder.pairwise(codes.SUBTRACT, other, self)

    def __mul__(self, other: Any) -> "Recorded":
        return self.recorder.pairwise(codes.MULTIPLY, self, other)

    def __rmul__(self, other: Any) -> "Recorded":
        return self.recorder.pairwise(codes.MULTIPLY, other, self)

    def __truediv__(self, other: Any) -> "Recorded":
        return self.recorder.pairwise(codes.DIVIDE, self, other)

    def __bool__(self) -> bool:
        raise TypeError("what a recorded step does cannot depend on numbers")

    __eq__ = __lt__ = __gt__ = __le__ = __ge__ = None  # type: ignore[assignment]

    def __abs__(self) -> "Recorded":
        return self.recorder.absolute(self)


class Recorder(Operations):
    """Kernels that write down what is asked of them.

    Parameters
    ----------
    replicas, minibatches : int
    in_parts : bool
        Whether a step is several programs. Later ones use what earlier ones have
        left.
    """

    def __init__(self, replicas: int, minibatches: int, in_parts: bool = False) -> None:
        self.replicas, self.minibatches, self.in_parts = replicas, minibatches, in_parts
        self.operations: list[list[int]] = []
        self.places: list[tuple[int, int, int]] = []
        self.arrays: list[Floats] = []
        self.known: dict[int, int] = {}
        self.draws: list[tuple[Floats, Draw]] = []
        self.scratch = 0

    def program(self) -> Program:
        """What has been recorded since the last program was taken."""
        operations, self.operations = self.operations, []
        draws, self.draws = self.draws, []
        return Program(
            Table(operations),
            Table(self.places),
            self.replicas,
            self.minibatches,
            self.scratch,
            self.arrays,
            draws,
        )

    def stand_in(self, layers: Any, kernels: Any) -> Any:
        """Layers, or any tree of them and arrays, whose work is recorded."""

        def recorded(leaf: Any) -> Any:
            if leaf is kernels:
                return self
            is_numbers = isinstance(leaf, np.ndarray) and leaf.dtype == np.float64
            return self.whole(leaf) if is_numbers else leaf

        return rebuilt(layers, recorded)

    def examples(self, array: Floats, batch_size: int) -> Recorded:
        """Minibatches of these (replicas, examples, units)."""
        replicas, _, units = array.shape
        each = batch_size * array.strides[1]
        return Recorded(self, self._place(array, each), (replicas, batch_size, units))

    def whole(self, array: Floats) -> Recorded:
        """An array that is the same for all minibatches, such as weights."""
        if id(array) not in self.known:
            self.known[id(array)] = self._place(array)
        return Recorded(self, self.known[id(array)], array.shape)

    def add(self, total: Floats | Recorded, values: Recorded) -> None:
        super().add(self.whole(total) if isinstance(total, np.ndarray) else total, values)

    def join(self, parts: Sequence[Recorded]) -> Recorded:
        rows, width = parts[0].shape[1], sum(part.shape[2] for part in parts)
        joined = self._workspace((rows, width))
        first = 0
        for part in parts:
            units = part.shape[2]
            self._change(codes.COPY_COLUMNS, (joined, part), rows, first, units, width)
            first += units
        return joined

    def happens(self, probability: float, streams: Objects) -> Recorded:
        return self._drawn(1, 1, lambda: happens(probability, streams))

    def normal(self, streams: Objects, rows: int, units: int) -> Recorded:
        return self._drawn(rows, units, lambda: normal(streams, rows, units))

    def _drawn(self, rows: int, units: int, draw: Draw) -> Recorded:
        array = np.empty((self.replicas, self.minibatches * rows, units))
        self.draws.append((array, draw))
        return self.examples(array, batch_size=rows)

    def pairwise(self, code: int, a: Any, b: Any) -> Recorded:
        """A sum, difference, product or quotient, number by number."""
        a, b = self._operand(a), self._operand(b)
        rows, units = np.broadcast_shapes(a.shape[1:], b.shape[1:])
        strides = []
        for _, own_rows, own_units in (a.shape, b.shape):
            strides += [own_units if own_rows == rows else 0, int(own_units == units)]
        return self._new(code, (rows, units), (a, b), rows, 0, units, *strides)

    def absolute(self, x: Recorded) -> Recorded:
        return self._each(codes.ABSOLUTE, x)

    def _new(self, code: int, shape: Shape, operands: Sequence[Any], *sizes: int) -> Recorded:
        result = self._workspace(shape)
        self._change(code, (result, *operands), *sizes)
        return result

    def _change(self, code: int, operands: Sequence[Any], *sizes: int) -> None:
        places = [self._operand(operand).place for operand in operands]
        self.operations.append(operation(code, places, sizes))
        self.scratch = max(self.scratch, sizes[2])

    def _operand(self, operand: Any) -> Recorded:
        """A recorded array as it is, a plain number as an array of it."""
        if isinstance(operand, Recorded):
            return operand
        if isinstance(operand, np.ndarray):
            raise TypeError(
                "an array was used in a step that is recorded; allowed is what the operations of "
                "the kernels have made, since another would be the same at every step"
            )
        return self.whole(np.full((self.replicas, 1, 1), operand, dtype=float))

    def _workspace(self, shape: Shape) -> Recorded:
        array = aligned((self.replicas if self.in_parts else 1, *shape))
        place = self._place(array)
        if not self.in_parts:
            self.places[place] = (address(array), 0, 0)
        return Recorded(self, place, (self.replicas, *shape))

    def _place(self, array: Floats, each_minibatch: int = 0) -> int:
        if not array[0].flags.c_contiguous:
            raise ValueError("an array of a recorded step has gaps between its numbers")
        if len(array) not in (1, self.replicas):
            raise ValueError(
                f"an array of a recorded step has {len(array)} replicas; allowed is {self.replicas}"
            )
        self.arrays.append(array)
        self.places.append((address(array), array.strides[0], each_minibatch))
        return len(self.places) - 1


def record(
    step: Step, kernels: Any, layers: Any, inputs: Floats, targets: Floats, batch_size: int
) -> Program:
    """Record the step that layers take on a minibatch.

    Parameters
    ----------
    step : callable
        Takes layers, (replicas, batch, inputs) inputs and (replicas, batch,
        outputs) targets, and changes the layers.
    kernels : Kernels
        Those of the layers, in whose place the recorder stands.
    layers : tree of dataclasses and arrays
    inputs, targets : (replicas, examples, units) arrays
    batch_size : int

    Returns
    -------
    Program
        A tail of examples that does not fill a minibatch is not used.
    """
    recorder = Recorder(len(inputs), inputs.shape[1] // batch_size)
    examples: Any = [recorder.examples(array, batch_size) for array in (inputs, targets)]
    step(recorder.stand_in(layers, kernels), *examples)
    return recorder.program()
