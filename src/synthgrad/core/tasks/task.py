"""What every task has in common.

A task says how wide a network has to be, draws examples, and judges answers.
Everything else in the core is the same for all tasks.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, NamedTuple

import numpy as np

from synthgrad.core.arrays import Bools, Floats
from synthgrad.core.streams import Draws

if TYPE_CHECKING:
    from synthgrad.core.setup import Setup

Pair = tuple[Floats, Floats]
"""The inputs and the targets of one replica's examples, with no axis of replicas."""


class Task(ABC):
    """A task: what is learnt, and what counts as right.

    The two accuracies stand in the tables as `bit_accuracy` and
    `sum_accuracy`, whatever the task; `heldout_bit_accuracy` and
    `heldout_sum_accuracy` are the same on held-out examples.
    """

    losses: ClassVar[tuple[str, ...]]
    """The losses that suit its targets."""

    heldout_parts: ClassVar[tuple[str, ...]]
    """The parts that held-out examples may come from; tuning uses ``validation`` if it is there."""

    heldout_at_end: ClassVar[bool]
    """Whether held-out examples are looked at only once, after the last epoch."""

    has_bits: ClassVar[bool]
    """Whether the setting `bits` means something to it."""

    @abstractmethod
    def sizes(self, setup: "Setup") -> tuple[int, int]:
        """Units of the network's inputs and outputs.

        Parameters
        ----------
        setup : Setup

        Returns
        -------
        inputs, outputs : int
        """

    @abstractmethod
    def training_examples(self, setup: "Setup") -> int:
        """How many examples are drawn for training.

        Parameters
        ----------
        setup : Setup

        Returns
        -------
        int
        """

    def training_answers(self, setup: "Setup") -> int:
        """How many answers `accuracy` judges on the examples in whole minibatches.

        Parameters
        ----------
        setup : Setup

        Returns
        -------
        int
            One an example, unless the task says otherwise.
        """
        return setup.batches * setup.batch_size

    def check(self, setup: "Setup") -> None:
        """Refuse settings that make no sense for this task; a task may refuse more.

        Parameters
        ----------
        setup : Setup

        Raises
        ------
        ValueError
            Names the field, its value and what is allowed.
        """
        for name, allowed in (("loss", self.losses), ("heldout_part", self.heldout_parts)):
            value = getattr(setup, name)
            if value not in allowed:
                raise ValueError(
                    f"{name} is {value!r} with task {setup.task!r}; allowed is "
                    f"{' or '.join(allowed)}"
                )

    @abstractmethod
    def draw(self, setup: "Setup", streams: Draws) -> tuple[Pair, Pair]:
        """Draw the training and the held-out examples of one replica.

        Parameters
        ----------
        setup : Setup
        streams : Draws

        Returns
        -------
        training, heldout : pairs of (examples, inputs) and (examples, outputs) arrays
        """

    @abstractmethod
    def accuracy(self, outputs: Floats, targets: Floats, present: Bools) -> Floats:
        """How much of the answers is right: the table's `bit_accuracy`.

        Parameters
        ----------
        outputs, targets : (replicas, examples, outputs) arrays
        present : (replicas, examples) array of bool

        Returns
        -------
        (replicas,) array
            From 0 to 1, NaN without examples.
        """

    @abstractmethod
    def exact_accuracy(self, outputs: Floats, targets: Floats, present: Bools) -> Floats:
        """Share of examples whose whole answer is right: the table's `sum_accuracy`.

        Parameters
        ----------
        outputs, targets : (replicas, examples, outputs) arrays
        present : (replicas, examples) array of bool

        Returns
        -------
        (replicas,) array
            From 0 to 1, NaN without examples.
        """

    @abstractmethod
    def constant_answer(self, targets: Floats, present: Bools) -> Floats:
        """The best answer that does not look at the inputs; its accuracy is chance.

        Parameters
        ----------
        targets : (replicas, examples, outputs) array of 0 and 1
        present : (replicas, examples) array of bool

        Returns
        -------
        (replicas, 1, outputs) array of 0 and 1
        """

    def probes(self) -> Floats | None:
        """Inputs on which networks of all seeds are compared, if the task sets some apart.

        Returns
        -------
        (probes, inputs) array or None
        """
        return None

    def questions(self, setup: "Setup") -> Floats:
        """Inputs that networks of all seeds answer in the end, so that two can be compared.

        Parameters
        ----------
        setup : Setup

        Returns
        -------
        (questions, inputs) array
            Of no questions where the task has none.
        """
        return np.empty((0, self.sizes(setup)[0]))

    def answers(self, outputs: Floats) -> Bools:
        """What outputs answer, by the same threshold as `accuracy`.

        Parameters
        ----------
        outputs : (..., outputs) array

        Returns
        -------
        (..., outputs) array of bool
            One bit an output, unless the task says otherwise.
        """
        return outputs > 0.5


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


def share(right: Bools, present: Bools) -> Floats:
    """Share of what is right in the examples that are present, NaN where there are none.

    Parameters
    ----------
    right : (replicas, examples, outputs) array of bool
    present : (replicas, examples) array of bool

    Returns
    -------
    (replicas,) array
    """
    counts = (right & present[..., None]).sum(axis=(1, 2))
    with np.errstate(invalid="ignore"):
        return counts / (present.sum(axis=1) * right.shape[2])


def stack_examples(examples: Sequence[Pair]) -> Examples:
    """The examples of several replicas, padded with zeros to the longest.

    Parameters
    ----------
    examples : sequence of (inputs, targets), one a replica

    Returns
    -------
    of type Examples
    """
    longest = max(len(inputs) for inputs, _ in examples)
    present = np.array([np.arange(longest) < len(inputs) for inputs, _ in examples])

    def padded(rows: Floats) -> Floats:
        return np.pad(rows, [(0, longest - len(rows)), (0, 0)])

    inputs, targets = (np.stack([padded(rows) for rows in part]) for part in zip(*examples))
    return Examples(inputs, targets, present)
