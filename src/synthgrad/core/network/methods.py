"""How a network is built and how one training step goes, method by method.

Sources: backprop and the layers as objects, tutorial part 4; decoupled layers,
tutorial part 6 after Jaderberg et al. (2017); feedback alignment, Lillicrap
et al. (2016), which is the work that the tutorial's sidenote has in mind.

The loss is half the squared error of sigmoid outputs, or the cross-entropy of a
softmax, summed over examples and outputs. Either hands the last layer
output - target: for the first it is the gradient at the output, for the second
that before the softmax, whose layer passes it on as it is.

Updates that are left to chance (`update_probability`) are those that nobody
else waits for: that of a decoupled layer from its synthetic gradient and,
apart from it, that of its generator. Passes through the network, and the last
layer where it has the true gradient, go on at every step. It is the sparse
training by which Jaderberg et al. (2017) show layers that do not keep step.
"""

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import cast

import numpy as np

from synthgrad.core.arrays import Floats
from synthgrad.core.network.activations import OUTPUT_ACTIVATION
from synthgrad.core.network.conditions import assemble, condition_size
from synthgrad.core.network.layers import BatchNorm, Coin, DecoupledLayer, Generator, Layer, Linear
from synthgrad.core.setup import Setup
from synthgrad.core.streams import Draws

Step = Callable[[Sequence[Layer], Floats, Floats], None]
"""Trains layers on the inputs and targets of one minibatch."""


def build_network(
    setup: Setup, draws: Sequence[Draws], step_size: Floats, generator_step_size: Floats
) -> list[Layer]:
    """Draw the initial layers of a stack of replicas, from the lowest to the last.

    Parameters
    ----------
    setup : Setup
    draws : sequence of Draws, one a replica
        Each layer in turn draws its weights, then its bias, from `weights`;
        then those of its generator from `generators`, those of a hidden layer
        of the generator (``randn / sqrt(fan-in)``) first. Feedback matrices
        come from `feedback`, drawn like weights. Decoupled layers keep `updates`,
        for what is left to chance in training.
    step_size, generator_step_size : (replicas,) arrays

    Returns
    -------
    list of Layer
    """
    sign = {"descent": 1, "ascent": -1}
    step_size = sign[setup.step_direction] * step_size[:, None, None]
    generator_step_size = sign[setup.generator_step_direction] * generator_step_size[:, None, None]

    def linear(
        stream: str,
        fan_in: int,
        fan_out: int,
        scale: float,
        shift: float,
        has_bias: bool,
        step_size: Floats,
        normalised: bool = False,
    ) -> Linear:
        def drawn(*shape: int) -> Floats:
            return np.stack([getattr(d, stream).randn(*shape) * scale + shift for d in draws])

        weights = drawn(fan_in, fan_out)
        bias = drawn(1, fan_out) if has_bias else None
        return Linear(weights, bias, step_size, setup.bias_reduction, normalised)

    def generator(shapes: list[tuple[int, int]]) -> Generator:
        common = setup.generator_bias, generator_step_size, setup.generator_step == "normalised"
        hidden = None
        if len(shapes) == 2:
            fan_in, fan_out = shapes[0]
            scale = 1 / np.sqrt(fan_in)
            hidden = linear("generators", fan_in, fan_out, scale, 0.0, *common)
        fan_in, fan_out = shapes[-1]
        scale, shift = setup.generator_scale, setup.generator_shift
        return Generator(linear("generators", fan_in, fan_out, scale, shift, *common), hidden)

    def layer(k: int, fan_in: int, fan_out: int) -> Layer:
        is_last = k == len(setup.hidden)
        initial = setup.weight_scale, setup.weight_shift
        own = linear("weights", fan_in, fan_out, *initial, setup.bias, step_size)
        batchnorm = None
        if setup.forward_batchnorm and not is_last:
            batchnorm = BatchNorm(len(draws), fan_out, step_size)
        activation = OUTPUT_ACTIVATION[setup.loss] if is_last else setup.activation
        if generators[k]:
            coin = None
            if setup.update_probability < 1:
                coin = Coin(setup.update_probability, [d.updates for d in draws])
            return DecoupledLayer(
                own, generator(generators[k]), setup.conditions, batchnorm, activation, coin
            )
        feedback = None
        if setup.method == "feedback-alignment":
            feedback = linear("feedback", fan_in, fan_out, *initial, False, step_size).weights
        return Layer(own, batchnorm, feedback, activation)

    sizes, generators = setup.sizes, generator_shapes(setup)
    return [layer(k, sizes[k], sizes[k + 1]) for k in range(len(sizes) - 1)]


def generator_shapes(setup: Setup) -> list[list[tuple[int, int]]]:
    """The (fan-in, fan-out) of the layers of each layer's generator, from what it sees on.

    Parameters
    ----------
    setup : Setup

    Returns
    -------
    list of list of (int, int)
        Empty for a layer without a generator.

    Examples
    --------
    >>> generator_shapes(Setup("dni[output+label]", bits=3, hidden=(8, 4)))
    [[(11, 8)], [(7, 4)], []]
    """
    inputs, *units, labels = setup.sizes
    hidden = [setup.generator_hidden] if setup.generator_hidden else []

    def shapes(width: int) -> list[tuple[int, int]]:
        seen = condition_size(setup.conditions, inputs, width, labels)
        return list(pairwise([seen, *hidden, width]))

    if not setup.conditions:
        return [[] for _ in (*units, labels)]
    return [*map(shapes, units), shapes(labels) if setup.decouple_last else []]


def weights(setup: Setup) -> list[int]:
    """How many weights each layer and its generator have, without biases.

    Parameters
    ----------
    setup : Setup

    Returns
    -------
    list of int, lowest layer first

    Examples
    --------
    >>> weights(Setup("dni[output]", bits=3, hidden=(4,)))
    [40, 12]
    """
    return [
        fan_in * units + sum(a * b for a, b in shapes)
        for (fan_in, units), shapes in zip(
            pairwise(setup.sizes), generator_shapes(setup), strict=True
        )
    ]


def multiplications(setup: Setup) -> list[int]:
    """How many multiplications of a training step each layer takes for one example.

    It is the work that grows with the network.

    Parameters
    ----------
    setup : Setup

    Returns
    -------
    list of int
        Lowest layer first.

    Examples
    --------
    Forward and update, 2 * 6 * 4; forward, update and the gradient that goes down, 3 * 4 * 3.

    >>> multiplications(Setup(bits=3, hidden=(4,)))
    [48, 36]
    """
    sizes = setup.sizes
    layers = len(sizes) - 1
    learning = range(layers - 1, layers) if setup.method == "frozen" else range(layers)
    costs = []
    for k, (fan_in, units) in enumerate(pairwise(sizes)):
        # Forward, update and, above the lowest that learns, the gradient that goes down.
        passes = 1 + (k in learning) + (k in learning[1:])
        costs.append(passes * fan_in * units)
    for k, shapes in enumerate(generator_shapes(setup)):
        # A generator predicts and is updated; above a hidden layer it also hands down.
        costs[k] += sum((2 + place) * a * b for place, (a, b) in enumerate(shapes))
    return costs


def forward(layers: Sequence[Layer], inputs: Floats, training: bool = False) -> list[Floats]:
    """Outputs of all layers, lowest first.

    Parameters
    ----------
    layers : sequence of Layer
    inputs : (replicas, examples, inputs) array
    training : bool
        Matters to batch normalisation alone.

    Returns
    -------
    list of (replicas, examples, units) arrays
    """
    outputs = []
    for layer in layers:
        inputs = layer.forward(inputs, training)
        outputs.append(inputs)
    return outputs


def backward(
    layers: Sequence[Layer],
    targets: Floats,
    carry: Callable[[Layer], Floats] = Layer.input_gradient,
) -> list[Floats]:
    """After `forward`: the gradient at the output of each layer (of a softmax, that before it).

    Parameters
    ----------
    layers : sequence of Layer
    targets : (replicas, examples, outputs) array
    carry : callable
        Takes the gradient from a layer's `delta` to the layer below.

    Returns
    -------
    list of (replicas, examples, units) arrays
        Lowest layer first.
    """
    gradients = [layers[-1].output - targets]
    for layer in reversed(layers[1:]):
        layer.backward(gradients[0])
        gradients.insert(0, carry(layer))
    layers[0].backward(gradients[0])
    return gradients


def backprop_step(layers: Sequence[Layer], inputs: Floats, targets: Floats) -> None:
    """Forward, all the way back, then update every layer.

    Parameters
    ----------
    layers : sequence of Layer, changed in place
    inputs : (replicas, batch, inputs) array
    targets : (replicas, batch, outputs) array
    """
    forward(layers, inputs, training=True)
    backward(layers, targets)
    for layer in layers:
        layer.update()


def frozen_step(layers: Sequence[Layer], inputs: Floats, targets: Floats) -> None:
    """The control: only the last layer learns, on features that stay random.

    Parameters
    ----------
    layers : sequence of Layer, changed in place
    inputs : (replicas, batch, inputs) array
    targets : (replicas, batch, outputs) array
    """
    forward(layers, inputs, training=True)
    last = layers[-1]
    last.backward(last.output - targets)
    last.update()


def decoupled_step(layers: Sequence[Layer], inputs: Floats, targets: Floats) -> None:
    """Each hidden layer updates on its way up; generators learn on the way down.

    A generator's target is what the layer above sends back: its own synthetic
    gradient or, from the last layer, the true one, carried down through the
    weights that have already been updated.

    Parameters
    ----------
    layers : sequence of Layer, changed in place
    inputs : (replicas, batch, inputs) array
    targets : (replicas, batch, outputs) array

    References
    ----------
    Jaderberg et al. (2017), Decoupled neural interfaces using synthetic gradients.
    """
    hidden, last = cast(Sequence[DecoupledLayer], layers[:-1]), layers[-1]
    output = inputs
    for layer in hidden:
        output = layer.forward_and_synthetic_update(output, inputs, targets)
    if isinstance(last, DecoupledLayer):
        last.forward_and_synthetic_update(output, inputs, targets)
        last.update_generator(last.output - targets)
    else:
        last.forward(output)
        last.backward(last.output - targets)
        last.update()
    for layer, above in zip(hidden, layers[1:], strict=True):
        layer.update_generator(above.input_gradient())


def hidden_gradients(
    setup: Setup, layers: Sequence[Layer], inputs: Floats, targets: Floats
) -> tuple[list[Floats], list[Floats]]:
    """After `forward`: the gradient each hidden layer would learn from, and the true one.

    Generators see the examples in the minibatches of training before any
    shuffling.

    Parameters
    ----------
    setup : Setup
    layers : sequence of Layer
    inputs : (replicas, examples, inputs) array
    targets : (replicas, examples, outputs) array

    Returns
    -------
    instead, true : lists of (replicas, examples, units) arrays
        Lowest layer first; empty where a method has no stand-in for the true
        gradient.
    """
    if setup.conditions:
        hidden = cast(Sequence[DecoupledLayer], layers[:-1])
        instead = [
            _synthetic_gradient(layer, inputs, targets, setup.batch_size) for layer in hidden
        ]
    elif setup.method == "feedback-alignment":
        instead = backward(layers, targets)[:-1]
    else:
        return [], []
    return instead, backward(layers, targets, carry=Layer.true_input_gradient)[:-1]


def _synthetic_gradient(
    layer: DecoupledLayer, inputs: Floats, targets: Floats, batch_size: int
) -> Floats:
    replicas, examples, _ = inputs.shape
    seen = assemble(
        layer.conditions,
        *(
            part.reshape(replicas, -1, batch_size, part.shape[-1])
            for part in (inputs, layer.output, targets)
        ),
    )
    return layer.generator.apply(seen.reshape(replicas, examples, -1))


STEP: dict[str, Step] = {
    "backprop": backprop_step,
    "feedback-alignment": backprop_step,
    "frozen": frozen_step,
}


def training_step(setup: Setup) -> Step:
    """The function that trains one minibatch.

    Parameters
    ----------
    setup : Setup

    Returns
    -------
    callable
        Takes layers, (replicas, batch, inputs) inputs and (replicas, batch,
        outputs) targets, and changes the layers.

    Examples
    --------
    >>> training_step(Setup(method="dni[output]")).__name__
    'decoupled_step'
    """
    return STEP.get(setup.method, decoupled_step)
