"""Layers as objects, in the manner of the tutorial (parts 4 and 6).

Every array has a leading axis of replicas: networks that differ in their seed
or step size and train side by side, each bit for bit as if it were alone.
Minibatches are (replicas, batch, units), weights (replicas, fan-in, fan-out),
biases (replicas, 1, fan-out), step sizes (replicas, 1, 1).
"""

from collections.abc import Sequence
from copy import copy
from typing import Self

import numpy as np

from synthgrad.core.arrays import Floats, Replicas
from synthgrad.core.kernels import reference as kernels
from synthgrad.core.kernels.reference import EPSILON
from synthgrad.core.network.activations import ACTIVATIONS
from synthgrad.core.network.conditions import assemble


class Linear:
    """A linear map of each replica and its gradient step; what layers and generators share.

    Parameters
    ----------
    weights : (replicas, fan-in, fan-out) array, changed in place
    bias : (replicas, 1, fan-out) array, changed in place, or None
    step_size : (replicas, 1, 1) array; a negative one ascends
    bias_reduction : "sum" or "mean"
        Of the bias gradient over the minibatch; the weights' is always the sum.
    normalised : bool
        Whether a step is divided by the mean square of the inputs over the
        minibatch.

    References
    ----------
    Nagumo & Noda (1967), A learning method for system identification: the
    normalised least-mean-squares filter, but for the number of inputs, by which
    they divide too.
    """

    def __init__(
        self,
        weights: Floats,
        bias: Floats | None,
        step_size: Floats,
        bias_reduction: str = "sum",
        normalised: bool = False,
    ) -> None:
        self.weights = weights
        self.bias = bias
        self.step_size = step_size
        self.bias_reduction = bias_reduction
        self.normalised = normalised

    def apply(self, inputs: Floats) -> Floats:
        """``inputs @ weights + bias``

        Parameters
        ----------
        inputs : (replicas, batch, fan-in) array

        Returns
        -------
        (replicas, batch, fan-out) array
        """
        return kernels.apply(inputs, self.weights, self.bias)

    def step(self, inputs: Floats, delta: Floats, happens: Floats | None = None) -> None:
        """Take one gradient step.

        Parameters
        ----------
        inputs : (replicas, batch, fan-in) array
        delta : (replicas, batch, fan-out) array
            The gradient at the map's output.
        happens : (replicas, 1, 1) array of 0 and 1, default all
            Which replicas take it.
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

    def parameters(self) -> list[Floats]:
        """What is learnt: the weights and, where there is one, the bias.

        Returns
        -------
        list of arrays
        """
        return [self.weights] if self.bias is None else [self.weights, self.bias]

    def __getitem__(self, replicas: Replicas) -> "Linear":
        """The same map of some of the replicas: views with a slice, else copies."""
        return Linear(
            self.weights[replicas],
            None if self.bias is None else self.bias[replicas],
            self.step_size[replicas],
            self.bias_reduction,
            self.normalised,
        )


class BatchNorm:
    """Batch normalisation of pre-activations.

    Trains on the statistics of the minibatch and keeps running means of them
    for evaluation. Gain and shift are learnt with the layer's step size.

    Parameters
    ----------
    replicas, units : int
    step_size : (replicas, 1, 1) array

    References
    ----------
    Ioffe & Szegedy (2015), Batch normalization.
    """

    MOMENTUM = 0.9

    def __init__(self, replicas: int, units: int, step_size: Floats) -> None:
        self.gain = np.ones((replicas, 1, units))
        self.shift = np.zeros((replicas, 1, units))
        self.running_mean = np.zeros((replicas, 1, units))
        self.running_variance = np.ones((replicas, 1, units))
        self.step_size = step_size

    def forward(self, x: Floats, training: bool) -> Floats:
        """Normalise, then scale by the gain and shift.

        Parameters
        ----------
        x : (replicas, batch, units) array
        training : bool
            Whether by the statistics of the minibatch, which the running means
            take in, or by those means.

        Returns
        -------
        (replicas, batch, units) array
        """
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

    def backward(self, delta: Floats) -> Floats:
        """Gradient at the input, after `forward`; keeps those of gain and shift for `update`.

        Parameters
        ----------
        delta : (replicas, batch, units) array
            Gradient at the output.

        Returns
        -------
        (replicas, batch, units) array
        """
        self.gain_gradient = (delta * self.normalised).sum(axis=-2, keepdims=True)
        self.shift_gradient = delta.sum(axis=-2, keepdims=True)
        scaled = delta * self.gain / self.deviation
        if not self.training:
            return scaled
        along = (scaled * self.normalised).mean(axis=-2, keepdims=True)
        return scaled - scaled.mean(axis=-2, keepdims=True) - self.normalised * along

    def update(self, happens: Floats | None = None) -> None:
        """Take one gradient step of gain and shift, after `backward`.

        Parameters
        ----------
        happens : (replicas, 1, 1) array of 0 and 1, default all
            Which replicas take it.
        """
        step_size = self.step_size if happens is None else self.step_size * happens
        self.gain -= self.gain_gradient * step_size
        self.shift -= self.shift_gradient * step_size

    def __getitem__(self, replicas: Replicas) -> Self:
        """The same normalisation of some of the replicas, before its next forward pass."""
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
        Carries the error down in place of the weights.
    activation : str
        Name of one of `activations.ACTIVATIONS`.

    References
    ----------
    Lillicrap et al. (2016), for feedback: Random synaptic feedback weights
    support error backpropagation for deep learning.
    """

    PARTS: tuple[str, ...] = ("linear", "batchnorm", "feedback")
    """What has an axis of replicas."""

    def __init__(
        self,
        linear: Linear,
        batchnorm: BatchNorm | None = None,
        feedback: Floats | None = None,
        activation: str = "sigmoid",
    ) -> None:
        self.linear = linear
        self.batchnorm = batchnorm
        self.feedback = feedback
        self.activation = ACTIVATIONS[activation]

    def forward(self, inputs: Floats, training: bool = True) -> Floats:
        """The output, kept with the inputs for `backward` and `update`.

        Parameters
        ----------
        inputs : (replicas, batch, fan-in) array
        training : bool
            Matters to batch normalisation alone.

        Returns
        -------
        (replicas, batch, units) array
        """
        self.inputs = inputs
        before = self.linear.apply(inputs)
        if self.batchnorm is not None:
            before = self.batchnorm.forward(before, training)
        self.output = self.activation.forward(before)
        return self.output

    def backward(self, output_gradient: Floats) -> None:
        """Take the gradient at the output to `delta`, that at the linear map's output.

        Parameters
        ----------
        output_gradient : (replicas, batch, units) array
        """
        self.delta = self.activation.backward(self.output, output_gradient)
        if self.batchnorm is not None:
            self.delta = self.batchnorm.backward(self.delta)

    def true_input_gradient(self) -> Floats:
        """Carry `delta` down to the layer below, through the weights as they now are.

        Returns
        -------
        (replicas, batch, fan-in) array
        """
        return kernels.carry(self.delta, self.linear.weights)

    def input_gradient(self) -> Floats:
        """What this layer hands down: the same, unless it has a feedback matrix.

        Returns
        -------
        (replicas, batch, fan-in) array
        """
        if self.feedback is None:
            return self.true_input_gradient()
        return kernels.carry(self.delta, self.feedback)

    def update(self, happens: Floats | None = None) -> None:
        """Take one gradient step, after `backward`.

        Parameters
        ----------
        happens : (replicas, 1, 1) array of 0 and 1, default all
            Which replicas take it.
        """
        self.linear.step(self.inputs, self.delta, happens)
        if self.batchnorm is not None:
            self.batchnorm.update(happens)

    def parameters(self) -> list[Floats]:
        """All that is learnt.

        Returns
        -------
        list of arrays, each with an axis of replicas
        """
        learnt = self.linear.parameters()
        if self.batchnorm is not None:
            learnt = [*learnt, self.batchnorm.gain, self.batchnorm.shift]
        return learnt

    def __getitem__(self, replicas: Replicas) -> Self:
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

    References
    ----------
    Jaderberg et al. (2017), Decoupled neural interfaces using synthetic gradients.
    """

    def __init__(self, linear: Linear, hidden: Linear | None = None) -> None:
        self.linear = linear
        self.hidden = hidden

    def features(self, condition: Floats) -> Floats:
        """What the linear map sees.

        Parameters
        ----------
        condition : (replicas, batch, condition size) array

        Returns
        -------
        (replicas, batch, condition size or hidden units) array
        """
        return condition if self.hidden is None else np.tanh(self.hidden.apply(condition))

    def apply(self, condition: Floats) -> Floats:
        """The synthetic gradient, with nothing kept.

        Parameters
        ----------
        condition : (replicas, batch, condition size) array

        Returns
        -------
        (replicas, batch, units) array
        """
        return self.linear.apply(self.features(condition))

    def predict(self, condition: Floats) -> Floats:
        """The synthetic gradient, kept for `update` with what it was made from.

        Parameters
        ----------
        condition : (replicas, batch, condition size) array

        Returns
        -------
        (replicas, batch, units) array
        """
        self.condition = condition
        self.seen = self.features(condition)
        self.synthetic_gradient = self.linear.apply(self.seen)
        return self.synthetic_gradient

    def update(self, target_gradient: Floats, happens: Floats | None = None) -> None:
        """Take one gradient step on 1/2 |synthetic - target|**2, after `predict`.

        Parameters
        ----------
        target_gradient : (replicas, batch, units) array
        happens : (replicas, 1, 1) array of 0 and 1, default all
            Which replicas take it.
        """
        delta = self.synthetic_gradient - target_gradient
        if self.hidden is not None:
            hidden_delta = kernels.carry(delta, self.linear.weights) * (1 - self.seen * self.seen)
            self.hidden.step(self.condition, hidden_delta, happens)
        self.linear.step(self.seen, delta, happens)

    def parameters(self) -> list[Floats]:
        """All that is learnt.

        Returns
        -------
        list of arrays, each with an axis of replicas
        """
        return [p for part in self._parts() for p in part.parameters()]

    def __getitem__(self, replicas: Replicas) -> "Generator":
        """The same generator of some of the replicas, before its next prediction."""
        hidden = None if self.hidden is None else self.hidden[replicas]
        return Generator(self.linear[replicas], hidden)

    def _parts(self) -> list[Linear]:
        return [self.linear] if self.hidden is None else [self.hidden, self.linear]


class Coin:
    """Says by chance which replicas make an update, each from a random stream of its own.

    Parameters
    ----------
    probability : float
        From 0 to 1.
    streams : sequence of numpy.random.RandomState, one a replica
    """

    def __init__(self, probability: float, streams: Sequence[np.random.RandomState]) -> None:
        self.probability = probability
        self.streams = list(streams)

    def flip(self) -> Floats:
        """Which replicas make the update that is due.

        Returns
        -------
        (replicas, 1, 1) array of 0 and 1
        """
        return np.array([[[float(s.rand() < self.probability)]] for s in self.streams])

    def __getitem__(self, replicas: Replicas) -> "Coin":
        """The coins of some of the replicas, with the same streams."""
        return Coin(self.probability, np.array(self.streams, dtype=object)[replicas].tolist())


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

    References
    ----------
    Jaderberg et al. (2017), Decoupled neural interfaces using synthetic gradients.
    """

    PARTS = (*Layer.PARTS, "generator", "coin")

    def __init__(
        self,
        linear: Linear,
        generator: Generator,
        conditions: tuple[str, ...],
        batchnorm: BatchNorm | None = None,
        activation: str = "sigmoid",
        coin: Coin | None = None,
    ) -> None:
        super().__init__(linear, batchnorm, activation=activation)
        self.generator = generator
        self.conditions = conditions
        self.coin = coin

    def happens(self) -> Floats | None:
        """Which replicas make the update that is due.

        Returns
        -------
        (replicas, 1, 1) array of 0 and 1, or None for all
        """
        return None if self.coin is None else self.coin.flip()

    def predict_gradient(self, network_inputs: Floats, labels: Floats) -> Floats:
        """The synthetic gradient at the layer's present output.

        Parameters
        ----------
        network_inputs : (replicas, batch, inputs) array
        labels : (replicas, batch, outputs) array

        Returns
        -------
        (replicas, batch, units) array
        """
        condition = assemble(self.conditions, network_inputs, self.output, labels)
        self.synthetic_gradient = self.generator.predict(condition)
        return self.synthetic_gradient

    def forward_and_synthetic_update(
        self, inputs: Floats, network_inputs: Floats, labels: Floats
    ) -> Floats:
        """Forward pass and, without waiting for anyone, the weight update.

        Parameters
        ----------
        inputs : (replicas, batch, fan-in) array
            Outputs of the layer below.
        network_inputs : (replicas, batch, inputs) array
        labels : (replicas, batch, outputs) array

        Returns
        -------
        (replicas, batch, units) array
            The output, from before the update.
        """
        output = self.forward(inputs)
        self.backward(self.predict_gradient(network_inputs, labels))
        self.update(self.happens())
        return output

    def update_generator(self, target_gradient: Floats) -> None:
        """Learn, later, from the gradient that the layer above sends back.

        Parameters
        ----------
        target_gradient : (replicas, batch, units) array
        """
        self.target_gradient = target_gradient
        self.generator.update(target_gradient, self.happens())

    def parameters(self) -> list[Floats]:
        """All that is learnt, by the layer and by its generator.

        Returns
        -------
        list of arrays, each with an axis of replicas
        """
        return super().parameters() + self.generator.parameters()
