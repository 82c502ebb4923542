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

from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

import numpy as np

from synthgrad.core.arrays import Bools, Floats, Integers, Replicas
from synthgrad.core.setup import ALL, DIGITS_SIZES, PROBES, Setup

Pair = tuple[Floats, Floats]
"""The inputs and the targets of one replica's examples, with no axis of replicas."""

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

    Attributes
    ----------
    inputs : (replicas, examples, inputs) array
    targets : (replicas, examples, outputs) array
    present : (replicas, examples) array of bool
        False where a replica has fewer examples than its neighbours and the
        rest is padding.
    """

    inputs: Floats
    targets: Floats
    present: Bools

    def of(self, replicas: Replicas) -> "Examples":
        """The examples of some of the replicas.

        Parameters
        ----------
        replicas : slice, mask or array of places

        Returns
        -------
        Examples
        """
        return Examples(self.inputs[replicas], self.targets[replicas], self.present[replicas])


def paired_draws(seed: int) -> Draws:
    """Streams of the study: independent of one another, the same for every method.

    Stream k of a seed is ``RandomState(MT19937(SeedSequence(seed, spawn_key=(k,))))``,
    whose output NumPy has frozen. Since data and weights do not depend on the
    method, all methods of a seed are compared on the same data and weights.

    Parameters
    ----------
    seed : int of at least 0

    Returns
    -------
    Draws

    Examples
    --------
    >>> paired_draws(0).data.randint(0, 1000, 5)
    array([329, 566, 256, 690,  87])
    """
    return Draws(*(_stream(seed, k) for k in range(len(STREAMS))))


def published_draws(seed: int) -> Draws:
    """Streams of the tutorial: data, weights and generators share one legacy stream.

    It is that of ``numpy.random.seed(seed)``; what the tutorial did not draw
    keeps its own.

    Parameters
    ----------
    seed : int from 0 to 2**32 - 1

    Returns
    -------
    Draws

    Examples
    --------
    >>> draws = published_draws(1)
    >>> draws.data is draws.weights
    True
    """
    legacy = np.random.RandomState(seed)
    return paired_draws(seed)._replace(data=legacy, weights=legacy, generators=legacy)


def _stream(seed: int, k: int) -> np.random.RandomState:
    sequence = np.random.SeedSequence(seed, spawn_key=(k,))
    return np.random.RandomState(np.random.MT19937(sequence))


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


@cache
def load_digits() -> tuple[Floats, Integers]:
    """All images of handwritten digits and their labels.

    Returns
    -------
    images : (1797, 64) array
        Pixels from 0 to 1.
    labels : (1797,) array of int

    Raises
    ------
    ModuleNotFoundError
        Without scikit-learn, which has them: it comes with the extra `digits`.

    References
    ----------
    Alpaydin & Kaynak (1998), Optical recognition of handwritten digits, UCI
    Machine Learning Repository.
    """
    from sklearn import datasets

    images = datasets.load_digits()
    return images.data / 16, images.target


def stratified_order(stream: np.random.RandomState, labels: Integers) -> Integers:
    """A random order in which every stretch has each label as often as its share.

    That is to within one or two.

    Parameters
    ----------
    stream : RandomState
    labels : (examples,) array of int

    Returns
    -------
    (examples,) array of int
        Places in `labels`.

    Examples
    --------
    >>> labels = np.array([0, 0, 0, 0, 1, 1])
    >>> labels[stratified_order(np.random.RandomState(0), labels)].reshape(2, 3).sum(axis=1)
    array([1, 1])
    """
    shuffled = stream.permutation(len(labels))
    place = np.empty(len(labels))
    for label in np.unique(labels):
        own = np.flatnonzero(labels[shuffled] == label)
        place[own] = (np.arange(len(own)) + stream.rand(len(own))) / len(own)
    return shuffled[np.argsort(place, kind="stable")]


def split_digits(setup: Setup, stream: np.random.RandomState) -> tuple[Integers, Integers]:
    """Which images are for training and which are held out.

    Training, validation and test images follow one another in a stratified
    order, so which these are does not depend on the part that is measured.

    Parameters
    ----------
    setup : Setup
    stream : RandomState

    Returns
    -------
    training : (examples,) array of int
        Places in the images of `load_digits`.
    heldout : (heldout_examples,) array of int
    """
    _, labels = load_digits()
    order = PROBES + stratified_order(stream, labels[PROBES:])
    first = setup.training_examples
    if setup.heldout_part == "test":
        first += setup.heldout_examples
    return order[: setup.training_examples], order[first : first + setup.heldout_examples]


def probes(setup: Setup) -> Floats | None:
    """Inputs on which networks of all seeds are compared.

    Parameters
    ----------
    setup : Setup

    Returns
    -------
    (PROBES, inputs) array or None
        None for a sum, whose training examples may be all there are.
    """
    return load_digits()[0][:PROBES] if setup.task == "digits" else None


def draw_task(setup: Setup, draws: Sequence[Draws]) -> tuple[Examples, Examples]:
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


def _draw_addition(setup: Setup, streams: Draws, used: int) -> tuple[Pair, Pair]:
    if setup.examples == ALL:
        left, right = all_operands(streams.data, setup.bits)
    else:
        left, right = draw_operands(streams.data, setup.training_examples, setup.bits)
    unseen = draw_heldout(streams.heldout, setup.heldout_examples, setup.bits, left, right)
    training = add(left[:used], right[:used], setup.bits)
    return training, add(unseen[0], unseen[1], setup.bits)


def _draw_digits(setup: Setup, streams: Draws, used: int) -> tuple[Pair, Pair]:
    images, labels = load_digits()
    one_hot = np.eye(DIGITS_SIZES[1])[labels]
    training, heldout = split_digits(setup, streams.split)
    training = training[:used]
    return (images[training], one_hot[training]), (images[heldout], one_hot[heldout])


def _stack(examples: Sequence[Pair]) -> Examples:
    """Stack (inputs, targets) of each replica, padded with zeros to the longest."""
    longest = max(len(inputs) for inputs, _ in examples)
    present = np.array([np.arange(longest) < len(inputs) for inputs, _ in examples])

    def padded(rows: Floats) -> Floats:
        return np.pad(rows, [(0, longest - len(rows)), (0, 0)])

    inputs, targets = (np.stack([padded(rows) for rows in part]) for part in zip(*examples))
    return Examples(inputs, targets, present)
