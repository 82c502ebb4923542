"""How the layers of a network are drawn.

The order of the draws is a contract: another order is another result. Layers
are drawn from the lowest to the last, and each draws from the streams of its
seed, in this order:

=================================  ==============  =============================================
what                               stream          drawn as
=================================  ==============  =============================================
weights, then bias                 ``weights``     ``randn * weight_scale + weight_shift``
the same with ``glorot``           ``weights``     ``(2 * rand - 1) * sqrt(6 / (fan-in + units))``,
                                                   then ``randn * 0``
generator's hidden weights, bias   ``generators``  ``randn / sqrt(fan-in)``
generator's weights, then bias     ``generators``  ``randn * generator_scale + generator_shift``
readout's weights, then bias       ``generators``  as the generator's
feedback matrix                    ``feedback``    as weights
=================================  ==============  =============================================

What a setup does not have is not drawn; what starts at zero is drawn and
multiplied by zero, as in the tutorial. Batch normalisation draws nothing.
Where a setup is ``nudged``, weights and biases of layers are then moved up to
the next floating-point number.
Decoupled layers keep the stream ``updates`` where their updates are skipped at
random.

References
----------
Glorot & Bengio (2010), Understanding the difficulty of training deep
feedforward neural networks: their normalised initialisation.

Summers & Dinneen (2021), Nondeterminism and instability in neural network
optimization: a change of one weight by one unit in the last place.
"""

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from synthgrad.core.arrays import Floats, aligned
from synthgrad.core.kernels import Kernels, chosen
from synthgrad.core.network.activations import ACTIVATIONS, OUTPUT_ACTIVATION, Activation
from synthgrad.core.network.dni import DecoupledLayer, Generator
from synthgrad.core.network.layers import Layer, Linear, StepSize
from synthgrad.core.network.local import LocalLayer, NoisyLayer
from synthgrad.core.network.normalisation import BatchNorm
from synthgrad.core.network.sizes import generator_shapes
from synthgrad.core.setup import Setup
from synthgrad.core.streams import STREAMS, Draws

SIGN = {"descent": 1, "ascent": -1}
"""Of the step sizes of each direction."""


def build_network(
    setup: Setup,
    draws: Sequence[Draws],
    step_size: Floats,
    generator_step_size: Floats,
    kernels: Kernels | None = None,
) -> list[Layer]:
    """Draw the initial layers of a stack of replicas.

    Parameters
    ----------
    setup : Setup
    draws : sequence of Draws, one a replica
    step_size, generator_step_size : (replicas,) arrays
    kernels : Kernels, default `kernels.chosen`
        What the layers compute with.

    Returns
    -------
    list of Layer
        From the lowest to the last.
    """
    drawing = _Drawing(setup, draws, step_size, generator_step_size, kernels or chosen())
    return [drawing.layer(k, *shape) for k, shape in enumerate(pairwise(setup.sizes))]


class _Drawing:
    """Draws the layers of a stack of replicas, which are asked for from the lowest to the last."""

    def __init__(
        self,
        setup: Setup,
        draws: Sequence[Draws],
        step_size: Floats,
        generator_step_size: Floats,
        kernels: Kernels,
    ) -> None:
        self.setup, self.kernels = setup, kernels
        self.streams = {name: [getattr(each, name) for each in draws] for name in STREAMS}
        self.shapes = generator_shapes(setup)
        self.size = SIGN[setup.step_direction] * step_size[:, None, None]
        self.generator_size = (
            SIGN[setup.generator_step_direction] * generator_step_size[:, None, None]
        )

    def layer(self, k: int, fan_in: int, units: int) -> Layer:
        """Layer k: its map, then its generator, readout or feedback matrix."""
        method, is_last = self.setup.method, k == len(self.setup.hidden)
        size = self.size * self.setup.last_step_factor if is_last else self.size
        parts: dict[str, Any] = {
            "linear": self.linear(fan_in, units),
            "activation": self.activation(is_last),
            # Nobody waits for the update of a layer with a generator or readout: it may be skipped.
            "step_size": self.step_size(size, skipped=bool(self.shapes[k])),
            "batchnorm": None if is_last else self.batchnorm(units),
        }
        if self.shapes[k] and method == "local-loss":
            return self.local_layer(k, parts)
        if self.shapes[k]:
            return self.decoupled_layer(k, parts)
        if method == "noise" and not is_last:
            return NoisyLayer(**parts, streams=np.array(self.streams["noise"], dtype=object))
        if method == "feedback-alignment":
            return Layer(**parts, feedback=self.weights("feedback", fan_in, units))
        return Layer(**parts)

    def local_layer(self, k: int, parts: dict[str, Any]) -> LocalLayer:
        [linear] = self.maps(k)
        step_size = self.step_size(self.generator_size, skipped=True)
        readout = Layer(linear, self.activation(is_last=True), step_size)
        return LocalLayer(**parts, readout=readout)

    def decoupled_layer(self, k: int, parts: dict[str, Any]) -> DecoupledLayer:
        *hidden, last = self.maps(k)
        generator = Generator(last, self.step_size(self.generator_size, skipped=True), *hidden)
        return DecoupledLayer(**parts, generator=generator, conditions=self.setup.conditions)

    def step_size(self, size: Floats, skipped: bool) -> StepSize:
        """That of updates, of which some may be skipped at random."""
        if not skipped:
            return StepSize(size, kernels=self.kernels)
        streams = np.array(self.streams["updates"], dtype=object)
        return StepSize(size, self.setup.update_probability, streams, self.kernels)

    def activation(self, is_last: bool) -> Activation:
        setup = self.setup
        return ACTIVATIONS[OUTPUT_ACTIVATION[setup.loss] if is_last else setup.activation]

    def batchnorm(self, units: int) -> BatchNorm | None:
        if not self.setup.forward_batchnorm:
            return None
        return BatchNorm.untrained(len(self.size), units, self.kernels)

    def linear(self, fan_in: int, units: int) -> Linear:
        """The map of a layer."""
        setup = self.setup
        weights, bias = self.weights("weights", fan_in, units), None
        if setup.bias:
            is_normal = setup.initial_weights == "normal"
            scale, shift = (setup.weight_scale, setup.weight_shift) if is_normal else (0.0, 0.0)
            bias = self.randn("weights", 1, units, scale, shift)
        linear = Linear(weights, bias, setup.bias_reduction, kernels=self.kernels)
        if setup.nudged:
            for parameter in linear.parameters():
                np.nextafter(parameter, np.inf, out=parameter)
        return linear

    def weights(self, stream: str, fan_in: int, units: int) -> Floats:
        """Weights or feedback of a layer: (replicas, fan-in, units)."""
        if self.setup.initial_weights == "normal":
            scale, shift = self.setup.weight_scale, self.setup.weight_shift
            return self.randn(stream, fan_in, units, scale, shift)
        largest = np.sqrt(6 / (fan_in + units))
        shape = fan_in, units
        return self.drawn(stream, shape, lambda one: (2 * one.rand(*shape) - 1) * largest)

    def maps(self, k: int) -> list[Linear]:
        """The maps of a generator, the hidden one, if any, first; or a readout's."""
        setup, maps = self.setup, []
        for place, (fan_in, fan_out) in enumerate(self.shapes[k], start=1):
            scale, shift = 1 / np.sqrt(fan_in), 0.0
            if place == len(self.shapes[k]):
                scale, shift = setup.generator_scale, setup.generator_shift
            weights = self.randn("generators", fan_in, fan_out, scale, shift)
            bias = None
            if setup.generator_bias:
                bias = self.randn("generators", 1, fan_out, scale, shift)
            normalised = setup.generator_step == "normalised"
            maps.append(Linear(weights, bias, setup.bias_reduction, normalised, self.kernels))
        return maps

    def randn(self, stream: str, rows: int, columns: int, scale: float, shift: float) -> Floats:
        """``randn * scale + shift``: (replicas, rows, columns)."""
        shape = rows, columns
        return self.drawn(stream, shape, lambda one: one.randn(*shape) * scale + shift)

    def drawn(
        self, stream: str, shape: tuple[int, int], draw: Callable[[np.random.RandomState], Floats]
    ) -> Floats:
        """What is drawn from this stream of each replica: (replicas, rows, columns)."""
        drawn = aligned((len(self.size), *shape))
        for replica, own in zip(drawn, self.streams[stream], strict=True):
            replica[:] = draw(own)
        return drawn
