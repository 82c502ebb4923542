"""What a rank's work takes without the others: the time of each layer and of each message.

These times are what `event_model` is fed with. They are measured in two ranks,
since a layer is as fast as the caches allow that it shares with others, but
without waiting: activations and gradients of other ranks are made up.
"""

import time

import numpy as np

from synthgrad.core.network.dni import DecoupledLayer
from synthgrad.parallel.mpi import wait_for
from synthgrad.parallel.pipeline import ACTIVATION
from synthgrad.parallel.programs import LateGenerator, Recording, copies, learn

OPERATIONS = ("forward", "down", "update")
"""What a layer does with a minibatch: locked layers go forward, take the gradient down and
update; decoupled ones update on their way forward, hand a target down and train their generator.
With a loss of its own a layer goes forward, and that is all."""

FORWARD, DOWN, UPDATE = range(len(OPERATIONS))

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

    Issend = Isend

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
        Seconds a minibatch of each of `OPERATIONS`, without those that calling a program
        takes; zeros for the layers of other ranks.
    """
    recording = Recording(stage.network, stage.share)
    if stage.way == "locked":
        programs = [*_locked(recording, stage.batch_size, micro_batches)]
    else:
        programs = [*_decoupled(recording, stage.batch_size)]
    empty = recording.program()
    call = min(_seconds(empty) for _ in range(100))
    seconds = np.zeros((len(stage.network), len(OPERATIONS)))
    for n in range(WARM_UP + minibatches):
        for layer, operation, program in programs:
            taken = _seconds(program) - call
            seconds[stage.share.start + layer, operation] += taken if n >= WARM_UP else 0
    return seconds / minibatches


def _seconds(program):
    began = time.perf_counter()
    program.run()
    return time.perf_counter() - began


def _locked(recording, rows, micro_batches):
    """The operations of backprop in their order: (layer, operation, Program)."""
    passes = [copies(recording.layers, micro_batches) for _ in range(micro_batches)]
    numbers = range(len(recording.layers))
    each = rows // micro_batches
    output = _filled(recording.room_for_received(each), 0.5)
    for layers in passes:
        handed = output
        for k in numbers:
            handed = layers[k].forward(handed)
            yield k, FORWARD, recording.program()
    gradient = _filled(recording.room_for_gradient(each), 1e-3)
    for layers in passes:
        handed = gradient
        for k in reversed(numbers):
            layers[k].backward(handed)
            if k > 0 or not recording.is_lowest:
                handed = layers[k].input_gradient()
            yield k, DOWN, recording.program()
    for k, layer in enumerate(recording.layers):
        if micro_batches > 1:
            recording.join(layer, [layers[k] for layers in passes])
        layer.update()
        yield k, UPDATE, recording.program()


def _decoupled(recording, rows):
    """The same of layers that do not wait. The generator on top is trained as on a late target."""
    inputs, labels = (_filled(room, 0.5) for room in recording.room_for_examples(rows))
    output = _filled(recording.room_for_received(rows), 0.5) if not recording.is_lowest else inputs
    layers = recording.layers
    for k, layer in enumerate(layers):
        output = learn(layer, output, inputs, labels)
        yield k, FORWARD, recording.program()
        generator_below = isinstance(layers[k - 1], DecoupledLayer) if k else recording.is_awaited
        if generator_below:
            target = layer.input_gradient()
            yield k, DOWN, recording.program()
            if k > 0:
                layers[k - 1].update_generator(target)
                yield k - 1, UPDATE, recording.program()
    if isinstance(layers[-1], DecoupledLayer):
        late = LateGenerator(recording, layers[-1].generator)
        yield len(layers) - 1, UPDATE, late.update


def _filled(room, value):
    """What stands for an array in the record, the array being filled with a value."""
    array, recorded = room
    array.fill(value)
    return recorded


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
