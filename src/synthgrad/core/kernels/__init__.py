"""The operations in which training spends its time: what is meant, and what runs.

Numbers are added, subtracted, multiplied and divided by the operators of Python,
which round alike everywhere; all else that a result depends on is here.
"""

import os
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from synthgrad.core.arrays import Floats, Objects

Step = Callable[[Any, Floats, Floats], None]
"""Trains layers on the inputs and targets of one minibatch."""


class Kernels(Protocol):
    """The operations on stacks of replicas that layers are built on.

    `reference` says in NumPy what each means; `compiled` runs. Inputs and deltas
    are (replicas, batch, units), weights (replicas, fan-in, fan-out), biases
    (replicas, 1, fan-out) and step sizes (replicas, 1, 1).
    """

    def apply(self, inputs: Floats, weights: Floats, bias: Floats | None = None) -> Floats:
        """``inputs @ weights + bias``"""

    def carry(self, delta: Floats, weights: Floats) -> Floats:
        """``delta @ weights^T``"""

    def descend(self, weights: Floats, inputs: Floats, delta: Floats, step_size: Floats) -> None:
        """``weights -= inputs^T @ delta * step_size``, in place"""

    def descend_bias(self, bias: Floats, delta: Floats, step_size: Floats) -> None:
        """``bias -= sum of delta over the examples * step_size``, in place"""

    def add(self, total: Floats, values: Floats) -> None:
        """``total += values``, in place"""

    def sigmoid(self, x: Floats) -> Floats:
        """``1 / (1 + exp(-x))``"""

    def sigmoid_backward(self, output: Floats, gradient: Floats) -> Floats:
        """``(1 - output) * output * gradient``"""

    def tanh(self, x: Floats) -> Floats:
        """The hyperbolic tangent."""

    def relu(self, x: Floats) -> Floats:
        """The larger of `x` and 0."""

    def relu_backward(self, output: Floats, gradient: Floats) -> Floats:
        """The gradient where the output is above 0, else 0."""

    def softmax(self, x: Floats) -> Floats:
        """``exp(x) / sum of exp(x) over the units``"""

    def sqrt(self, x: Floats) -> Floats:
        """The square root."""

    def sum_over_examples(self, x: Floats) -> Floats:
        """The sum of each unit: (replicas, 1, units)."""

    def sum_over_units(self, x: Floats) -> Floats:
        """The sum of each example: (replicas, examples, 1)."""

    def dot(self, a: Floats, b: Floats) -> Floats:
        """The sum of products of each example: (replicas, examples, 1)."""

    def assign(self, target: Floats, values: Floats) -> None:
        """Put the values in place of those of the target."""

    def join(self, parts: Sequence[Floats]) -> Floats:
        """The parts side by side, as more units."""

    def happens(self, probability: float, streams: Objects) -> Floats:
        """1 where something happens, by a draw from each replica's stream, else 0."""

    def normal(self, streams: Objects, rows: int, units: int) -> Floats:
        """Standard normal numbers from each replica's stream: (replicas, rows, units)."""

    def repeat(
        self, step: Step, layers: Any, inputs: Floats, targets: Floats, batch_size: int
    ) -> Callable[[], None]:
        """What takes a step of layers for all minibatches of examples in turn."""


NAME = "SYNTHGRAD_KERNELS"
"""The environment variable that chooses the kernels: ``compiled`` or ``reference``."""


def choice() -> str:
    """The name of the kernels that compute where none are named.

    ``compiled`` if `NAME` does not say otherwise and Numba is allowed to compile
    (``NUMBA_DISABLE_JIT``).

    Returns
    -------
    str

    Raises
    ------
    ValueError
        If the variable is neither ``compiled`` nor ``reference``.
    """
    name = os.environ.get(NAME, "compiled")
    if name not in ("compiled", "reference"):
        raise ValueError(f"{NAME} is {name!r}; allowed is compiled or reference")
    return "reference" if os.environ.get("NUMBA_DISABLE_JIT", "0") != "0" else name


def chosen() -> Kernels:
    """The kernels that compute where none are named.

    Returns
    -------
    Kernels

    Raises
    ------
    ValueError
        As `choice`.
    """
    # Here, since either imports this module.
    if choice() == "reference":
        from synthgrad.core.kernels import reference

        return reference
    from synthgrad.core.kernels.compiled import COMPILED

    return COMPILED
