"""Passes over the examples of a stack: the epochs of training, and the answers as weights are."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from synthgrad.core.arrays import Floats
from synthgrad.core.kernels import reference
from synthgrad.core.network.layers import Layer, kernels_of
from synthgrad.core.network.methods import forward, training_step
from synthgrad.core.setup import Setup
from synthgrad.core.tasks import Examples
from synthgrad.core.training.stack import Stack

Tally = Callable[[Sequence[Layer], Floats], Floats]
"""Takes layers and a minibatch's targets to one number a replica: (replicas, 1, 1)."""

Observer = Callable[[Sequence[Layer], Floats], object]
"""Is shown layers and a minibatch's targets."""


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
