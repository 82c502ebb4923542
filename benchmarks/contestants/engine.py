"""Our engine, as the workflow runs it, and the NumPy that says what it means."""

from synthgrad.core.kernels import reference
from synthgrad.core.kernels.compiled import COMPILED
from synthgrad.core.training.passes import Epochs
from synthgrad.core.training.stack import draw_stack, stack_size


class NumpyEngine:
    """With NumPy kernels, which are the reference."""

    compile_seconds = 0.0
    kernels = reference

    def __init__(self, setup, seeds):
        stack = draw_stack(setup, seeds, kernels=self.kernels)
        self.layers = stack.layers
        self.epochs = Epochs(setup, stack, tallies={})

    @staticmethod
    def stacks(setup):
        return (stack_size(setup),)

    def run(self, epochs):
        for _ in range(epochs):
            self.epochs.train()

    def weights(self):
        generators = [layer.generator for layer in self.layers if hasattr(layer, "generator")]
        return [layer.linear.weights for layer in self.layers] + [
            part for generator in generators for part in generator.linear.parameters()
        ]


class Engine(NumpyEngine):
    """With the compiled kernels, as in the jobs of the workflow."""

    kernels = COMPILED
