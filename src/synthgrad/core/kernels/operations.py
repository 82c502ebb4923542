"""The operations of `Kernels` as the engine knows them: a code, operands and sizes."""

import threading
from abc import ABC, abstractmethod
from array import array
from collections.abc import Sequence
from itertools import chain
from typing import Any

import numpy as np

from synthgrad.core.arrays import Floats, Integers
from synthgrad.core.kernels.engine import codes
from synthgrad.core.kernels.engine.library import load

Shape = tuple[int, int]


class Operations(ABC):
    """The operations of `Kernels`, each a code, operands and sizes.

    What is done with these is up to the class: they are performed on arrays, or
    recorded.
    """

    @abstractmethod
    def _new(self, code: int, shape: Shape, operands: Sequence[Any], *sizes: int) -> Any:
        """The result, of this shape in each replica, of an operation."""

    @abstractmethod
    def _change(self, code: int, operands: Sequence[Any], *sizes: int) -> None:
        """Do an operation that changes the first of its operands."""

    def apply(self, inputs: Any, weights: Any, bias: Any = None) -> Any:
        examples, (_, fan_in, fan_out) = inputs.shape[1], weights.shape
        require((examples, fan_in), inputs)
        operands = [inputs, weights]
        if bias is not None:
            require((1, fan_out), bias)
            operands.append(bias)
        return self._new(codes.APPLY, (examples, fan_out), operands, examples, fan_in, fan_out)

    def carry(self, delta: Any, weights: Any) -> Any:
        examples, (_, fan_in, fan_out) = delta.shape[1], weights.shape
        require((examples, fan_out), delta)
        shape = examples, fan_in
        return self._new(codes.CARRY, shape, [delta, weights], examples, fan_in, fan_out)

    def descend(self, weights: Any, inputs: Any, delta: Any, step_size: Any) -> None:
        examples, (_, fan_in, fan_out) = delta.shape[1], weights.shape
        require((examples, fan_in), inputs)
        require((examples, fan_out), delta)
        require((1, 1), step_size)
        operands = weights, inputs, delta, step_size
        self._change(codes.DESCEND, operands, examples, fan_in, fan_out)

    def descend_bias(self, bias: Any, delta: Any, step_size: Any) -> None:
        _, examples, units = delta.shape
        require((1, units), bias)
        require((1, 1), step_size)
        self._change(codes.DESCEND_BIAS, (bias, delta, step_size), examples, 0, units)

    def add(self, total: Any, values: Any) -> None:
        _, rows, units = total.shape
        require((rows, units), values)
        self._change(codes.ADD, (total, total, values), rows, 0, units, units, 1, units, 1)

    def assign(self, target: Any, values: Any) -> None:
        _, rows, units = target.shape
        require((rows, units), values)
        self._change(codes.COPY_COLUMNS, (target, values), rows, 0, units, units)

    def sigmoid(self, x: Any) -> Any:
        return self._each(codes.SIGMOID, x)

    def sigmoid_backward(self, output: Any, gradient: Any) -> Any:
        return self._each(codes.SIGMOID_BACKWARD, output, gradient)

    def tanh(self, x: Any) -> Any:
        return self._each(codes.TANH, x)

    def relu(self, x: Any) -> Any:
        return self._each(codes.RELU, x)

    def relu_backward(self, output: Any, gradient: Any) -> Any:
        return self._each(codes.RELU_BACKWARD, output, gradient)

    def softmax(self, x: Any) -> Any:
        return self._each(codes.SOFTMAX, x)

    def sqrt(self, x: Any) -> Any:
        return self._each(codes.SQUARE_ROOT, x)

    def sum_over_examples(self, x: Any) -> Any:
        _, examples, units = x.shape
        return self._new(codes.SUM_OVER_EXAMPLES, (1, units), [x], examples, 0, units)

    def sum_over_units(self, x: Any) -> Any:
        _, examples, units = x.shape
        return self._new(codes.SUM_OVER_UNITS, (examples, 1), [x], examples, 0, units)

    def dot(self, a: Any, b: Any) -> Any:
        _, examples, units = a.shape
        require((examples, units), b)
        return self._new(codes.DOT, (examples, 1), [a, b], examples, 0, units)

    def _each(self, code: int, *operands: Any) -> Any:
        """An operation whose result and operands have one shape."""
        _, rows, units = operands[0].shape
        require((rows, units), *operands)
        return self._new(code, (rows, units), operands, rows, 0, units)


def require(shape: Shape, *operands: Any) -> None:
    """Refuse arrays whose replicas have another shape than this one.

    Parameters
    ----------
    shape : (int, int)
    *operands : arrays

    Raises
    ------
    ValueError
    """
    for operand in operands:
        if operand.shape[1:] != shape:
            rows, units = shape
            raise ValueError(
                f"an array of kernels is {operand.shape}; allowed is (replicas, {rows}, {units})"
            )


def operation(code: int, operands: Sequence[int], sizes: Sequence[int]) -> list[int]:
    """An operation as the engine reads it, with operands as places in a table of arrays.

    Parameters
    ----------
    code : int
    operands, sizes : sequence of int

    Returns
    -------
    list of int
    """
    nothing = [codes.NOTHING] * (codes.OPERANDS - len(operands))
    return [code, *operands, *nothing, *sizes, *[0] * (codes.SIZES - len(sizes))]


def address(numbers: Floats | Integers) -> int:
    """Where an array starts.

    Parameters
    ----------
    numbers : array

    Returns
    -------
    int
    """
    return numbers.ctypes.data


class Table:
    """Rows of whole numbers for the engine, with where they lie.

    Parameters
    ----------
    rows : sequence of sequences of int
    """

    def __init__(self, rows: Sequence[Sequence[int]]) -> None:
        self.numbers = array("q", chain.from_iterable(rows))
        self.address, _ = self.numbers.buffer_info()
        self.rows = len(rows)


class _Scratch(threading.local):
    """Room of a thread that operations may use."""

    def __init__(self) -> None:
        self.reserve(1 << 12, 1 << 6)

    def reserve(self, numbers: int, arrays: int) -> None:
        self.numbers, self.at = np.empty(numbers), np.empty(arrays, dtype=np.int64)
        self.addresses = address(self.at), address(self.numbers)


_scratch = _Scratch()


def perform(
    operations: Table, places: Table, replicas: int, minibatches: int, scratch: int
) -> None:
    """Do operations for all replicas and minibatches.

    Parameters
    ----------
    operations : Table of (operations, columns) numbers
    places : Table of (arrays, 3) numbers
        Of each array its address, and how many bytes further on it is for the
        next replica and for the next minibatch.
    replicas, minibatches : int
    scratch : int
        How many numbers operations keep beside their arrays: the units of the largest.
    """
    arrays = places.rows
    numbers, places_at = len(_scratch.numbers), len(_scratch.at)
    if scratch > numbers or arrays >= places_at:
        _scratch.reserve(max(scratch, numbers), max(arrays + 1, places_at))
    load()(
        operations.address,
        operations.rows,
        places.address,
        arrays,
        *_scratch.addresses,
        replicas,
        minibatches,
    )
