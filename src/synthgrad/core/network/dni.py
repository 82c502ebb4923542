"""Decoupled neural interfaces: layers that learn from predicted gradients (tutorial, part 6).

Shapes are those of `layers`.
"""

from dataclasses import dataclass, field

from synthgrad.core.arrays import Floats
from synthgrad.core.network.conditions import assemble
from synthgrad.core.network.layers import Layer, Linear, StepSize


@dataclass(eq=False)
class Generator:
    """Predicts the gradient at a layer's output: a single linear map.

    The prediction may have either sign, so nothing is put on top of the map.

    Parameters
    ----------
    linear : Linear
    step_size : StepSize
    hidden : Linear or None
        With it, the map sees not the condition but tanh units on top of it.

    Attributes
    ----------
    condition : (replicas, batch, condition size) array
        What the last prediction was made from.
    seen : (replicas, batch, condition size or hidden units) array
        What the linear map saw of it.
    synthetic_gradient : (replicas, batch, units) array
        The last prediction.

    References
    ----------
    Jaderberg et al. (2017), Decoupled neural interfaces using synthetic gradients.
    """

    linear: Linear
    step_size: StepSize
    hidden: Linear | None = None
    condition: Floats = field(init=False)
    seen: Floats = field(init=False)
    synthetic_gradient: Floats = field(init=False)

    def features(self, condition: Floats) -> Floats:
        """What the linear map sees.

        Parameters
        ----------
        condition : (replicas, batch, condition size) array

        Returns
        -------
        (replicas, batch, condition size or hidden units) array
        """
        if self.hidden is None:
            return condition
        return self.hidden.kernels.tanh(self.hidden.apply(condition))

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

    def update(self, target_gradient: Floats) -> None:
        """Take one gradient step on 1/2 |synthetic - target|**2, after `predict`.

        Parameters
        ----------
        target_gradient : (replicas, batch, units) array
        """
        step_size = self.step_size.draw()
        delta = self.synthetic_gradient - target_gradient
        if self.hidden is not None:
            hidden_delta = self.linear.carry(delta) * (1 - self.seen * self.seen)
            self.hidden.descend(self.condition, hidden_delta, step_size)
        self.linear.descend(self.seen, delta, step_size)

    def parameters(self) -> list[Floats]:
        """All that is learnt.

        Returns
        -------
        list of arrays, each with an axis of replicas
        """
        hidden = [] if self.hidden is None else self.hidden.parameters()
        return hidden + self.linear.parameters()


@dataclass(eq=False, kw_only=True)
class DecoupledLayer(Layer):
    """A layer that does not wait: it learns from a synthetic gradient at once.

    Parameters
    ----------
    linear, activation, step_size, batchnorm : as in `Layer`
    generator : Generator
    conditions : tuple of str
        What the generator looks at.

    Attributes
    ----------
    synthetic_gradient, target_gradient : (replicas, batch, units) arrays
        What the layer last learnt from, and its generator.

    References
    ----------
    Jaderberg et al. (2017), Decoupled neural interfaces using synthetic gradients.
    """

    generator: Generator
    conditions: tuple[str, ...]
    synthetic_gradient: Floats = field(init=False)
    target_gradient: Floats = field(init=False)

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
        kernels = self.linear.kernels
        condition = assemble(self.conditions, network_inputs, self.output, labels, kernels)
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
        self.update()
        return output

    def update_generator(self, target_gradient: Floats) -> None:
        """Learn, later, from the gradient that the layer above sends back.

        Parameters
        ----------
        target_gradient : (replicas, batch, units) array
        """
        self.target_gradient = target_gradient
        self.generator.update(target_gradient)

    def parameters(self) -> list[Floats]:
        """All that is learnt, by the layer and by its generator.

        Returns
        -------
        list of arrays, each with an axis of replicas
        """
        return super().parameters() + self.generator.parameters()
