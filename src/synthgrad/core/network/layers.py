"""Layers as objects, in the manner of the tutorial (part 4).

Minibatches are (replicas, batch, units), weights (replicas, fan-in, fan-out),
biases (replicas, 1, fan-out), step sizes (replicas, 1, 1).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from synthgrad.core.arrays import Floats, Objects
from synthgrad.core.kernels import Kernels, chosen
from synthgrad.core.network.activations import Activation
from synthgrad.core.network.normalisation import EPSILON, BatchNorm, mean_over_examples


@dataclass(eq=False)
class StepSize:
    """How far each replica goes at an update.

    An update may be skipped at random, each replica's by a stream of its own:
    its step size is 0 then.

    Parameters
    ----------
    size : (replicas, 1, 1) array
        A negative one ascends.
    probability : float
        That an update is made.
    streams : (replicas,) array of numpy.random.RandomState, or None
        Needed where the probability is less than 1.
    kernels : Kernels, default `kernels.chosen`
    """

    size: Floats
    probability: float = 1.0
    streams: Objects | None = None
    kernels: Kernels = field(default_factory=chosen)

    def draw(self) -> Floats:
        """The step sizes of the update that is due.

        Returns
        -------
        (replicas, 1, 1) array
        """
        if self.streams is None or self.probability == 1:
            return self.size
        return self.size * self.kernels.happens(self.probability, self.streams)


@dataclass(eq=False)
class Linear:
    """A linear map of each replica and its gradient step; what layers and generators share.

    Parameters
    ----------
    weights : (replicas, fan-in, fan-out) array, changed in place
    bias : (replicas, 1, fan-out) array, changed in place, or None
    bias_reduction : "sum" or "mean"
        Of the bias gradient over the minibatch; the weights' is always the sum.
    normalised : bool
        Whether a step is divided by the mean square of the inputs over the
        minibatch.
    kernels : Kernels, default `kernels.chosen`

    References
    ----------
    Nagumo & Noda (1967), A learning method for system identification: the
    normalised least-mean-squares filter. They divide by the number of inputs,
    too.
    """

    weights: Floats
    bias: Floats | None = None
    bias_reduction: str = "sum"
    normalised: bool = False
    kernels: Kernels = field(default_factory=chosen)

    def apply(self, inputs: Floats) -> Floats:
        """``inputs @ weights + bias``

        Parameters
        ----------
        inputs : (replicas, batch, fan-in) array

        Returns
        -------
        (replicas, batch, fan-out) array
        """
        return self.kernels.apply(inputs, self.weights, self.bias)

    def carry(self, delta: Floats) -> Floats:
        """``delta @ weights^T``: the gradient at the inputs from that at the output.

        Parameters
        ----------
        delta : (replicas, batch, fan-out) array

        Returns
        -------
        (replicas, batch, fan-in) array
        """
        return self.kernels.carry(delta, self.weights)

    def descend(self, inputs: Floats, delta: Floats, step_size: Floats) -> None:
        """Take one gradient step.

        Parameters
        ----------
        inputs : (replicas, batch, fan-in) array
        delta : (replicas, batch, fan-out) array
            The gradient at the map's output.
        step_size : (replicas, 1, 1) array
        """
        if self.normalised:
            mean_squares = mean_over_examples(inputs * inputs, self.kernels)
            mean_square = self.kernels.sum_over_units(mean_squares) / inputs.shape[2]
            delta = delta / (mean_square + EPSILON)
        self.kernels.descend(self.weights, inputs, delta, step_size)
        if self.bias is None:
            return
        if self.bias_reduction == "mean":
            delta = mean_over_examples(delta, self.kernels)
        self.kernels.descend_bias(self.bias, delta, step_size)

    def parameters(self) -> list[Floats]:
        """What is learnt: the weights and, where there is one, the bias.

        Returns
        -------
        list of arrays
        """
        return [self.weights] if self.bias is None else [self.weights, self.bias]


@dataclass(eq=False)
class Layer:
    """A layer of units that learns from the gradient it is handed.

    Parameters
    ----------
    linear : Linear
    activation : Activation
    step_size : StepSize
    batchnorm : BatchNorm or None
        Normalises the pre-activations.
    feedback : (replicas, fan-in, fan-out) array or None
        Carries the error down in place of the weights.

    Attributes
    ----------
    inputs : (replicas, batch, fan-in) array
    output : (replicas, batch, units) array
        Of the last `forward`.
    delta : (replicas, batch, units) array
        Gradient at the output of the linear map, of the last `backward`.

    References
    ----------
    Lillicrap et al. (2016), for feedback: Random synaptic feedback weights
    support error backpropagation for deep learning.
    """

    linear: Linear
    activation: Activation
    step_size: StepSize
    batchnorm: BatchNorm | None = None
    feedback: Floats | None = None
    inputs: Floats = field(init=False)
    output: Floats = field(init=False)
    delta: Floats = field(init=False)

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
        self.output = self.activation.forward(self.linear.kernels, before)
        return self.output

    def backward(self, output_gradient: Floats) -> None:
        """Take the gradient at the output to `delta`, that at the linear map's output.

        Parameters
        ----------
        output_gradient : (replicas, batch, units) array
        """
        self.delta = self.activation.backward(self.linear.kernels, self.output, output_gradient)
        if self.batchnorm is not None:
            self.delta = self.batchnorm.backward(self.delta)

    def true_input_gradient(self) -> Floats:
        """Carry `delta` down to the layer below, through the weights as they now are.

        Returns
        -------
        (replicas, batch, fan-in) array
        """
        return self.linear.carry(self.delta)

    def input_gradient(self) -> Floats:
        """What this layer hands down: the same, unless it has a feedback matrix.

        Returns
        -------
        (replicas, batch, fan-in) array
        """
        if self.feedback is None:
            return self.true_input_gradient()
        return self.linear.kernels.carry(self.delta, self.feedback)

    def update(self) -> None:
        """Take one gradient step, after `backward`."""
        step_size = self.step_size.draw()
        self.linear.descend(self.inputs, self.delta, step_size)
        if self.batchnorm is not None:
            self.batchnorm.descend(step_size)

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


def kernels_of(layers: Sequence[Layer]) -> Kernels:
    """What the layers of a network compute with, all with the same.

    Parameters
    ----------
    layers : sequence of Layer

    Returns
    -------
    Kernels
    """
    return layers[0].linear.kernels
