"""The tutorial's way: 2-D arrays, one network at a time, seed after seed."""

import numpy as np

from .start import draw_start


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


class Layer:
    """The tutorial's layer, with a generator if it is given one."""

    def __init__(self, weights, generator, step_size, generator_step_size, sees_label):
        self.weights = weights
        self.generator = generator
        self.step_size = step_size
        self.generator_step_size = generator_step_size
        self.sees_label = sees_label

    def forward(self, inputs):
        self.inputs = inputs
        self.output = sigmoid(inputs.dot(self.weights))
        return self.output

    def backward(self, gradient):
        self.delta = gradient * self.output * (1 - self.output)

    def input_gradient(self):
        return self.delta.dot(self.weights.T)

    def update(self):
        self.weights -= self.inputs.T.dot(self.delta) * self.step_size

    def forward_and_synthetic_update(self, inputs, labels):
        self.forward(inputs)
        weights, bias = self.generator
        self.seen = np.hstack([self.output, labels]) if self.sees_label else self.output
        self.synthetic_gradient = self.seen.dot(weights) + bias
        self.backward(self.synthetic_gradient)
        self.update()
        return self.output

    def update_generator(self, gradient):
        weights, bias = self.generator
        error = self.synthetic_gradient - gradient
        weights -= self.seen.T.dot(error) * self.generator_step_size
        bias -= error.sum(axis=0) * self.generator_step_size


def backprop_step(layers, inputs, targets):
    for layer in layers:
        inputs = layer.forward(inputs)
    layers[-1].backward(inputs - targets)
    for layer, above in zip(layers[-2::-1], layers[:0:-1]):
        layer.backward(above.input_gradient())
    for layer in layers:
        layer.update()


def decoupled_step(layers, inputs, targets):
    *hidden, last = layers
    for layer in hidden:
        inputs = layer.forward_and_synthetic_update(inputs, targets)
    last.backward(last.forward(inputs) - targets)
    last.update()
    for layer, above in zip(hidden, layers[1:]):
        layer.update_generator(above.input_gradient())


class PlainLoop:
    compile_seconds = 0.0

    def __init__(self, setup, seeds):
        self.batch_size = setup.batch_size
        self.step = decoupled_step if setup.conditions else backprop_step
        self.inputs, self.targets, weights, generators = draw_start(setup, seeds)

        def layer(k, seed):
            generator = [part[seed] for part in generators[k]] if k < len(generators) else None
            sizes = setup.step_size, setup.generator_step_size
            return Layer(weights[k][seed], generator, *sizes, "label" in setup.conditions)

        self.networks = [
            [layer(k, seed) for k in range(len(weights))] for seed in range(len(seeds))
        ]

    @staticmethod
    def stacks(setup):
        return (1,)

    def run(self, epochs):
        for layers, inputs, targets in zip(self.networks, self.inputs, self.targets):
            for _ in range(epochs):
                for first in range(0, len(inputs), self.batch_size):
                    rows = slice(first, first + self.batch_size)
                    self.step(layers, inputs[rows], targets[rows])

    def weights(self):
        def stacked(part):
            return np.stack([part(layers) for layers in self.networks])

        *hidden, _ = levels = range(len(self.networks[0]))
        weights = [stacked(lambda layers, k=k: layers[k].weights) for k in levels]
        if self.step is backprop_step:
            return weights
        return weights + [
            stacked(lambda layers, k=k, part=part: layers[k].generator[part])
            for k in hidden
            for part in (0, 1)
        ]
