"""Layers that need nothing from above: a loss of their own, and noise; what generators are held to.

Shapes are those of `layers`.
"""

from dataclasses import dataclass

from synthgrad.core.arrays import Floats, Objects
from synthgrad.core.network.layers import Layer


@dataclass(eq=False, kw_only=True)
class LocalLayer(Layer):
    """A layer that descends the error of a readout of its own.

    Parameters
    ----------
    linear, activation, step_size, batchnorm : as in `Layer`
    readout : Layer
        Predicts the label from the output, with units like the network's last.

    References
    ----------
    Nøkland & Eidnes (2019), Training neural networks with local error signals;
    Belilovsky, Eickenberg & Oyallon (2020), Decoupled greedy learning of CNNs.
    """

    readout: Layer

    def local_gradient(self, labels: Floats) -> Floats:
        """After `forward`: the gradient of the readout's loss at the output.

        Parameters
        ----------
        labels : (replicas, batch, outputs) array

        Returns
        -------
        (replicas, batch, units) array
            Through the readout as it is.
        """
        self.readout.backward(self.readout.forward(self.output) - labels)
        return self.readout.true_input_gradient()

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
        self.backward(self.local_gradient(labels))
        self.update()
        self.readout.update()
        return output

    def parameters(self) -> list[Floats]:
        """All that is learnt, by the layer and by its readout.

        Returns
        -------
        list of arrays, each with an axis of replicas
        """
        return super().parameters() + self.readout.parameters()


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
