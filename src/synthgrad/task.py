"""The task: adding two binary numbers.

Two operands are drawn evenly from [0, 2**(bits - 1)). The inputs are the digits
of both, the targets the digits of their sum, which always fits. Digits stand
with the most significant first, right-aligned in `bits` places, so the top
digit of an operand is always 0 (tutorial, part 4).

All randomness comes from the `RandomState` streams of `draws`.
"""

from typing import NamedTuple

import numpy as np

from .setups import ALL

STREAMS = ("data", "weights", "generators", "heldout", "feedback")
"""The independent streams of a seed, numbered from 0 in this order."""


class Draws(NamedTuple):
    """The random streams of one seed, each a `numpy.random.RandomState`."""

    data: np.random.RandomState
    weights: np.random.RandomState
    generators: np.random.RandomState
    heldout: np.random.RandomState
    feedback: np.random.RandomState


class Examples(NamedTuple):
    """Examples of the task for a stack of replicas.

    inputs: (replicas, examples, 2 * bits); targets: (replicas, examples, bits);
    present: (replicas, examples), False where a replica has fewer examples
    than its neighbours and the rest is padding.
    """

    inputs: np.ndarray
    targets: np.ndarray
    present: np.ndarray


def paired_draws(seed):
    """Streams of the study: independent of one another, the same for every method.

    Stream k of a seed is ``RandomState(MT19937(SeedSequence(seed, spawn_key=(k,))))``,
    whose output NumPy has frozen. Since data and weights do not depend on the
    method, all methods of a seed are compared on the same data and weights.
    """
    return Draws(*(_stream(seed, k) for k in range(len(STREAMS))))


def published_draws(seed):
    """Streams of the tutorial: data, weights and generators share the one legacy
    stream of ``numpy.random.seed(seed)``; what it did not draw keeps its own."""
    legacy = np.random.RandomState(seed)
    return paired_draws(seed)._replace(data=legacy, weights=legacy, generators=legacy)


def _stream(seed, k):
    sequence = np.random.SeedSequence(seed, spawn_key=(k,))
    return np.random.RandomState(np.random.MT19937(sequence))


def draw_operands(stream, examples, bits):
    """Draw the left operands, then the right ones: two (examples,) integer arrays."""
    left = (stream.rand(examples) * 2 ** (bits - 1)).astype(np.int64)
    right = (stream.rand(examples) * 2 ** (bits - 1)).astype(np.int64)
    return left, right


def all_operands(stream, bits):
    """Every pair of operands once, in random order: two (4**(bits - 1),) integer arrays.

    Pair number n of the order is `divmod` of ``stream.permutation(4**(bits - 1))[n]``
    by ``2**(bits - 1)``.
    """
    return np.divmod(stream.permutation(4 ** (bits - 1)), 2 ** (bits - 1))


def draw_heldout(stream, examples, bits, left, right):
    """Up to `examples` different operand pairs that are not among (left, right).

    Eight times as many pairs are drawn; the first new ones are kept. None are
    found where the training draw has used up all pairs, as it does at 4 bits.
    """
    seen = set(zip(left.tolist(), right.tolist(), strict=True))
    candidates = zip(*map(np.ndarray.tolist, draw_operands(stream, 8 * examples, bits)))
    new = [pair for pair in dict.fromkeys(candidates) if pair not in seen][:examples]
    return np.array(new, dtype=np.int64).reshape(-1, 2).T


def encode(numbers, bits):
    """Binary digits of (examples,) whole numbers, as (examples, bits) floats 0 and 1."""
    shifts = np.arange(bits - 1, -1, -1)
    return ((numbers[:, None] >> shifts) & 1).astype(float)


def add(left, right, bits):
    """Inputs (examples, 2 * bits) and targets (examples, bits) of the sums left + right."""
    inputs = np.concatenate([encode(left, bits), encode(right, bits)], axis=1)
    return inputs, encode(left + right, bits)


def draw_task(setup, draws):
    """Training and held-out examples of a stack of replicas.

    Parameters
    ----------
    setup : Setup
    draws : sequence of Draws, one a replica

    Returns
    -------
    training, heldout : Examples
        Training examples are cut to whole minibatches.
    """
    training, heldout = [], []
    for streams in draws:
        if setup.examples == ALL:
            left, right = all_operands(streams.data, setup.bits)
        else:
            left, right = draw_operands(streams.data, setup.examples, setup.bits)
        unseen = draw_heldout(streams.heldout, setup.heldout_examples, setup.bits, left, right)
        used = setup.batches * setup.batch_size
        training.append(add(left[:used], right[:used], setup.bits))
        heldout.append(add(*unseen, setup.bits))
    return _stack(training), _stack(heldout)


def _stack(examples):
    """Stack (inputs, targets) of each replica, padded with zeros to the longest."""
    longest = max(len(inputs) for inputs, _ in examples)
    present = np.array([np.arange(longest) < len(inputs) for inputs, _ in examples])

    def padded(rows):
        return np.pad(rows, [(0, longest - len(rows)), (0, 0)])

    inputs, targets = (np.stack([padded(rows) for rows in part]) for part in zip(*examples))
    return Examples(inputs, targets, present)
