"""Replicas that train side by side: how many, and how they start."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from synthgrad.core.arrays import Floats, Integers, Objects
from synthgrad.core.kernels import Kernels
from synthgrad.core.network.build import build_network
from synthgrad.core.network.layers import Layer
from synthgrad.core.network.sizes import weights
from synthgrad.core.setup import Setup
from synthgrad.core.streams import DRAWS
from synthgrad.core.tasks import Examples, draw_examples

StepSizes = Sequence[float] | Floats
"""One a replica."""

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
