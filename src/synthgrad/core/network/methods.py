"""How one training step goes, method by method.

Sources: backprop, tutorial part 4; decoupled layers, tutorial part 6 after
Jaderberg et al. (2017); feedback alignment, Lillicrap et al. (2016), which is
the work that the tutorial's sidenote has in mind.

The loss is half the squared error of sigmoid outputs, or the cross-entropy of a
softmax, summed over examples and outputs. Either hands the last layer
output - target: for the first it is the gradient at the output, for the second
that before the softmax, whose layer passes it on as it is.

`update_probability` skips updates at random for which nothing else waits: that
of a decoupled layer from its synthetic gradient and, drawn separately, that of
its generator; or that of a layer with a loss of its own and that of its readout.
At every step there are passes through the network, and an update of the last
layer where it has the true gradient. Jaderberg et al. (2017) use such sparse
training to show layers that do not keep step.
"""

from collections.abc import Callable, Sequence
from typing import cast

from synthgrad.core.arrays import Floats
from synthgrad.core.network.dni import DecoupledLayer
from synthgrad.core.network.layers import Layer
from synthgrad.core.network.local import LocalLayer, NoisyLayer
from synthgrad.core.setup import Setup

TrainingStep = Callable[[Sequence[Layer], Floats, Floats], None]
"""Trains layers on the inputs and targets of one minibatch."""


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


def _learn_from_error(last: Layer, targets: Floats) -> None:
    """The last layer learns from the true gradient, after `forward`."""
    last.backward(last.output - targets)
    last.update()


def frozen_step(layers: Sequence[Layer], inputs: Floats, targets: Floats) -> None:
    """The control: only the last layer learns, on features that stay random.

    Parameters
    ----------
    layers : sequence of Layer, changed in place
    inputs : (replicas, batch, inputs) array
    targets : (replicas, batch, outputs) array
    """
    forward(layers, inputs, training=True)
    _learn_from_error(layers[-1], targets)


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
        _learn_from_error(last, targets)
    for layer, above in zip(hidden, layers[1:], strict=True):
        layer.update_generator(above.input_gradient())


def local_step(layers: Sequence[Layer], inputs: Floats, targets: Floats) -> None:
    """Each hidden layer updates on its way up, from the error of a readout of its own.

    Parameters
    ----------
    layers : sequence of Layer, changed in place
    inputs : (replicas, batch, inputs) array
    targets : (replicas, batch, outputs) array

    References
    ----------
    Nøkland & Eidnes (2019), Training neural networks with local error signals;
    Belilovsky, Eickenberg & Oyallon (2020), Decoupled greedy learning of CNNs.
    """
    hidden, last = cast(Sequence[LocalLayer], layers[:-1]), layers[-1]
    output = inputs
    for layer in hidden:
        output = layer.forward_and_local_update(output, targets)
    last.forward(output)
    _learn_from_error(last, targets)


def noise_step(layers: Sequence[Layer], inputs: Floats, targets: Floats) -> None:
    """Forward and back, then hidden layers descend noise as long as their true gradient.

    Parameters
    ----------
    layers : sequence of Layer, changed in place
    inputs : (replicas, batch, inputs) array
    targets : (replicas, batch, outputs) array
    """
    forward(layers, inputs, training=True)
    gradients = backward(layers, targets)
    hidden = cast(Sequence[NoisyLayer], layers[:-1])
    for noisy, gradient in zip(hidden, gradients):
        noisy.backward(noisy.noise_like(gradient))
    for layer in layers:
        layer.update()


TRAINING_STEP: dict[str, TrainingStep] = {
    "backprop": backprop_step,
    "feedback-alignment": backprop_step,
    "frozen": frozen_step,
    "local-loss": local_step,
    "noise": noise_step,
    "dni": decoupled_step,
}
"""Of each method; feedback alignment is backprop by layers that have feedback matrices."""


def training_step(setup: Setup) -> TrainingStep:
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
    return TRAINING_STEP["dni" if setup.conditions else setup.method]
