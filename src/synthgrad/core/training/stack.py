"""Replicas that train side by side: how they start, and one epoch of theirs."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from synthgrad.core.arrays import Floats, Integers, Objects
from synthgrad.core.kernels import Kernels, reference
from synthgrad.core.network.build import build_network
from synthgrad.core.network.layers import Layer
from synthgrad.core.network.methods import training_step
from synthgrad.core.network.sizes import weights
from synthgrad.core.setup import Setup
from synthgrad.core.streams import DRAWS
from synthgrad.core.tasks import Examples, draw_examples

StepSizes = Sequence[float] | Floats
"""One a replica."""

Tally = Callable[[Sequence[Layer], Floats], Floats]
"""Takes layers and a minibatch's targets to one number a replica."""

STACK_BYTES = 3 << 19
"""Parameters of a stack: small enough to stay in cache, since a step passes over them repeatedly.

A larger stack costs fewer calls a replica. Between 1 and 2 MiB the time hardly changes.
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
    """How many replicas to train side by side, so that their parameters stay in cache.

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
    kernels: Kernels = reference,
) -> Stack:
    """Draw the examples and the initial layers of replicas.

    Parameters
    ----------
    setup : Setup
    seeds : sequence of int, one a replica
    step_size, generator_step_size : (replicas,) arrays, default those of the setup
    kernels : Kernels
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


def train_epoch(setup: Setup, stack: Stack, tallies: Mapping[str, Tally]) -> dict[str, Floats]:
    """One pass over the minibatches.

    Parameters
    ----------
    setup : Setup
    stack : Stack, whose layers are changed in place
    tallies : dict of callables

    Returns
    -------
    dict of (replicas,) arrays
        The sums of the tallies.
    """
    step = training_step(setup)
    inputs, targets, _ = _shuffled(stack) if setup.shuffle else stack.training
    sums = {name: np.zeros(len(inputs)) for name in tallies}
    for first in range(0, inputs.shape[1], setup.batch_size):
        rows = slice(first, first + setup.batch_size)
        step(stack.layers, inputs[:, rows], targets[:, rows])
        for name, tally in tallies.items():
            sums[name] = sums[name] + tally(stack.layers, targets[:, rows])
    return sums


def _shuffled(stack: Stack) -> Examples:
    """The training examples of each replica in an order drawn from its stream."""
    examples = stack.training
    count = examples.inputs.shape[1]
    order = np.array([stream.permutation(count) for stream in stack.order])[:, :, None]
    inputs, targets = (np.take_along_axis(part, order, 1) for part in examples[:2])
    return examples._replace(inputs=inputs, targets=targets)
