"""Our engine, as the workflow runs it and with its NumPy alone."""

from contextlib import nullcontext

from synthgrad.core.kernels import compiled
from synthgrad.core.network import methods
from synthgrad.core.training import loop as training

from .start import draw_layers


class NumpyEngine:
    """With the plain kernels, which are the reference."""

    compile_seconds = 0.0
    kernels = staticmethod(nullcontext)

    def __init__(self, setup, seeds):
        self.batch_size = setup.batch_size
        self.layers, examples = draw_layers(setup, seeds)
        self.inputs, self.targets, _ = examples
        self.step = methods.training_step(setup)

    @staticmethod
    def stacks(setup):
        return (training.stack_size(setup),)

    def run(self, epochs):
        with self.kernels():
            for _ in range(epochs):
                for first in range(0, self.inputs.shape[1], self.batch_size):
                    rows = slice(first, first + self.batch_size)
                    self.step(self.layers, self.inputs[:, rows], self.targets[:, rows])

    def weights(self):
        generators = [layer.generator for layer in self.layers if hasattr(layer, "generator")]
        return [layer.linear.weights for layer in self.layers] + [
            part for generator in generators for part in generator.linear.parameters()
        ]


class Engine(NumpyEngine):
    """With the compiled kernels, as in the jobs of the workflow."""

    kernels = staticmethod(compiled.engaged)
