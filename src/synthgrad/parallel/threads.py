"""The rival of two ranks: backprop by two threads of one process.

Each takes half of a minibatch's examples up and down. When both have done so, each updates half of
the weights of every layer, from all examples. The weights are to the bit those of one thread: what
a product gives for an example does not depend on the others, and sums go through them in order.
"""

import time
from threading import Thread

import numpy as np

from synthgrad.parallel.programs import Pass, Recording

THREADS = 2


class Halves:
    """A network that two threads train.

    Parameters
    ----------
    network : list of Layer
        Without biases and batch normalisation.
    inputs, labels : (replicas, examples, units) arrays
    batch_size : int, even
    """

    def __init__(self, network, inputs, labels, batch_size):
        self._examples = inputs, labels
        self._half, self._batches = batch_size // THREADS, inputs.shape[1] // batch_size
        recordings = [Recording(network, slice(0, len(network))) for _ in range(THREADS)]
        self._passes = [Pass(recording, recording.layers, self._half) for recording in recordings]
        self._deltas = [
            np.empty((len(inputs), batch_size, layer.linear.weights.shape[2])) for layer in network
        ]
        self._seen = [
            [(part, np.empty((len(inputs), batch_size, part.stop - part.start))) for part in parts]
            for parts in map(_parts, network)
        ]
        self._updates = [self._update(recordings[t], network, t) for t in range(THREADS)]
        self._met = [0] * THREADS

    def _update(self, recording, network, thread):
        """The program that updates a thread's half of the weights of every layer."""
        recorder = recording.recorder
        for layer, seen, delta in zip(network, self._seen, self._deltas, strict=True):
            part, inputs = seen[thread]
            weights = layer.linear.weights[:, part]
            arrays = weights, inputs, delta, layer.step_size.size
            recorder.descend(*map(recorder.whole, arrays))
        return recording.program()

    def run(self, minibatches):
        """Train on so many minibatches, from the first."""
        other = Thread(target=self._train, args=(1, minibatches))
        other.start()
        self._train(0, minibatches)
        other.join()

    def _train(self, thread, minibatches):
        own = self._passes[thread]
        rows = slice(self._half * thread, self._half * (thread + 1))
        for n in range(minibatches):
            first = n % self._batches * THREADS * self._half + rows.start
            for array, examples in zip((own.received, own.labels), self._examples, strict=True):
                array[...] = examples[:, first : first + self._half]
            own.forward.run()
            own.backward.run()
            for layer, seen, delta in zip(own.layers, self._seen, self._deltas, strict=True):
                delta[:, rows] = layer.delta.numbers
                for part, inputs in seen:
                    inputs[:, rows] = layer.inputs.numbers[:, :, part]
            self._meet(thread)
            self._updates[thread].run()
            self._meet(thread)

    def _meet(self, thread):
        """Wait for the other thread, as ranks wait: looking again and again."""
        self._met[thread] += 1
        while self._met[1 - thread] < self._met[thread]:
            time.sleep(0)  # which lets go of the interpreter


def _parts(layer):
    """The numbers of a layer's inputs whose weights each thread updates."""
    _, fan_in, _ = layer.linear.weights.shape
    return slice(0, fan_in // 2), slice(fan_in // 2, fan_in)
