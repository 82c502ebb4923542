"""The kernels that run: compiled, with the same bits on every CPU.

`docs/arithmetic.md` specifies them. They are compiled at first use, which takes
some ten seconds, and kept (`engine.library`).
"""

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import numpy as np

from synthgrad.core.arrays import Floats
from synthgrad.core.kernels import Step, reference
from synthgrad.core.kernels.operations import (
    Operations,
    Shape,
    Table,
    address,
    operation,
    perform,
)
from synthgrad.core.kernels.recording import record


class Compiled(Operations):
    """Kernels on arrays, which work at once.

    Raises
    ------
    TypeError
        If an array is not of float64.
    ValueError
        If shapes do not fit, or an array to be changed is read-only or has gaps
        between the numbers of a replica.
    """

    def _new(self, code: int, shape: Shape, operands: Sequence[Floats], *sizes: int) -> Floats:
        result = np.empty((len(operands[0]), *shape))
        _perform(code, (result, *map(_without_gaps, operands)), sizes)
        return result

    def _change(self, code: int, operands: Sequence[Floats], *sizes: int) -> None:
        target, *others = operands
        if _without_gaps(target) is not target or not target.flags.writeable:
            raise ValueError("an array that kernels change is read-only or has gaps")
        _perform(code, (target, *map(_without_gaps, others)), sizes)

    join = staticmethod(reference.join)
    happens = staticmethod(reference.happens)
    normal = staticmethod(reference.normal)

    def repeat(
        self, step: Step, layers: Any, inputs: Floats, targets: Floats, batch_size: int
    ) -> Callable[[], None]:
        return record(step, self, layers, inputs, targets, batch_size).run


COMPILED = Compiled()


def _without_gaps(array: Floats) -> Floats:
    """The array, or a copy if the numbers of a replica do not lie side by side."""
    if array.dtype != np.float64:
        raise TypeError(f"kernels take arrays of float64, not of {array.dtype}")
    flags = array.flags if array.flags.c_contiguous or not len(array) else array[0].flags
    return array if flags.c_contiguous else np.ascontiguousarray(array)


def _perform(code: int, arrays: Sequence[Floats], sizes: Sequence[int]) -> None:
    """Do one operation on arrays, the first of which it changes."""
    replicas = len(arrays[0])
    if any(len(array) != replicas for array in arrays):
        raise ValueError(
            f"arrays of kernels have {[*map(len, arrays)]} replicas; allowed is one number"
        )
    places = Table([(address(array), array.strides[0], 0) for array in arrays])
    program = _program(code, len(arrays), tuple(sizes))
    perform(program, places, replicas, 1, scratch=sizes[2])


@cache
def _program(code: int, operands: int, sizes: tuple[int, ...]) -> Table:
    """A program of one operation on the first arrays in a table."""
    return Table([operation(code, range(operands), sizes)])
