"""Any number of workers that run layers as `pipeline` does, as a discrete-event model.

The model is fed with measured times (`operations`): of each layer's operations
and of messages. It knows nothing of what a whole minibatch takes, so the runs
of two real ranks can put it to the test before it is asked about machines that
are not here.
"""

from collections import deque
from importlib.util import find_spec
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from synthgrad.parallel.pipeline import OUTSTANDING, SILENT, share_layers

MINIBATCHES = 48
"""Of which the second half is timed, after the pipeline has filled."""


class Link(NamedTuple):
    """Seconds that a message takes between two workers.

    sending : in which the sender can do nothing else
    one_way : from the start of sending until the receiver has it
    """

    sending: float
    one_way: float


def missing():
    """What the model needs and is not installed, in words; None if nothing is."""
    if find_spec("simpy") is None:
        return "simpy is not installed; the extra `parallel` has it"
    return None


def minibatch_seconds(setup, operations, workers, way, links, parts=1, overhead=0.0):
    """Time per minibatch, once the pipeline has filled.

    Parameters
    ----------
    setup : Setup, which says how layers are shared out
    operations : (layers, 3) array
        Seconds that each of `operations.OPERATIONS` of each layer takes for a minibatch.
    workers : int
    way : "locked", "lock-step" or "decoupled"
    links : sequence of Link, for the borders between workers from the lowest
    parts : int
        Micro-batches of locked workers.
    overhead : float
        Seconds a minibatch of what each worker does besides.
    """
    import simpy

    environment = simpy.Environment()
    shares = share_layers(setup, workers)
    chain = [
        _Worker(environment, [tuple(row) for row in operations[share]], share.start == 0, overhead)
        for share in shares
    ]
    for (lower, upper), link in zip(pairwise(chain), links, strict=True):
        lower.above, upper.below, lower.link_up, upper.link_down = upper, lower, link, link
    outstanding = OUTSTANDING if way == "decoupled" else 0
    for worker in chain:
        if way == "locked":
            environment.process(worker.locked(parts))
        elif setup.method == SILENT:
            environment.process(worker.silent(outstanding))
        else:
            environment.process(worker.decoupled(outstanding))
    environment.run()
    half = MINIBATCHES // 2
    return max((worker.ends[-1] - worker.ends[half - 1]) / half for worker in chain)


class _Worker:
    """A rank: its layers' times, and the mailboxes of what comes from below and from above."""

    def __init__(self, environment, layers, is_lowest, overhead):
        import simpy

        self.environment = environment
        self.layers = layers
        self.is_lowest = is_lowest
        self.overhead = overhead
        self.above = self.below = None
        self.link_up = self.link_down = None
        self.activations = simpy.Store(environment)
        self.targets = simpy.Store(environment)
        self.expected = simpy.Store(environment)
        self.awaited = 0
        self.ends = []

    def locked(self, parts):
        forward, down, update = np.sum(self.layers, axis=0)
        for _ in range(MINIBATCHES):
            for _ in range(parts):
                if self.below:
                    yield self.activations.get()
                yield self._work((self.overhead + forward) / parts)
                if self.above:
                    yield from self._send_up()
                else:
                    yield from self._go_down(down / parts)
            if self.above:
                for _ in range(parts):
                    yield self.targets.get()
                    yield from self._go_down(down / parts)
            yield self._work(update)
            self.ends.append(self.environment.now)

    def _go_down(self, seconds):
        yield self._work(seconds)
        if self.below:
            yield from self._send_down()

    def decoupled(self, outstanding):
        for _ in range(MINIBATCHES):
            if self.below:
                yield from self._receive_activation()
            yield self._work(self.overhead)
            for k, (forward, down, _) in enumerate(self.layers):
                yield self._work(forward)
                if k == len(self.layers) - 1 and self.above:
                    yield from self._send_up()
                    self.awaited += 1
                if k > 0:
                    yield self._work(down + self.layers[k - 1][2])
                elif not self.is_lowest:
                    yield self._work(down)
                    yield from self._send_down()
            yield from self._train_generator(outstanding)
            self.ends.append(self.environment.now)
        yield from self._train_generator(0)

    def silent(self, outstanding):
        """Layers to which nothing comes down. Each expects one activation at a time, and a rank
        goes on when all but `outstanding` of its own have been taken."""
        under_way = deque()
        self.expected.put(None)
        for _ in range(MINIBATCHES):
            if self.below:
                yield self.activations.get()
                self.expected.put(None)
            yield self._work(self.overhead + sum(forward for forward, _, _ in self.layers))
            if self.above:
                under_way.append(self.environment.process(self._hand_over()))
                yield self._work(self.link_up.sending)
                while len(under_way) > outstanding:
                    yield under_way.popleft()
            self.ends.append(self.environment.now)

    def _hand_over(self):
        """An activation goes up, is taken, and the sender hears of it."""
        yield self._work(self.link_up.one_way)
        yield self.above.expected.get()
        self.above.activations.put(None)
        yield self._work(self.link_up.one_way)

    def _receive_activation(self):
        """Wait for the lowest layer's inputs; meanwhile train on the targets that come."""
        activation = self.activations.get()
        while not activation.triggered:
            target = self.targets.get()
            yield activation | target
            if target.triggered:
                yield from self._train()
            else:
                target.cancel()
        yield activation

    def _train_generator(self, outstanding):
        while self.awaited and (self.targets.items or self.awaited > outstanding):
            yield self.targets.get()
            yield from self._train()

    def _train(self):
        self.awaited -= 1
        yield self._work(self.layers[-1][2])

    def _send_up(self):
        return self._send(self.link_up, self.above.activations)

    def _send_down(self):
        return self._send(self.link_down, self.below.targets)

    def _send(self, link, mailbox):
        self.environment.process(self._deliver(link.one_way, mailbox))
        yield self._work(link.sending)

    def _deliver(self, seconds, mailbox):
        yield self._work(seconds)
        mailbox.put(None)

    def _work(self, seconds):
        return self.environment.timeout(seconds)
