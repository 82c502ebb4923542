"""Binary addition, the task of the tutorial.

Two operands are drawn evenly from [0, 2**(bits - 1)). The inputs are the digits
of both, the targets the digits of their sum, which always fits. Digits stand
with the most significant first, right-aligned in `bits` places, so the top
digit of an operand is always 0 (tutorial, part 4).
"""

from typing import TYPE_CHECKING

import numpy as np

from synthgrad.core.arrays import Bools, Floats, Integers
from synthgrad.core.streams import Draws, common_stream
from synthgrad.core.tasks.task import Pair, Task, share

if TYPE_CHECKING:
    from synthgrad.core.setup import Setup

MAX_BITS_FOR_ALL = 10
"""Most bits at which all pairs are taken; there are 4**(bits - 1)."""

QUESTIONS = 1000
"""Most pairs that networks of all seeds are asked; where there are fewer, they are asked all."""


class Addition(Task):
    """Add two binary numbers: the digits of both are the inputs, those of the sum the targets."""

    losses = ("squared-error",)
    heldout_parts = ("test",)
    heldout_at_end = False
    has_bits = True

    def sizes(self, setup: "Setup") -> tuple[int, int]:
        return 2 * setup.bits, setup.bits

    def training_examples(self, setup: "Setup") -> int:
        if isinstance(setup.examples, str):
            return int(4 ** (setup.bits - 1))
        return setup.examples

    def training_answers(self, setup: "Setup") -> int:
        return setup.bits * super().training_answers(setup)

    def check(self, setup: "Setup") -> None:
        super().check(setup)
        if isinstance(setup.examples, str) and setup.bits > MAX_BITS_FOR_ALL:
            raise ValueError(
                f"examples is {setup.examples!r} with {setup.bits} bits; allowed is a whole "
                f"number or, with up to {MAX_BITS_FOR_ALL} bits, {setup.examples}"
            )

    def draw(self, setup: "Setup", streams: Draws) -> tuple[Pair, Pair]:
        if isinstance(setup.examples, str):
            left, right = all_operands(streams.data, setup.bits)
        else:
            left, right = draw_operands(streams.data, setup.examples, setup.bits)
        unseen = draw_heldout(streams.heldout, setup.heldout_examples, setup.bits, left, right)
        return add(left, right, setup.bits), add(unseen[0], unseen[1], setup.bits)

    def questions(self, setup: "Setup") -> Floats:
        none = np.empty(0, dtype=np.int64)
        left, right = draw_heldout(common_stream(), QUESTIONS, setup.bits, none, none)
        return add(left, right, setup.bits)[0]

    def accuracy(self, outputs: Floats, targets: Floats, present: Bools) -> Floats:
        return bit_accuracy(outputs, targets, present)

    def exact_accuracy(self, outputs: Floats, targets: Floats, present: Bools) -> Floats:
        return sum_accuracy(outputs, targets, present)

    def constant_answer(self, targets: Floats, present: Bools) -> Floats:
        return best_constant(targets, present)


TASK = Addition()


def draw_operands(
    stream: np.random.RandomState, examples: int, bits: int
) -> tuple[Integers, Integers]:
    """Draw the left operands, then the right ones, evenly from [0, 2**(bits - 1)).

    Parameters
    ----------
    stream : RandomState
    examples, bits : int

    Returns
    -------
    left, right : (examples,) arrays of int

    Examples
    --------
    >>> draw_operands(np.random.RandomState(1), examples=3, bits=8)
    (array([53, 92,  0]), array([38, 18, 11]))
    """
    left = (stream.rand(examples) * 2 ** (bits - 1)).astype(np.int64)
    right = (stream.rand(examples) * 2 ** (bits - 1)).astype(np.int64)
    return left, right


def all_operands(stream: np.random.RandomState, bits: int) -> tuple[Integers, Integers]:
    """Every pair of operands once, in random order.

    Pair number n of the order is `divmod` of ``stream.permutation(4**(bits - 1))[n]``
    by ``2**(bits - 1)``.

    Parameters
    ----------
    stream : RandomState
    bits : int

    Returns
    -------
    left, right : (4**(bits - 1),) arrays of int

    Examples
    --------
    >>> left, right = all_operands(np.random.RandomState(0), bits=2)
    >>> sorted(zip(left.tolist(), right.tolist()))
    [(0, 0), (0, 1), (1, 0), (1, 1)]
    """
    return np.divmod(stream.permutation(4 ** (bits - 1)), 2 ** (bits - 1))


def draw_heldout(
    stream: np.random.RandomState, examples: int, bits: int, left: Integers, right: Integers
) -> Integers:
    """Up to `examples` different operand pairs that are not among (left, right).

    Eight times as many pairs are drawn; the first new ones are kept. None are
    found where the training draw has used up all pairs, as it does at 4 bits.

    Parameters
    ----------
    stream : RandomState
    examples, bits : int
    left, right : (training examples,) arrays of int

    Returns
    -------
    (2, found) array of int
        Left operands, then right ones.

    Examples
    --------
    With 2 bits there are four pairs, of which two have been seen.

    >>> seen = np.array([0, 1]), np.array([0, 1])
    >>> draw_heldout(np.random.RandomState(0), 5, 2, *seen)
    array([[1, 0],
           [0, 1]])
    """
    seen = set(zip(left.tolist(), right.tolist(), strict=True))
    candidates = zip(*map(np.ndarray.tolist, draw_operands(stream, 8 * examples, bits)))
    new = [pair for pair in dict.fromkeys(candidates) if pair not in seen][:examples]
    return np.array(new, dtype=np.int64).reshape(-1, 2).T


def encode(numbers: Integers, bits: int) -> Floats:
    """Binary digits of whole numbers, the most significant first.

    Parameters
    ----------
    numbers : (examples,) array of int
    bits : int

    Returns
    -------
    (examples, bits) array of 0.0 and 1.0

    Examples
    --------
    >>> encode(np.array([5, 8]), bits=4)
    array([[0., 1., 0., 1.],
           [1., 0., 0., 0.]])
    """
    shifts = np.arange(bits - 1, -1, -1)
    return ((numbers[:, None] >> shifts) & 1).astype(float)


def add(left: Integers, right: Integers, bits: int) -> Pair:
    """Inputs and targets of the sums left + right.

    Parameters
    ----------
    left, right : (examples,) arrays of int
    bits : int

    Returns
    -------
    inputs : (examples, 2 * bits) array of 0.0 and 1.0
    targets : (examples, bits) array of 0.0 and 1.0

    Examples
    --------
    1 + 3 = 4, in three places.

    >>> add(np.array([1]), np.array([3]), bits=3)
    (array([[0., 0., 1., 0., 1., 1.]]), array([[1., 0., 0.]]))
    """
    inputs = np.concatenate([encode(left, bits), encode(right, bits)], axis=1)
    return inputs, encode(left + right, bits)


def bit_accuracy(outputs: Floats, targets: Floats, present: Bools) -> Floats:
    """Share of output bits on the right side of 0.5.

    Parameters
    ----------
    outputs, targets : (replicas, examples, bits) arrays
    present : (replicas, examples) array of bool

    Returns
    -------
    (replicas,) array

    Examples
    --------
    The first example has both bits right, the second one of two, the third is padding.

    >>> outputs = np.array([[[0.9, 0.2], [0.6, 0.6], [0.0, 0.0]]])
    >>> targets = np.array([[[1.0, 0.0], [1.0, 0.0], [1.0, 1.0]]])
    >>> present = np.array([[True, True, False]])
    >>> bit_accuracy(outputs, targets, present), sum_accuracy(outputs, targets, present)
    (array([0.75]), array([0.5]))
    """
    right = (outputs > 0.5) == (targets > 0.5)
    return share(right, present)


def sum_accuracy(outputs: Floats, targets: Floats, present: Bools) -> Floats:
    """Share of examples with all bits right.

    Parameters
    ----------
    outputs, targets : (replicas, examples, bits) arrays
    present : (replicas, examples) array of bool

    Returns
    -------
    (replicas,) array
    """
    right = ((outputs > 0.5) == (targets > 0.5)).all(axis=-1, keepdims=True)
    return share(right, present)


def best_constant(targets: Floats, present: Bools) -> Floats:
    """The constant prediction that gets most bits right.

    Parameters
    ----------
    targets : (replicas, examples, bits) array of 0 and 1
    present : (replicas, examples) array of bool

    Returns
    -------
    (replicas, 1, bits) array of 0 and 1

    Examples
    --------
    >>> targets = np.array([[[1.0, 0.0], [1.0, 1.0], [0.0, 0.0]]])
    >>> best_constant(targets, np.array([[True, True, True]]))
    array([[[1., 0.]]])
    """
    shares = targets.mean(axis=-2, keepdims=True, where=present[..., None])
    return (shares > 0.5).astype(float)
