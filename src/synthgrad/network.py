"""Layers as objects, in the manner of the tutorial (parts 4 and 6).

Every array has a leading axis of replicas: networks that differ in their seed
or step size and train side by side, each bit for bit as if it were alone.
Minibatches are (replicas, batch, units), weights (replicas, fan-in, fan-out),
biases (replicas, 1, fan-out), step sizes (replicas, 1, 1).
"""

from copy import copy

import numpy as np

from . import kernels
from .activations import ACTIVATIONS
from .conditioning import assemble
from .kernels import EPSILON


class Linear:
    """A linear map of each replica and its gradient step; what layers and generators share.

    Parameters
    ----------
    weights : (replicas, fan-in, fan-out) array, changed in place
    bias : (replicas, 1, fan-out) array, changed in place, or None
    step_size : (replicas, 1, 1) array; a negative one ascends
    bias_reduction : "sum" or "mean" of the bias gradient over the minibatch
        (the weights' is always the sum)
    normalised : whether a step is divided by the mean square of the inputs
        over the minibatch: the normalised least-mean-squares filter of Nagumo
        & Noda (1967), but for the number of inputs, which they divide by too
    """

    def __init__(self, weights, bias, step_size, bias_reduction="sum", normalised=False):
        self.weights = weights
        self.bias = bias
        self.step_size = step_size
        self.bias_reduction = bias_reduction
        self.normalised = normalised

    def apply(self, inputs):
        return kernels.apply(inputs, self.weights, self.bias)

    def step(self, inputs, delta, happens=None):
        """One gradient step, `delta` being the gradient at the map's output.

        happens: (replicas, 1, 1) array of 0 and 1, which replicas make it; all if None.
        """
        step_size = self.step_size if happens is None else self.step_size * happens
        if self.normalised:
            # Over one flat axis, so that a replica in a stack rounds like one alone.
            squares = np.square(inputs).reshape(len(inputs), 1, -1)
            delta = delta / (squares.mean(axis=-1, keepdims=True) + EPSILON)
        kernels.descend(self.weights, inputs, delta, step_size)
        if self.bias is None:
            return
        if self.bias_reduction == "sum":
            kernels.descend_bias(self.bias, delta, step_size)
        else:
            self.bias -= delta.mean(axis=-2, keepdims=True) * step_size

    def parameters(self):
        return [self.weights] if self.bias is None else [self.weights, self.bias]

    def __getitem__(self, replicas):
        """The same map of some of the replicas: views with a slice, else copies."""
        return Linear(
            self.weights[replicas],
            None if self.bias is None else self.bias[replicas],
            self.step_size[replicas],
            self.bias_reduction,
            self.normalised,
        )


class BatchNorm:
    """Batch normalisation of pre-activations (Ioffe & Szegedy 2015).

    Trains on the statistics of the minibatch and keeps running means of them
    for evaluation. Gain and shift are learnt with the layer's step size.
    """

    MOMENTUM = 0.9

    def __init__(self, replicas, units, step_size):
        self.gain = np.ones((replicas, 1, units))
        self.shift = np.zeros((replicas, 1, units))
        self.running_mean = np.zeros((replicas, 1, units))
        self.running_variance = np.ones((replicas, 1, units))
        self.step_size = step_size

    def forward(self, x, training):
        if training:
            mean = x.mean(axis=-2, keepdims=True)
            variance = x.var(axis=-2, keepdims=True)
            self.running_mean += (1 - self.MOMENTUM) * (mean - self.running_mean)
            self.running_variance += (1 - self.MOMENTUM) * (variance - self.running_variance)
        else:
            mean, variance = self.running_mean, self.running_variance
        self.training = training
        self.deviation = np.sqrt(variance + EPSILON)
        self.normalised = (x - mean) / self.deviation
        return self.normalised * self.gain + self.shift

    def backward(self, delta):
        """Gradient at the input; keeps those of gain and shift for `update`."""
        self.gain_gradient = (delta * self.normalised).sum(axis=-2, keepdims=True)
        self.shift_gradient = delta.sum(axis=-2, keepdims=True)
        scaled = delta * self.gain / self.deviation
        if not self.training:
            return scaled
        along = (scaled * self.normalised).mean(axis=-2, keepdims=True)
        return scaled - scaled.mean(axis=-2, keepdims=True) - self.normalised * along

    def update(self, happens=None):
        step_size = self.step_size if happens is None else self.step_size * happens
        self.gain -= self.gain_gradient * step_size
        self.shift -= self.shift_gradient * step_size

    def __getitem__(self, replicas):
        chosen = copy(self)
        for name in ("gain", "shift", "running_mean", "running_variance", "step_size"):
            setattr(chosen, name, getattr(self, name)[replicas])
        return chosen


class Layer:
    """A layer of units that learns from the gradient it is handed.

    Parameters
    ----------
    linear : Linear
    batchnorm : BatchNorm or None
        Normalises the pre-activations.
    feedback : (replicas, fan-in, fan-out) array or None
        Carries the error down in place of the weights (feedback alignment).
    activation : str
        Name of one of `activations.ACTIVATIONS`.
    """

    PARTS = ("linear", "batchnorm", "feedback")
    """What has an axis of replicas."""

    def __init__(self, linear, batchnorm=None, feedback=None, activation="sigmoid"):
        self.linear = linear
        self.batchnorm = batchnorm
        self.feedback = feedback
        self.activation = ACTIVATIONS[activation]

    def forward(self, inputs, training=True):
        self.inputs = inputs
        before = self.linear.apply(inputs)
        if self.batchnorm is not None:
            before = self.batchnorm.forward(before, training)
        self.output = self.activation.forward(before)
        return self.output

    def backward(self, output_gradient):
        """Take the gradient at the output to `delta`, that at the linear map's output."""
        self.delta = self.activation.backward(self.output, output_gradient)
        if self.batchnorm is not None:
            self.delta = self.batchnorm.backward(self.delta)

    def true_input_gradient(self):
        """Carry `delta` down to the layer below, through the weights as they now are."""
        return kernels.carry(self.delta, self.linear.weights)

    def input_gradient(self):
        """What this layer hands down: the same, unless it has a feedback matrix."""
        if self.feedback is None:
            return self.true_input_gradient()
        return kernels.carry(self.delta, self.feedback)

    def update(self, happens=None):
        """One gradient step, in the replicas of which `happens` says so (see `Linear.step`)."""
        self.linear.step(self.inputs, self.delta, happens)
        if self.batchnorm is not None:
            self.batchnorm.update(happens)

    def parameters(self):
        learnt = self.linear.parameters()
        if self.batchnorm is not None:
            learnt = [*learnt, self.batchnorm.gain, self.batchnorm.shift]
        return learnt

    def __getitem__(self, replicas):
        """The same layer of some of the replicas, before its next forward pass."""
        chosen = copy(self)
        for name in self.PARTS:
            part = getattr(self, name)
            setattr(chosen, name, None if part is None else part[replicas])
        return chosen


class Generator:
    """Predicts the gradient at a layer's output: a single linear map.

    The prediction may have either sign, so nothing is put on top of the map.

    Parameters
    ----------
    linear : Linear
    hidden : Linear or None
        With it, the map sees not the condition but tanh units on top of it.
    """

    def __init__(self, linear, hidden=None):
        self.linear = linear
        self.hidden = hidden

    def features(self, condition):
        """What the linear map sees."""
        return condition if self.hidden is None else np.tanh(self.hidden.apply(condition))

    def apply(self, condition):
        """The synthetic gradient, with nothing kept."""
        return self.linear.apply(self.features(condition))

    def predict(self, condition):
        self.condition = condition
        self.seen = self.features(condition)
        self.synthetic_gradient = self.linear.apply(self.seen)
        return self.synthetic_gradient

    def update(self, target_gradient, happens=None):
        """A gradient step on 1/2 |synthetic - target|**2 (`happens` as in `Linear.step`)."""
        delta = self.synthetic_gradient - target_gradient
        if self.hidden is not None:
            hidden_delta = kernels.carry(delta, self.linear.weights) * (1 - self.seen * self.seen)
            self.hidden.step(self.condition, hidden_delta, happens)
        self.linear.step(self.seen, delta, happens)

    def parameters(self):
        return [p for part in self._parts() for p in part.parameters()]

    def __getitem__(self, replicas):
        hidden = None if self.hidden is None else self.hidden[replicas]
        return Generator(self.linear[replicas], hidden)

    def _parts(self):
        return [self.linear] if self.hidden is None else [self.hidden, self.linear]


class Coin:
    """Says by chance which replicas make an update, each from a random stream of its own.

    Parameters
    ----------
    probability : float
    streams : sequence of numpy.random.RandomState, one a replica
    """

    def __init__(self, probability, streams):
        self.probability = probability
        self.streams = list(streams)

    def flip(self):
        """A (replicas, 1, 1) array of 0 and 1."""
        return np.array([[[float(s.rand() < self.probability)]] for s in self.streams])

    def __getitem__(self, replicas):
        return Coin(self.probability, np.array(self.streams, dtype=object)[replicas])


class DecoupledLayer(Layer):
    """A layer that does not wait: it learns from a synthetic gradient at once.

    Parameters
    ----------
    linear, batchnorm, activation : as in `Layer`
    generator : Generator
    conditions : tuple of str
        What the generator looks at.
    coin : Coin or None
        With it, each update of the layer, and each of its generator, is left to
        chance.
    """

    PARTS = (*Layer.PARTS, "generator", "coin")

    def __init__(
        self, linear, generator, conditions, batchnorm=None, activation="sigmoid", coin=None
    ):
        super().__init__(linear, batchnorm, activation=activation)
        self.generator = generator
        self.conditions = conditions
        self.coin = coin

    def happens(self):
        """Which replicas make the update that is due; None for all."""
        return None if self.coin is None else self.coin.flip()

    def predict_gradient(self, network_inputs, labels):
        """The synthetic gradient at the layer's present output."""
        condition = assemble(self.conditions, network_inputs, self.output, labels)
        self.synthetic_gradient = self.generator.predict(condition)
        return self.synthetic_gradient

    def forward_and_synthetic_update(self, inputs, network_inputs, labels):
        """Forward pass and, without waiting for anyone, the weight update."""
        output = self.forward(inputs)
        self.backward(self.predict_gradient(network_inputs, labels))
        self.update(self.happens())
        return output

    def update_generator(self, target_gradient):
        """Learn, later, from the gradient that the layer above sends back."""
        self.target_gradient = target_gradient
        self.generator.update(target_gradient, self.happens())

    def parameters(self):
        return super().parameters() + self.generator.parameters()
