"""What a rank's work takes without the others: the time of each layer and of each message.

These times are what `event_model` is fed with. They are measured in two ranks,
since a layer is as fast as the caches allow that it shares with others, but
without waiting: activations and gradients of other ranks are made up.
"""

import copy
import time

import numpy as np

from synthgrad.core.network.dni import DecoupledLayer
from synthgrad.parallel.mpi import wait_for
from synthgrad.parallel.pipeline import ACTIVATION, join

OPERATIONS = ("forward", "down", "update")
"""What a layer does with a minibatch: locked layers go forward, take the gradient down and
update; decoupled ones update on their way forward, hand a target down and train their generator."""

OVERHEAD = "overhead"
"""What else a rank does for a minibatch: cutting it out, making copies, looking after messages."""

WARM_UP = 2
"""Minibatches before the first that is timed."""


class Silent:
    """Stands in for the communicator of a rank: whatever it waits for is there at once.

    filling : float, seconds spent on making up what is received
    """

    def __init__(self, rank, size):
        self.rank, self.size = rank, size
        self.filling = 0.0

    def Isend(self, array, rank, tag):
        """Send nothing."""
        return self

    def Irecv(self, array, rank, tag):
        """Fill the array with small numbers."""
        began = time.perf_counter()
        array.fill(0.5 if tag == ACTIVATION else 1e-3)
        self.filling += time.perf_counter() - began
        return self

    def Test(self):
        """A message is there as soon as it is asked for."""
        return True


def step_alone(stage, minibatches):
    """Seconds that a rank takes for a minibatch when nothing is late and messages cost nothing.

    stage : Stage, with a `Silent` communicator
    """
    stage.run(WARM_UP)
    filling, began = stage.comm.filling, time.perf_counter()
    stage.run(minibatches)
    return (time.perf_counter() - began - (stage.comm.filling - filling)) / minibatches


def rehearse(stage, micro_batches, minibatches):
    """Time the layers of a rank on their own.

    Parameters
    ----------
    stage : Stage, whose layers are trained
    micro_batches : int, into which locked layers split a minibatch
    minibatches : int, over which the mean is taken

    Returns
    -------
    (layers of the network, 3) array
        Seconds a minibatch of each of `OPERATIONS`; zeros for the layers of other ranks.
    """
    rng = np.random.RandomState(0)
    own = [stage.network.index(layer) for layer in stage.layers]
    lowest, topmost = stage.layers[0], stage.layers[-1]
    labels = stage.examples.targets[:, : stage.batch_size // micro_batches]
    inputs = stage.examples.inputs[:, : labels.shape[1]]
    received = inputs
    if own[0] > 0:
        received = rng.rand(*labels.shape[:2], lowest.linear.weights.shape[1])
    gradient = 1e-3 * rng.randn(*labels.shape[:2], topmost.linear.weights.shape[2])
    decoupled = isinstance(stage.network[0], DecoupledLayer)
    seconds = np.zeros((len(stage.network), len(OPERATIONS)))
    for n in range(WARM_UP + minibatches):
        taken = np.zeros((len(own), len(OPERATIONS)))
        if decoupled:
            _decoupled(stage, received, inputs, labels, gradient, taken)
        else:
            _locked(stage, received, gradient, micro_batches, taken)
        if n >= WARM_UP:
            seconds[own] += taken / minibatches
    return seconds


def _locked(stage, received, gradient, micro_batches, taken):
    passes = []
    for _ in range(micro_batches):
        split = micro_batches > 1
        layers = [copy.copy(layer) for layer in stage.layers] if split else stage.layers
        passes.append(layers)
        output = received
        for k, layer in enumerate(layers):
            began = time.perf_counter()
            output = layer.forward(output)
            taken[k, 0] += time.perf_counter() - began
    for layers in passes:
        handed = gradient
        for k in reversed(range(len(layers))):
            began = time.perf_counter()
            layers[k].backward(handed)
            if stage.layers[k] is not stage.network[0]:
                handed = layers[k].input_gradient()
            taken[k, 1] += time.perf_counter() - began
    for k, layer in enumerate(stage.layers):
        began = time.perf_counter()
        if micro_batches > 1:
            join(layer, [layers[k] for layers in passes])
        layer.update()
        taken[k, 2] += time.perf_counter() - began


def _decoupled(stage, received, inputs, labels, gradient, taken):
    output = received
    for k, layer in enumerate(stage.layers):
        began = time.perf_counter()
        if isinstance(layer, DecoupledLayer):
            output = layer.forward_and_synthetic_update(output, inputs, labels)
        else:
            output = layer.forward(output)
            layer.backward(output - labels)
            layer.update()
        ended = time.perf_counter()
        taken[k, 0] = ended - began
        if layer is not stage.network[0]:
            target = layer.input_gradient()
            taken[k, 1] = time.perf_counter() - ended
            if k > 0:
                taken[k - 1, 2] = _train_generator(stage.layers[k - 1], target)
    if isinstance(stage.layers[-1], DecoupledLayer):
        taken[-1, 2] = _train_generator(stage.layers[-1], gradient)


def _train_generator(layer, target):
    began = time.perf_counter()
    layer.update_generator(target)
    return time.perf_counter() - began


def exchange_messages(comm, size, rounds, limit):
    """Time messages of `size` bytes between two ranks, as a pipeline sends and receives them.

    Returns
    -------
    one_way : float
        Seconds from the start of a send until its receiver has it: half of a round trip.
    sending : float
        Seconds of them in which the sender can do nothing else.
    """
    message = np.zeros(size // 8)
    partner = 1 - comm.rank
    sending = 0.0
    for n in range(WARM_UP + rounds):
        if n == WARM_UP:
            started, sending = time.perf_counter(), 0.0
        received = np.empty_like(message)
        request = comm.Irecv(received, partner)
        if comm.rank == 1:
            wait_for(request, "a message", limit)
        began = time.perf_counter()
        sent = comm.Isend(message, partner)
        sending += time.perf_counter() - began
        if comm.rank == 0:
            wait_for(request, "a message", limit)
        wait_for(sent, "the other rank to take a message", limit)
    return (time.perf_counter() - started) / rounds / 2, sending / rounds
