"""Time by the processor's clock, taken in turns; and the least time a step could take.

A process that has one core to itself is busy all the time, so its processor
time is what a clock on the wall shows. Where other programs want the core as
well, the wall clock counts their turns too, and processor time does not.
"""

import time
from importlib.util import find_spec
from math import ceil

import numpy as np

from synthgrad.core.network.sizes import multiplications


def seconds(run, *arguments):
    """Processor and wall seconds of one call, which must not return before its work is done."""
    wall, processor = time.perf_counter(), time.process_time()
    run(*arguments)
    return time.process_time() - processor, time.perf_counter() - wall


class Stopwatch:
    """Times a contestant per training step of one replica.

    Parameters
    ----------
    contestant : any class of `contestants`
    setup : Setup
    replicas : int
        How many the contestant trains side by side.
    at_least : float
        Seconds that one measurement takes.

    Attributes
    ----------
    microseconds : list of float
        Processor time per step of one replica, one a measurement.
    wall : list of float
        The same by the wall clock.
    """

    def __init__(self, contestant, setup, replicas, at_least):
        self.contestant = contestant
        self.steps = replicas * setup.batches
        contestant.run(1)
        self.epochs = 1
        while (taken := seconds(contestant.run, self.epochs)[0]) < at_least / 10:
            self.epochs *= 2
        self.epochs = ceil(self.epochs * at_least / taken)
        self.microseconds, self.wall = [], []

    def measure(self):
        processor, wall = seconds(self.contestant.run, self.epochs)
        self.microseconds.append(processor / self.epochs / self.steps * 1e6)
        self.wall.append(wall / self.epochs / self.steps * 1e6)


def take_turns(measures, repeats):
    """Call each of several functions once, in turn, and all of that so many times."""
    for _ in range(repeats):
        for measure in measures:
            measure()


class Peak:
    """The fastest square float64 matrix product seen, of NumPy's BLAS or, if there, PyTorch's."""

    SIZE = 1024

    def __init__(self):
        self.gigaflops = {}
        square = np.random.RandomState(0).rand(self.SIZE, self.SIZE)
        self.products = {"NumPy": lambda: square @ square}
        if find_spec("torch"):
            import torch

            tensor = torch.from_numpy(square)
            self.products["PyTorch"] = lambda: tensor @ tensor
        self.measure()
        self.gigaflops.clear()  # The first products warm up.

    def measure(self):
        for name, product in self.products.items():
            rate = 2 * self.SIZE**3 / seconds(product)[0] / 1e9
            self.gigaflops[name] = max(rate, self.gigaflops.get(name, 0.0))

    def microseconds(self, flops):
        """How long so many floating-point operations take at the peak rate."""
        return flops / max(self.gigaflops.values()) / 1e3


def flops_per_step(setup):
    """Floating-point operations in the matrix products of one training step of one replica.

    Each layer has a product forward and one for its gradient, each layer but
    the lowest one that carries a gradient down, each generator one to predict
    and one for its gradient. What is done element by element is left out.
    """
    return 2 * setup.batch_size * sum(multiplications(setup))
