"""What a rank does between messages: the parts of a training step, as programs of the engine.

The layer code of `network` is recorded once and cut where a message comes or goes. What a
program needs is put into arrays that stay where they are; what it makes is found in others.
"""

import copy
from itertools import pairwise

from synthgrad.core.arrays import aligned
from synthgrad.core.kernels.recording import Recorder
from synthgrad.core.network.dni import DecoupledLayer
from synthgrad.core.network.layers import kernels_of
from synthgrad.core.network.local import LocalLayer

LATE_TARGETS = ("repredicted", "kept")
"""What a late target is compared with: what the generator now predicts from what it then saw,
or what it predicted then."""


class Recording:
    """The layers of a rank while they are recorded.

    Parameters
    ----------
    network : list of Layer
        All layers.
    share : slice
        The rank's own.

    Attributes
    ----------
    recorder : Recorder
    layers : list of Layer
    is_lowest, is_last : bool
        Whether the network's lowest and its last are among them.
    is_awaited : bool
        Whether a generator on the rank below learns from them.
    """

    def __init__(self, network, share):
        replicas, self._inputs, _ = network[0].linear.weights.shape
        self._outputs = network[-1].linear.weights.shape[2]
        self.recorder = Recorder(replicas, minibatches=1, in_parts=True)
        self.layers = self.recorder.stand_in(network[share], kernels_of(network))
        self.is_lowest, self.is_last = share.start == 0, share.stop == len(network)
        below = None if self.is_lowest else network[share.start - 1]
        self.is_awaited = isinstance(below, DecoupledLayer)

    def room(self, rows, units):
        """An array to be filled before a program runs, and what stands for it in the record."""
        array = aligned((self.recorder.replicas, rows, units))
        array.fill(0)
        return array, self.recorder.whole(array)

    def room_for_examples(self, rows):
        """The same for the inputs of the network and for the labels."""
        return self.room(rows, self._inputs), self.room(rows, self._outputs)

    def room_for_received(self, rows):
        """The same for the inputs of the rank's lowest layer."""
        return self.room(rows, self.layers[0].linear.weights.shape[1])

    def room_for_gradient(self, rows):
        """The same for the gradient at the output of its topmost layer."""
        return self.room(rows, self.layers[-1].linear.weights.shape[2])

    def program(self):
        """What has been recorded since the last one."""
        return self.recorder.program()

    def join(self, layer, parts):
        """Hand a layer what its copies saw of parts of a minibatch, for one update."""
        layer.inputs = self._joined([part.inputs for part in parts])
        layer.delta = self._joined([part.delta for part in parts])

    def _joined(self, parts):
        _, rows, units = parts[0].shape
        array, whole = self.room(rows * len(parts), units)
        for k, part in enumerate(parts):
            place = self.recorder.whole(array[:, rows * k : rows * (k + 1)])
            self.recorder.assign(place, part)
        return whole


class LockedPrograms:
    """Backprop or feedback alignment, for a rank that waits for the gradient at its output.

    Attributes
    ----------
    passes : list of Pass, one a micro-batch
    update : Program, after all of them
    """

    def __init__(self, recording, rows, micro_batches=1):
        self.passes = [
            Pass(recording, copies(recording.layers, micro_batches), rows // micro_batches)
            for _ in range(micro_batches)
        ]
        for k, layer in enumerate(recording.layers):
            if micro_batches > 1:
                recording.join(layer, [part.layers[k] for part in self.passes])
            layer.update()
        self.update = recording.program()


def copies(layers, micro_batches):
    """Shallow copies: each keeps what it saw of its part, all share the weights."""
    return layers if micro_batches == 1 else [copy.copy(layer) for layer in layers]


class Pass:
    """A micro-batch on its way up through locked layers, and down.

    Attributes
    ----------
    layers : list of Layer, recorded
    received, labels, gradient : arrays to fill
        The network's last layer needs labels, the others the gradient at the output.
    forward, backward : Program
    output, handed_down : arrays that these make
    """

    def __init__(self, recording, layers, rows):
        self.layers = layers
        self.received, output = recording.room_for_received(rows)
        _, (self.labels, labels) = recording.room_for_examples(rows)
        self.gradient, gradient = recording.room_for_gradient(rows)
        for layer in layers:
            output = layer.forward(output)
        self.output = output.numbers
        self.forward = recording.program()
        gradient = output - labels if recording.is_last else gradient
        for layer in reversed(layers):
            layer.backward(gradient)
            if not (recording.is_lowest and layer is layers[0]):
                gradient = layer.input_gradient()
        self.handed_down = gradient.numbers
        self.backward = recording.program()


class DecoupledPrograms:
    """Layers that do not wait, and the generators below other layers of the rank.

    Attributes
    ----------
    received, inputs, labels : arrays to fill
        The inputs of the lowest layer and, for all of them, of the network.
    forward : Program
        All layers forward, each with its own update.
    output, handed_down : arrays that it makes
        What is handed down is the target of a generator; None where there is none.
    inner : Program
        Updates all generators but one on top that learns from the rank above.
    late : LateGenerator or None
        That one.
    """

    def __init__(self, recording, rows, late_targets=LATE_TARGETS[0]):
        layers, top = recording.layers, recording.layers[-1]
        has_generator = isinstance(top, DecoupledLayer)
        (self.inputs, inputs), (self.labels, labels) = recording.room_for_examples(rows)
        self.received, output = self.inputs, inputs
        if not recording.is_lowest:
            self.received, output = recording.room_for_received(rows)
        for layer in layers:
            output = learn(layer, output, inputs, labels)
        self.output, self.handed_down = output.numbers, None
        if recording.is_awaited:
            self.handed_down = layers[0].input_gradient().numbers
        self.forward = recording.program()
        if has_generator and recording.is_last:
            top.update_generator(top.output - labels)
        for layer, above in pairwise(layers):
            if isinstance(layer, DecoupledLayer):
                layer.update_generator(above.input_gradient())
        self.inner = recording.program()
        self.late = None
        if has_generator and not recording.is_last:
            self.late = LateGenerator(recording, top.generator, late_targets)


def learn(layer, inputs, network_inputs, labels):
    """The output of a layer that does not wait, and its own update."""
    if isinstance(layer, DecoupledLayer):
        return layer.forward_and_synthetic_update(inputs, network_inputs, labels)
    if isinstance(layer, LocalLayer):
        return layer.forward_and_local_update(inputs, labels)
    output = layer.forward(inputs)
    layer.backward(output - labels)
    layer.update()
    return output


class LateGenerator:
    """A generator whose targets come when it may have seen other minibatches."""

    def __init__(self, recording, generator, late_targets=LATE_TARGETS[0]):
        late, self._kept = copy.copy(generator), []

        def again(made):
            """Room for what was made of a minibatch, to be put there again."""
            array, room = recording.room(*made.shape[1:])
            self._kept.append((made.numbers, array))
            return room

        late.condition = again(generator.condition)
        if late_targets == "kept":
            late.seen = again(generator.seen)
            late.synthetic_gradient = again(generator.synthetic_gradient)
        else:
            late.predict(late.condition)
        self._target, target = recording.room(*generator.synthetic_gradient.shape[1:])
        late.update(target)
        self.update = recording.program()

    def keep(self):
        """Copies of what a target for the present minibatch will be compared by."""
        return [made.copy() for made, _ in self._kept]

    def train(self, kept, target):
        """Learn from a target, by what was kept of its minibatch."""
        for (_, array), numbers in zip(self._kept, kept, strict=True):
            array[...] = numbers
        self._target[...] = target
        self.update.run()
