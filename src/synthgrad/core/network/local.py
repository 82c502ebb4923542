"""Layers that need nothing from above: a loss of their own, and noise; what generators are held to.

Shapes are those of `layers`.
"""

from dataclasses import dataclass, field

from synthgrad.core.arrays import Floats, Objects
from synthgrad.core.network.activations import Activation
from synthgrad.core.network.layers import Layer, Linear, StepSize


@dataclass(eq=False)
class Readout:
    """Predicts the label from a layer's output: a linear map and the network's output units.

    Parameters
    ----------
    linear : Linear
    activation : Activation
        Of the network's last layer.
    step_size : StepSize

    Attributes
    ----------
    inputs : (replicas, batch, units) array
        The layer's output that was last looked at.
    delta : (replicas, batch, outputs) array
        The gradient of the loss at the map's output.
    """

    linear: Linear
    activation: Activation
    step_size: StepSize
    inputs: Floats = field(init=False)
    delta: Floats = field(init=False)

    def gradient(self, output: Floats, labels: Floats) -> Floats:
        """The gradient of the readout's loss at the layer's output, through the readout as it is.

        Parameters
        ----------
        output : (replicas, batch, units) array
            Of the layer.
        labels : (replicas, batch, outputs) array

        Returns
        -------
        (replicas, batch, units) array
        """
        kernels = self.linear.kernels
        self.inputs = output
        prediction = self.activation.forward(kernels, self.linear.apply(output))
        self.delta = self.activation.backward(kernels, prediction, prediction - labels)
        return self.linear.carry(self.delta)

    def update(self) -> None:
        """Take one gradient step, after `gradient`."""
        self.linear.descend(self.inputs, self.delta, self.step_size.draw())


@dataclass(eq=False, kw_only=True)
class LocalLayer(Layer):
    """A layer that descends the error of a readout of its own.

    Parameters
    ----------
    linear, activation, step_size, batchnorm : as in `Layer`
    readout : Readout

    References
    ----------
    Nøkland & Eidnes (2019), Training neural networks with local error signals;
    Belilovsky, Eickenberg & Oyallon (2020), Decoupled greedy learning of CNNs.
    """

    readout: Readout

    def forward_and_local_update(self, inputs: Floats, labels: Floats) -> Floats:
        """Compute the output and update at once: the layer, then its readout.

        Parameters
        ----------
        inputs : (replicas, batch, fan-in) array
        labels : (replicas, batch, outputs) array

        Returns
        -------
        (replicas, batch, units) array
            The output, from before the update.
        """
        output = self.forward(inputs)
        self.backward(self.readout.gradient(output, labels))
        self.update()
        self.readout.update()
        return output

    def parameters(self) -> list[Floats]:
        """All that is learnt, by the layer and by its readout.

        Returns
        -------
        list of arrays, each with an axis of replicas
        """
        return super().parameters() + self.readout.linear.parameters()


@dataclass(eq=False, kw_only=True)
class NoisyLayer(Layer):
    """A layer that learns from noise in place of a gradient.

    Parameters
    ----------
    linear, activation, step_size, batchnorm : as in `Layer`
    streams : (replicas,) array of numpy.random.RandomState
    """

    streams: Objects

    def noise_like(self, gradient: Floats) -> Floats:
        """Gaussian noise that has, for each example, the length of a gradient.

        Parameters
        ----------
        gradient : (replicas, batch, units) array

        Returns
        -------
        (replicas, batch, units) array
        """
        kernels = self.linear.kernels
        noise = kernels.normal(self.streams, *gradient.shape[1:])
        squares = kernels.dot(gradient, gradient) / kernels.dot(noise, noise)
        return noise * kernels.sqrt(squares)
