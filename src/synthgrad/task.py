"""The tasks: adding two binary numbers and, for comparison, handwritten digits.

Two operands are drawn evenly from [0, 2**(bits - 1)). The inputs are the digits
of both, the targets the digits of their sum, which always fits. Digits stand
with the most significant first, right-aligned in `bits` places, so the top
digit of an operand is always 0 (tutorial, part 4).

The digits are the 1797 images of 8 x 8 pixels that come with scikit-learn, the
test set of a collection of UCI (Alpaydin 1998). Pixels are scaled to [0, 1];
of the ten targets, that of the label is 1 and the others are 0.

All randomness comes from the `RandomState` streams of `draws`.
"""

from functools import cache
from typing import NamedTuple

import numpy as np

from .setups import ALL, DIGITS_SIZES, PROBES

STREAMS = (
    "data",
    "weights",
    "generators",
    "heldout",
    "feedback",
    "split",
    "order",
    "updates",
)
"""The independent streams of a seed, numbered from 0 in this order."""


class Draws(NamedTuple):
    """The random streams of one seed, each a `numpy.random.RandomState`."""

    data: np.random.RandomState
    weights: np.random.RandomState
    generators: np.random.RandomState
    heldout: np.random.RandomState
    feedback: np.random.RandomState
    split: np.random.RandomState
    order: np.random.RandomState
    updates: np.random.RandomState


class Examples(NamedTuple):
    """Examples of a task for a stack of replicas.

    inputs: (replicas, examples, inputs); targets: (replicas, examples, outputs);
    present: (replicas, examples), False where a replica has fewer examples
    than its neighbours and the rest is padding.
    """

    inputs: np.ndarray
    targets: np.ndarray
    present: np.ndarray

    def of(self, replicas):
        """The examples of some of the replicas."""
        return Examples(*(part[replicas] for part in self))


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


@cache
def load_digits():
    """All images, (1797, 64) in [0, 1], and their labels, (1797,) whole numbers.

    Raises
    ------
    ModuleNotFoundError
        Without scikit-learn, which has them: it comes with the extra `digits`.
    """
    from sklearn import datasets

    images = datasets.load_digits()
    return images.data / 16, images.target


def stratified_order(stream, labels):
    """Indices of (examples,) labels in a random order, of which every stretch has each label
    as often as its share, to within one or two."""
    shuffled = stream.permutation(len(labels))
    place = np.empty(len(labels))
    for label in np.unique(labels):
        own = np.flatnonzero(labels[shuffled] == label)
        place[own] = (np.arange(len(own)) + stream.rand(len(own))) / len(own)
    return shuffled[np.argsort(place, kind="stable")]


def split_digits(setup, stream):
    """Indices of the images for training and of those held out, two integer arrays.

    Training, validation and test images follow one another in a stratified
    order, so which these are does not depend on the part that is measured.
    """
    _, labels = load_digits()
    order = PROBES + stratified_order(stream, labels[PROBES:])
    first = setup.examples
    if setup.heldout_part == "test":
        first += setup.heldout_examples
    return order[: setup.examples], order[first : first + setup.heldout_examples]


def probes(setup):
    """Inputs on which networks of all seeds are compared, (PROBES, inputs); None for a sum, whose
    training examples may be all there are."""
    return load_digits()[0][:PROBES] if setup.task == "digits" else None


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
    draw = {"addition": _draw_addition, "digits": _draw_digits}[setup.task]
    used = setup.batches * setup.batch_size
    training, heldout = zip(*(draw(setup, streams, used) for streams in draws))
    return _stack(training), _stack(heldout)


def _draw_addition(setup, streams, used):
    if setup.examples == ALL:
        left, right = all_operands(streams.data, setup.bits)
    else:
        left, right = draw_operands(streams.data, setup.examples, setup.bits)
    unseen = draw_heldout(streams.heldout, setup.heldout_examples, setup.bits, left, right)
    return add(left[:used], right[:used], setup.bits), add(*unseen, setup.bits)


def _draw_digits(setup, streams, used):
    images, labels = load_digits()
    one_hot = np.eye(DIGITS_SIZES[1])[labels]
    training, heldout = split_digits(setup, streams.split)
    return tuple((images[part], one_hot[part]) for part in (training[:used], heldout))


def _stack(examples):
    """Stack (inputs, targets) of each replica, padded with zeros to the longest."""
    longest = max(len(inputs) for inputs, _ in examples)
    present = np.array([np.arange(longest) < len(inputs) for inputs, _ in examples])

    def padded(rows):
        return np.pad(rows, [(0, longest - len(rows)), (0, 0)])

    inputs, targets = (np.stack([padded(rows) for rows in part]) for part in zip(*examples))
    return Examples(inputs, targets, present)
