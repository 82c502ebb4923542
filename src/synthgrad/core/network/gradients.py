"""What hidden layers learn from beside the true gradient, the two that `alignment` compares."""

from collections.abc import Sequence
from typing import NamedTuple, cast

from synthgrad.core.arrays import Floats
from synthgrad.core.network.conditions import assemble
from synthgrad.core.network.dni import DecoupledLayer
from synthgrad.core.network.layers import Layer
from synthgrad.core.network.local import LocalLayer
from synthgrad.core.network.methods import backward
from synthgrad.core.setup import Setup


class HiddenGradient(NamedTuple):
    """The gradient at the output of a hidden layer, twice.

    Attributes
    ----------
    signal : (replicas, examples, units) array
        What the layer would learn from: a synthetic gradient, that of its own
        readout, or one carried down by feedback matrices.
    true : (replicas, examples, units) array
        The derivative of the loss.
    """

    signal: Floats
    true: Floats


def hidden_gradients(
    setup: Setup, layers: Sequence[Layer], inputs: Floats, targets: Floats
) -> list[HiddenGradient]:
    """After `forward`: what each hidden layer would learn from, and the true gradient.

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
    list of HiddenGradient
        Lowest layer first; empty where layers learn from the true gradient, from
        noise or not at all.
    """
    if setup.conditions:
        hidden = cast(Sequence[DecoupledLayer], layers[:-1])
        signals = [
            _synthetic_gradient(layer, inputs, targets, setup.batch_size) for layer in hidden
        ]
    elif setup.method == "local-loss":
        local = cast(Sequence[LocalLayer], layers[:-1])
        signals = [layer.local_gradient(targets) for layer in local]
    elif setup.method == "feedback-alignment":
        signals = backward(layers, targets)[:-1]
    else:
        return []
    true = backward(layers, targets, carry=Layer.true_input_gradient)[:-1]
    return [HiddenGradient(*pair) for pair in zip(signals, true, strict=True)]


def _synthetic_gradient(
    layer: DecoupledLayer, inputs: Floats, targets: Floats, batch_size: int
) -> Floats:
    """The generator's prediction for all examples, minibatch by minibatch."""
    replicas, examples, _ = inputs.shape

    # A condition has nothing of its replica's own: minibatches can be replicas to it.
    seen_inputs, seen_output, seen_targets = (
        part.reshape(-1, batch_size, part.shape[2]) for part in (inputs, layer.output, targets)
    )
    kernels = layer.linear.kernels
    seen = assemble(layer.conditions, seen_inputs, seen_output, seen_targets, kernels)
    return layer.generator.apply(seen.reshape(replicas, examples, -1))
