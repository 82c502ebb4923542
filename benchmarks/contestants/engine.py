"""Our engine, as the workflow runs it and with its NumPy alone."""

from synthgrad.core.kernels import compiled, reference
from synthgrad.core.training.stack import draw_stack, stack_size, train_epoch


class NumpyEngine:
    """With the NumPy kernels, which are the reference."""

    compile_seconds = 0.0
    kernels = reference

    def __init__(self, setup, seeds):
        self.setup = setup
        self.stack = draw_stack(setup, seeds, kernels=self.kernels)
        self.layers = self.stack.layers

    @staticmethod
    def stacks(setup):
        return (stack_size(setup),)

    def run(self, epochs):
        for _ in range(epochs):
            train_epoch(self.setup, self.stack, tallies={})

    def weights(self):
        generators = [layer.generator for layer in self.layers if hasattr(layer, "generator")]
        return [layer.linear.weights for layer in self.layers] + [
            part for generator in generators for part in generator.linear.parameters()
        ]


class Engine(NumpyEngine):
    """With the compiled kernels, as in the jobs of the workflow."""

    kernels = compiled
