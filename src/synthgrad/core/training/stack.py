"""Replicas that train side by side: how they start, and their epochs."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from synthgrad.core.arrays import Floats, Integers, Objects
from synthgrad.core.kernels import Kernels, reference
from synthgrad.core.network.build import build_network
from synthgrad.core.network.layers import Layer, kernels_of
from synthgrad.core.network.methods import forward, training_step
from synthgrad.core.network.sizes import weights
from synthgrad.core.setup import Setup
from synthgrad.core.streams import DRAWS
from synthgrad.core.tasks import Examples, draw_examples

StepSizes = Sequence[float] | Floats
"""One a replica."""

Tally = Callable[[Sequence[Layer], Floats], Floats]
"""Takes layers and a minibatch's targets to one number a replica: (replicas, 1, 1)."""

Observer = Callable[[Sequence[Layer], Floats], object]
"""Is shown layers and a minibatch's targets."""

STACK_BYTES = 1536 * 1024
"""Parameters of a stack.

Replicas go through an epoch one after another, so that a larger one is hardly faster: what is done
in Python once an epoch is little beside such a stack. A smaller one is sooner done with an epoch,
and says how far it is.
"""


@dataclass(frozen=True, eq=False)
class Stack:
    """Replicas of one setup; `arrays.select` picks some of them.

    Attributes
    ----------
    places : (replicas,) int array
        Where they stand among the replicas that were drawn.
    layers : list of Layer
    training, heldout : Examples
    order : (replicas,) array of numpy.random.RandomState
        Streams of the order of minibatches.
    """

    places: Integers
    layers: list[Layer]
    training: Examples
    heldout: Examples
    order: Objects


def step_sizes(
    setup: Setup,
    replicas: int,
    step_size: StepSizes | None = None,
    generator_step_size: StepSizes | None = None,
) -> tuple[Floats, Floats]:
    """The step sizes of each replica: those given, or else those of the setup.

    Parameters
    ----------
    setup : Setup
    replicas : int
    step_size, generator_step_size : (replicas,) arrays, optional

    Returns
    -------
    step_size, generator_step_size : (replicas,) arrays

    Examples
    --------
    >>> step_sizes(Setup(step_size=0.1), 2, generator_step_size=[0.02, 0.03])
    (array([0.1, 0.1]), array([0.02, 0.03]))
    """
    own = setup.step_size if step_size is None else step_size
    generators = setup.generator_step_size if generator_step_size is None else generator_step_size
    return np.full(replicas, own, dtype=float), np.full(replicas, generators, dtype=float)


def stack_size(setup: Setup) -> int:
    """How many replicas train side by side.

    Parameters
    ----------
    setup : Setup

    Returns
    -------
    int of at least 1

    Examples
    --------
    >>> stack_size(Setup(bits=8, hidden=(64, 32))), stack_size(Setup(hidden=(1024, 1024)))
    (59, 1)
    """
    return max(1, STACK_BYTES // (8 * sum(weights(setup))))


def draw_stack(
    setup: Setup,
    seeds: Sequence[int] | Integers,
    step_size: StepSizes | None = None,
    generator_step_size: StepSizes | None = None,
    kernels: Kernels | None = None,
) -> Stack:
    """Draw the examples and the initial layers of replicas.

    Parameters
    ----------
    setup : Setup
    seeds : sequence of int, one a replica
    step_size, generator_step_size : (replicas,) arrays, default those of the setup
    kernels : Kernels, default `kernels.chosen`
        What the layers compute with.

    Returns
    -------
    Stack
    """
    draws = [DRAWS[setup.draws](int(seed)) for seed in seeds]
    training, heldout = draw_examples(setup, draws)
    sizes = step_sizes(setup, len(draws), step_size, generator_step_size)
    layers = build_network(setup, draws, *sizes, kernels)
    order = np.array([each.order for each in draws], dtype=object)
    return Stack(np.arange(len(seeds)), layers, training, heldout, order)


class Epochs:
    """One pass after another over the minibatches of a stack.

    Parameters
    ----------
    setup : Setup
    stack : Stack, whose layers are changed in place
    tallies : dict of callables
    after_step : callable, optional
    """

    def __init__(
        self,
        setup: Setup,
        stack: Stack,
        tallies: Mapping[str, Tally],
        after_step: Observer | None = None,
    ) -> None:
        self.setup, self.stack = setup, stack
        inputs, targets, _ = stack.training
        if setup.shuffle:
            inputs, targets = inputs.copy(), targets.copy()
        self.inputs, self.targets = inputs, targets
        self.sums = {name: np.zeros((len(inputs), 1, 1)) for name in tallies}
        train = training_step(setup)

        def step(layers: Sequence[Layer], inputs: Floats, targets: Floats) -> None:
            train(layers, inputs, targets)
            for name, tally in tallies.items():
                kernels_of(layers).add(self.sums[name], tally(layers, targets))
            if after_step is not None:
                after_step(layers, targets)

        one_by_one = after_step is not None
        kernels = reference if one_by_one else kernels_of(stack.layers)
        self.run = kernels.repeat(step, stack.layers, inputs, targets, setup.batch_size)

    def train(self) -> dict[str, Floats]:
        """Make one pass.

        Returns
        -------
        dict of (replicas,) arrays
            The sums of the tallies.
        """
        if self.setup.shuffle:
            self._shuffle()
        for total in self.sums.values():
            total.fill(0)
        self.run()
        return {name: total[:, 0, 0].copy() for name, total in self.sums.items()}

    def _shuffle(self) -> None:
        """Put the training examples of each replica in an order drawn from its stream."""
        count = self.inputs.shape[1]
        order = np.array([stream.permutation(count) for stream in self.stack.order])[:, :, None]
        for shuffled, part in zip((self.inputs, self.targets), self.stack.training[:2]):
            shuffled[:] = np.take_along_axis(part, order, 1)


BLOCK = 50
"""Examples that go up through the layers together when they are looked at."""


class Answers:
    """The outputs of layers for all examples, as the weights are.

    Parameters
    ----------
    layers : sequence of Layer
    examples : Examples
    """

    def __init__(self, layers: Sequence[Layer], examples: Examples) -> None:
        kernels = kernels_of(layers)
        self.outputs = np.empty_like(examples.targets)
        count = examples.inputs.shape[1]
        whole = count - count % BLOCK
        blocks = [(slice(0, whole), BLOCK), (slice(whole, count), count - whole)]
        self.runs = [
            kernels.repeat(_answer, layers, examples.inputs[:, rows], self.outputs[:, rows], size)
            for rows, size in blocks
            if rows.stop > rows.start
        ]

    def give(self) -> Floats:
        """Bring them up to date.

        Returns
        -------
        (replicas, examples, outputs) array
        """
        for run in self.runs:
            run()
        return self.outputs


def _answer(layers: Sequence[Layer], inputs: Floats, outputs: Floats) -> None:
    kernels_of(layers).assign(outputs, forward(layers, inputs)[-1])
