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

import numpy as np

from synthgrad.core.arrays import Floats, aligned
from synthgrad.core.kernels import Kernels, chosen
from synthgrad.core.network.activations import ACTIVATIONS, OUTPUT_ACTIVATION
from synthgrad.core.network.dni import DecoupledLayer, Generator
from synthgrad.core.network.layers import Layer, Linear, StepSize
from synthgrad.core.network.local import LocalLayer, NoisyLayer
from synthgrad.core.network.normalisation import BatchNorm
from synthgrad.core.network.sizes import generator_shapes
from synthgrad.core.setup import Setup
from synthgrad.core.streams import STREAMS, Draws

SIGN = {"descent": 1, "ascent": -1}
"""Of the step sizes of each direction."""

Streams = Sequence[np.random.RandomState]
"""One a replica."""


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
    kernels = kernels or chosen()
    streams = {name: [getattr(each, name) for each in draws] for name in STREAMS}
    own_size = SIGN[setup.step_direction] * step_size[:, None, None]
    generator_size = SIGN[setup.generator_step_direction] * generator_step_size[:, None, None]
    # Nobody waits for the update of a decoupled layer or of its generator: these may be skipped.
    chance = setup.update_probability, np.array(streams["updates"], dtype=object)
    shapes = generator_shapes(setup)
    layers: list[Layer] = []
    for k, (fan_in, units) in enumerate(pairwise(setup.sizes)):
        is_last = k == len(setup.hidden)
        linear = _draw_linear(setup, streams["weights"], fan_in, units, kernels)
        size = own_size * setup.last_step_factor if is_last else own_size
        name = OUTPUT_ACTIVATION[setup.loss] if is_last else setup.activation
        has_batchnorm = setup.forward_batchnorm and not is_last
        batchnorm = BatchNorm.untrained(len(draws), units, kernels) if has_batchnorm else None
        if shapes[k]:
            parts = linear, ACTIVATIONS[name], StepSize(size, *chance, kernels), batchnorm
            steps = StepSize(generator_size, *chance, kernels)
            *maps, last = _draw_maps(setup, streams["generators"], shapes[k], kernels)
            if setup.method == "local-loss":
                readout = Layer(last, ACTIVATIONS[OUTPUT_ACTIVATION[setup.loss]], steps)
                layers.append(LocalLayer(*parts, readout=readout))
            else:
                generator = Generator(last, steps, *maps)
                sees = setup.conditions
                layers.append(DecoupledLayer(*parts, generator=generator, conditions=sees))
            continue
        parts = linear, ACTIVATIONS[name], StepSize(size, kernels=kernels), batchnorm
        if setup.method == "noise" and not is_last:
            layers.append(NoisyLayer(*parts, streams=np.array(streams["noise"], dtype=object)))
        elif setup.method == "feedback-alignment":
            layers.append(Layer(*parts, _draw_weights(setup, streams["feedback"], fan_in, units)))
        else:
            layers.append(Layer(*parts))
    return layers


def _draw_linear(
    setup: Setup, streams: Streams, fan_in: int, units: int, kernels: Kernels
) -> Linear:
    """The map of a layer."""
    weights, bias = _draw_weights(setup, streams, fan_in, units), None
    if setup.bias:
        is_normal = setup.initial_weights == "normal"
        scale, shift = (setup.weight_scale, setup.weight_shift) if is_normal else (0.0, 0.0)
        bias = _randn(streams, 1, units, scale, shift)
    linear = Linear(weights, bias, setup.bias_reduction, kernels=kernels)
    if setup.nudged:
        for parameter in linear.parameters():
            np.nextafter(parameter, np.inf, out=parameter)
    return linear


def _draw_weights(setup: Setup, streams: Streams, fan_in: int, units: int) -> Floats:
    """Weights or feedback of a layer: (replicas, fan-in, units)."""
    if setup.initial_weights == "normal":
        return _randn(streams, fan_in, units, setup.weight_scale, setup.weight_shift)
    largest = np.sqrt(6 / (fan_in + units))
    return _draw(streams, fan_in, units, lambda one: (2 * one.rand(fan_in, units) - 1) * largest)


def _draw_maps(
    setup: Setup, streams: Streams, shapes: Sequence[tuple[int, int]], kernels: Kernels
) -> list[Linear]:
    """Maps of a generator with these (fan-in, fan-out), the hidden one, if any, first; or a
    readout's."""
    maps = []
    for k, (fan_in, fan_out) in enumerate(shapes, start=1):
        scale, shift = 1 / np.sqrt(fan_in), 0.0
        if k == len(shapes):
            scale, shift = setup.generator_scale, setup.generator_shift
        weights = _randn(streams, fan_in, fan_out, scale, shift)
        bias = _randn(streams, 1, fan_out, scale, shift) if setup.generator_bias else None
        normalised = setup.generator_step == "normalised"
        maps.append(Linear(weights, bias, setup.bias_reduction, normalised, kernels))
    return maps


def _randn(streams: Streams, rows: int, columns: int, scale: float, shift: float) -> Floats:
    """``randn * scale + shift`` from the stream of each replica: (replicas, rows, columns)."""
    return _draw(streams, rows, columns, lambda one: one.randn(rows, columns) * scale + shift)


def _draw(
    streams: Streams, rows: int, columns: int, draw: Callable[[np.random.RandomState], Floats]
) -> Floats:
    """What is drawn from the stream of each replica: (replicas, rows, columns)."""
    drawn = aligned((len(streams), rows, columns))
    for replica, stream in zip(drawn, streams, strict=True):
        replica[:] = draw(stream)
    return drawn
