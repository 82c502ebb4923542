"""The operations in which training spends its time: what is meant, and what runs."""

from typing import Protocol

from synthgrad.core.arrays import Floats


class Kernels(Protocol):
    """The operations on stacks of replicas that layers are built on.

    Two modules have them: `reference`, which says in NumPy what each means, and
    `compiled`, which is faster. Inputs and deltas are (replicas, batch, units),
    weights (replicas, fan-in, fan-out), biases (replicas, 1, fan-out) and step
    sizes (replicas, 1, 1).
    """

    def apply(self, inputs: Floats, weights: Floats, bias: Floats | None = None) -> Floats:
        """``inputs @ weights + bias``"""

    def carry(self, delta: Floats, weights: Floats) -> Floats:
        """``delta @ weights^T``"""

    def descend(self, weights: Floats, inputs: Floats, delta: Floats, step_size: Floats) -> None:
        """``weights -= inputs^T @ delta * step_size``, in place"""

    def descend_bias(self, bias: Floats, delta: Floats, step_size: Floats) -> None:
        """``bias -= sum of delta over the batch * step_size``, in place"""

    def sigmoid(self, x: Floats) -> Floats:
        """``1 / (1 + exp(-x))``"""

    def sigmoid_backward(self, output: Floats, gradient: Floats) -> Floats:
        """``(1 - output) * output * gradient``"""

    def normalise(self, output: Floats) -> Floats:
        """``(output - mean) / sqrt(variance + EPSILON)``, both over the batch"""
