"""Section "A training step" of the page."""

from itertools import chain
from math import sqrt

from specified.operations import (
    ACTIVATION,
    GRADIENT_BEFORE,
    carried,
    difference,
    dot,
    each,
    mean,
    means,
    normalised,
    product,
    summed,
    update_vector,
    update_weights,
    variances,
)

LAST = {"squared-error": "sigmoid", "cross-entropy": "softmax"}


class Map:
    """The linear map of a layer or of a generator."""

    def __init__(self, setup, weights, bias, normalised_step=False):
        self.weights, self.bias, self.normalised_step = weights, bias, normalised_step
        self.reduce = {"sum": summed, "mean": mean}[setup.bias_reduction]

    def apply(self, x):
        y = product(x, self.weights)
        return y if self.bias is None else each(lambda y, bias: y + bias, y, self.bias)

    def update(self, x, d, step):
        if self.normalised_step:
            m = mean(means(each(lambda z: z * z, x))[0])
            d = each(lambda d: d / (m + 1e-5), d)
        update_weights(self.weights, x, d, step)
        if self.bias is not None:
            update_vector(self.bias, d, step, self.reduce)


class BatchNorm:
    def __init__(self, gain, shift):
        self.gain, self.shift = gain, shift
        self.running_mean, self.running_variance = [[0.0] * len(gain[0])], [[1.0] * len(gain[0])]

    def forward(self, x, training):
        if training:
            mean, variance = means(x), variances(x)
            self.running_mean = each(_nearer, self.running_mean, mean)
            self.running_variance = each(_nearer, self.running_variance, variance)
        else:
            mean, variance = self.running_mean, self.running_variance
        self.training, self.variance = training, variance
        self.n = normalised(x, mean, variance)
        return each(lambda n, gain, shift: n * gain + shift, self.n, self.gain, self.shift)

    def backward(self, g):
        self.gain_gradient, self.shift_gradient = each(lambda g, n: g * n, g, self.n), g
        c = each(lambda g, gain, v: g * gain / sqrt(v + 1e-5), g, self.gain, self.variance)
        if not self.training:
            return c
        along = means(each(lambda c, n: c * n, c, self.n))
        return each(lambda c, mean, n, a: c - mean - n * a, c, means(c), self.n, along)

    def update(self, step):
        update_vector(self.gain, self.gain_gradient, step)
        update_vector(self.shift, self.shift_gradient, step)


def _nearer(running, new):
    return running + (new - running) * (1 - 0.9)


class Generator:
    def __init__(self, setup, level):
        def drawn(name):
            own = level[f"{name}_weights"], level.get(f"{name}_bias")
            return Map(setup, *own, normalised_step=setup.generator_step == "normalised")

        self.last = drawn("generator")
        self.hidden = drawn("generator_hidden") if setup.generator_hidden else None

    def predict(self, condition):
        self.condition = self.z = condition
        if self.hidden:
            self.z = ACTIVATION["tanh"](self.hidden.apply(condition))
        self.synthetic = self.last.apply(self.z)
        return self.synthetic

    def update(self, target, step):
        d = difference(self.synthetic, target)
        if self.hidden:
            g = carried(d, self.last.weights)
            self.hidden.update(self.condition, each(GRADIENT_BEFORE["tanh"], self.z, g), step)
        self.last.update(self.z, d, step)


class Readout:
    def __init__(self, setup, level):
        self.map = Map(
            setup,
            level["readout_weights"],
            level.get("readout_bias"),
            normalised_step=setup.generator_step == "normalised",
        )
        self.activation = LAST[setup.loss]

    def gradient(self, output, targets):
        self.x = output
        prediction = ACTIVATION[self.activation](self.map.apply(output))
        error = difference(prediction, targets)
        self.d = each(GRADIENT_BEFORE[self.activation], prediction, error)
        return carried(self.d, self.map.weights)

    def update(self, step):
        self.map.update(self.x, self.d, step)


class Layer:
    def __init__(self, setup, level, activation):
        self.map = Map(setup, level["weights"], level.get("bias"))
        self.activation, self.feedback = activation, level.get("feedback")
        self.batchnorm = BatchNorm(level["gain"], level["shift"]) if "gain" in level else None
        self.generator = Generator(setup, level) if "generator_weights" in level else None
        self.readout = Readout(setup, level) if "readout_weights" in level else None

    def forward(self, x, training=True):
        self.x, before = x, self.map.apply(x)
        if self.batchnorm:
            before = self.batchnorm.forward(before, training)
        self.y = ACTIVATION[self.activation](before)
        return self.y

    def backward(self, g):
        self.d = each(GRADIENT_BEFORE[self.activation], self.y, g)
        if self.batchnorm:
            self.d = self.batchnorm.backward(self.d)

    def update(self, step):
        self.map.update(self.x, self.d, step)
        if self.batchnorm:
            self.batchnorm.update(step)


class Replica:
    """A network that trains.

    `levels` are its drawn parameters, lowest layer first, by their names; `streams` its random
    streams.
    """

    def __init__(self, setup, levels, streams):
        self.setup, self.streams = setup, streams
        activations = [setup.activation] * len(setup.hidden) + [LAST[setup.loss]]
        self.layers = [Layer(setup, *parts) for parts in zip(levels, activations, strict=True)]
        sign = {"descent": 1, "ascent": -1}
        self.step = sign[setup.step_direction] * setup.step_size
        self.last_step = self.step * setup.last_step_factor
        self.generator_step = sign[setup.generator_step_direction] * setup.generator_step_size
        steps = dict.fromkeys(("backprop", "feedback-alignment"), self.backprop)
        steps |= {"frozen": self.frozen, "local-loss": self.local_loss, "noise": self.noise}
        self.take_step = steps.get(setup.method, self.dni)

    def train_epoch(self, x, targets):
        if self.setup.shuffle:
            order = self.streams.order.permutation(len(x))
            x, targets = [x[place] for place in order], [targets[place] for place in order]
        for minibatch in self.minibatches(x, targets):
            self.take_step(*minibatch)

    def minibatches(self, *arrays):
        size = self.setup.batch_size
        for start in range(0, len(arrays[0]), size):
            yield [array[start : start + size] for array in arrays]

    def forward(self, x, training=True):
        for layer in self.layers:
            x = layer.forward(x, training)
        return x

    def backward(self, error, feedback=False):
        """The gradient at the output of each hidden layer."""
        gradients = [error]
        for layer in reversed(self.layers):
            layer.backward(gradients[0])
            gradients.insert(0, carried(layer.d, layer.feedback if feedback else layer.map.weights))
        return gradients[1:-1]

    def backprop(self, x, targets):
        error = difference(self.forward(x), targets)
        self.backward(error, feedback=self.setup.method == "feedback-alignment")
        self.update_all()

    def update_all(self):
        *hidden, last = self.layers
        for layer in hidden:
            layer.update(self.step)
        last.update(self.last_step)

    def frozen(self, x, targets):
        error, last = difference(self.forward(x), targets), self.layers[-1]
        last.backward(error)
        last.update(self.last_step)

    def local_loss(self, x, targets):
        output, last = x, self.layers[-1]
        for layer in self.layers[:-1]:
            output = layer.forward(output)
            layer.backward(layer.readout.gradient(output, targets))
            layer.update(self.step * self.happens())
            layer.readout.update(self.generator_step * self.happens())
        last.backward(difference(last.forward(output), targets))
        last.update(self.last_step)

    def noise(self, x, targets):
        gradients = self.backward(difference(self.forward(x), targets))
        for layer, gradient in zip(self.layers, gradients):
            noise = self.streams.noise.randn(len(gradient), len(gradient[0])).tolist()
            roots = [sqrt(dot(g, g) / dot(n, n)) for g, n in zip(gradient, noise)]
            layer.backward([[n * root for n in row] for row, root in zip(noise, roots)])
        self.update_all()

    def dni(self, x, targets):
        output = x
        for layer in self.layers:
            output = layer.forward(output)
            if layer.generator:
                layer.backward(layer.generator.predict(self.condition(x, output, targets)))
                step = self.last_step if layer is self.layers[-1] else self.step
                layer.update(step * self.happens())
        error, last = difference(output, targets), self.layers[-1]
        if last.generator:
            last.generator.update(error, self.generator_step * self.happens())
        else:
            last.backward(error)
            last.update(self.last_step)
        for layer, above in zip(self.layers, self.layers[1:]):
            target = carried(above.d, above.map.weights)
            layer.generator.update(target, self.generator_step * self.happens())

    def condition(self, x, output, targets):
        """What a generator sees."""
        part = {"input": x, "output": output, "label": targets}
        part["batchnorm"] = normalised(output, means(output), variances(output))
        parts = [part[name] for name in self.setup.conditions]
        return [list(chain(*rows)) for rows in zip(*parts, strict=True)]

    def happens(self):
        """1 for an update that is made, 0 for one that is skipped."""
        probability = self.setup.update_probability
        return 1 if probability == 1 else int(self.streams.updates.rand() < probability)
