"""PyTorch with replicas as the batch of bmm and baddbmm.

The update rules are explicit, so autograd is off; a weight update is one
in-place ``baddbmm_``, which adds the scaled product to the weights as it goes.
"""

import torch

from . import RIVAL_STACKS
from .start import draw_start


def backprop_step(state, inputs, targets):
    outputs = [inputs]
    for weights in state.layers:
        outputs.append(torch.bmm(outputs[-1], weights).sigmoid_())
    gradient = outputs[-1] - targets
    for k in reversed(range(len(state.layers))):
        delta = torch.ops.aten.sigmoid_backward(gradient, outputs[k + 1])
        if k > 0:
            gradient = torch.bmm(delta, state.layers[k].mT)
        state.layers[k].baddbmm_(outputs[k].mT, delta, alpha=-state.step_size)


def decoupled_step(state, inputs, targets):
    *hidden, last = state.layers
    seen, synthetic, deltas = [], [], []
    below = inputs
    for weights, (generator, bias) in zip(hidden, state.generators):
        output = torch.bmm(below, weights).sigmoid_()
        seen.append(torch.cat([output, targets], dim=-1) if state.sees_label else output)
        synthetic.append(torch.baddbmm(bias, seen[-1], generator))
        deltas.append(torch.ops.aten.sigmoid_backward(synthetic[-1], output))
        weights.baddbmm_(below.mT, deltas[-1], alpha=-state.step_size)
        below = output
    output = torch.bmm(below, last).sigmoid_()
    deltas.append(torch.ops.aten.sigmoid_backward(output - targets, output))
    last.baddbmm_(below.mT, deltas[-1], alpha=-state.step_size)
    for k, (generator, bias) in enumerate(state.generators):
        error = synthetic[k].baddbmm_(deltas[k + 1], state.layers[k + 1].mT, alpha=-1)
        generator.baddbmm_(seen[k].mT, error, alpha=-state.generator_step_size)
        bias.add_(error.sum(dim=1, keepdim=True), alpha=-state.generator_step_size)


class PyTorch:
    compile_seconds = 0.0

    def __init__(self, setup, seeds):
        torch.set_num_threads(1)
        start = draw_start(setup, seeds)
        self.step_size = setup.step_size
        self.generator_step_size = setup.generator_step_size
        self.sees_label = "label" in setup.conditions
        self.step = decoupled_step if setup.conditions else backprop_step
        self.inputs, self.targets = (
            [part.contiguous() for part in torch.from_numpy(whole).split(setup.batch_size, dim=1)]
            for whole in (start.inputs, start.targets)
        )
        self.layers = [torch.from_numpy(weights) for weights in start.weights]
        self.generators = [tuple(map(torch.from_numpy, pair)) for pair in start.generators]

    @staticmethod
    def stacks(setup):
        return RIVAL_STACKS

    @torch.inference_mode()
    def run(self, epochs):
        for _ in range(epochs):
            for inputs, targets in zip(self.inputs, self.targets):
                self.step(self, inputs, targets)

    def weights(self):
        generators = [part for pair in self.generators for part in pair]
        return [parameter.numpy() for parameter in [*self.layers, *generators]]
