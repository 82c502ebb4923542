"""Handwritten digits: a task with labels, to see what carries over from the toy.

They are the 1797 images of 8 x 8 pixels that come with scikit-learn, the test
set of a collection of UCI (Alpaydin 1998). Pixels are scaled to [0, 1]; of the
ten targets, that of the label is 1 and the others are 0.
"""

from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from synthgrad.core.arrays import Bools, Floats, Integers
from synthgrad.core.streams import Draws
from synthgrad.core.tasks.task import Pair, Task, share

if TYPE_CHECKING:
    from synthgrad.core.setup import Setup

PIXELS, LABELS = 64, 10

PROBES = 30
"""The first images, three of each digit, which no seed trains or is tested on: what networks make
of them is compared from seed to seed."""

IMAGES = 1797 - PROBES
"""How many other images there are."""


class Digits(Task):
    """Name the digit in an image.

    `examples` images are for training and `heldout_examples` for each of two
    further parts, ``validation`` and ``test``; `heldout_part` says on which of
    them a run is measured. Both accuracies are the share of images with the
    right label.
    """

    losses = ("squared-error", "cross-entropy")
    heldout_parts = ("test", "validation")
    # A test set that were looked at on the way would not be one.
    heldout_at_end = True
    has_bits = False

    def sizes(self, setup: "Setup") -> tuple[int, int]:
        return PIXELS, LABELS

    def training_examples(self, setup: "Setup") -> int:
        return int(setup.examples)

    def check(self, setup: "Setup") -> None:
        super().check(setup)
        if isinstance(setup.examples, str):
            raise ValueError(
                f"examples is {setup.examples!r} with task 'digits'; allowed is a whole number"
            )
        images = setup.examples + 2 * setup.heldout_examples
        if images > IMAGES:
            raise ValueError(
                f"examples is {setup.examples} and heldout_examples {setup.heldout_examples}, for "
                f"which {images} images would be needed; allowed are at most {IMAGES} for "
                "training, validation and test"
            )

    def draw(self, setup: "Setup", streams: Draws) -> tuple[Pair, Pair]:
        images, labels = load_digits()
        one_hot = np.eye(LABELS)[labels]
        training, heldout = split_digits(setup, streams.split)
        return (images[training], one_hot[training]), (images[heldout], one_hot[heldout])

    def accuracy(self, outputs: Floats, targets: Floats, present: Bools) -> Floats:
        return label_accuracy(outputs, targets, present)

    exact_accuracy = accuracy

    def constant_answer(self, targets: Floats, present: Bools) -> Floats:
        return most_frequent_label(targets, present)

    def probes(self) -> Floats:
        return load_digits()[0][:PROBES]


TASK = Digits()


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


def split_digits(setup: "Setup", stream: np.random.RandomState) -> tuple[Integers, Integers]:
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


def label_accuracy(outputs: Floats, targets: Floats, present: Bools) -> Floats:
    """Share of examples whose largest output, the first of equals, is the label.

    Parameters
    ----------
    outputs, targets : (replicas, examples, labels) arrays
    present : (replicas, examples) array of bool

    Returns
    -------
    (replicas,) array

    Examples
    --------
    >>> outputs = np.array([[[0.1, 0.7, 0.2], [0.4, 0.4, 0.2]]])
    >>> targets = np.array([[[0.0, 1.0, 0.0], [0.0, 1.0, 0.0]]])
    >>> label_accuracy(outputs, targets, np.array([[True, True]]))
    array([0.5])
    """
    right = outputs.argmax(axis=-1, keepdims=True) == targets.argmax(axis=-1, keepdims=True)
    return share(right, present)


def most_frequent_label(targets: Floats, present: Bools) -> Floats:
    """The constant prediction of the most frequent label.

    Parameters
    ----------
    targets : (replicas, examples, labels) array of 0 and 1
    present : (replicas, examples) array of bool

    Returns
    -------
    (replicas, 1, labels) array of 0 and 1

    Examples
    --------
    >>> targets = np.array([[[1.0, 0.0], [0.0, 1.0], [0.0, 1.0]]])
    >>> most_frequent_label(targets, np.array([[True, True, True]]))
    array([[[0., 1.]]])
    """
    counts = targets.sum(axis=-2, keepdims=True, where=present[..., None])
    return np.eye(targets.shape[-1])[counts.argmax(axis=-1)]
