"""The gradients that `alignment` and `norm_ratio` compare, against derivatives of the loss.

The true gradient of a hidden layer is the derivative of 1/2 sum (output - target)**2 with respect
to that layer's output, at the weights as they are, with batch normalisation in evaluation mode.
"""

import numpy as np
import pytest
from one_step import METHODS, small_setup

from synthgrad.core.network.build import build_network
from synthgrad.core.network.gradients import hidden_gradients
from synthgrad.core.network.methods import forward, training_step
from synthgrad.core.streams import paired_draws
from synthgrad.core.tasks import draw_examples

H = 1e-30


def trained(setup):
    """A stack of two after one pass over its examples, with all outputs at the final weights."""
    draws = [paired_draws(seed) for seed in (3, 4)]
    training, _ = draw_examples(setup, draws)
    layers = build_network(setup, draws, np.array([0.3, 0.7]), np.array([0.05, 0.11]))
    for first in range(0, setup.examples, setup.batch_size):
        rows = slice(first, first + setup.batch_size)
        training_step(setup)(layers, training.inputs[:, rows], training.targets[:, rows])
    return layers, training, forward(layers, training.inputs)


def loss_from(layers, output, targets):
    """Loss at the top of `layers`, above an output that may be complex."""
    for layer in layers:
        output = output @ layer.linear.weights + layer.linear.bias
        norm = layer.batchnorm
        if norm is not None:
            deviation = np.sqrt(norm.running_variance + 1e-5)
            output = (output - norm.running_mean) / deviation * norm.gain + norm.shift
        output = 1 / (1 + np.exp(-output))
    return ((output - targets) ** 2).sum(axis=(-2, -1)) / 2


def derivative_of_loss(layers, output, targets):
    """Complex steps of one entry of the output at a time, in all replicas at once."""
    result = np.empty_like(output)
    for entry in np.ndindex(output.shape[1:]):
        step = np.zeros_like(output)
        step[:, *entry] = H
        result[:, *entry] = loss_from(layers, output + 1j * step, targets).imag / H
    return result


@pytest.mark.parametrize("forward_batchnorm", [False, True])
@pytest.mark.parametrize("method", [m for m in METHODS if m not in ("backprop", "frozen")])
def test_true_gradients_are_derivatives_of_the_loss(method, forward_batchnorm):
    setup = small_setup(
        method=method,
        bias=True,
        examples=12,
        batch_size=4,
        hidden=(5, 3),
        forward_batchnorm=forward_batchnorm,
    )
    layers, training, outputs = trained(setup)
    gradients = hidden_gradients(setup, layers, training.inputs, training.targets)
    assert len(gradients) == 2
    for k, gradient in enumerate(gradients):
        expected = derivative_of_loss(layers[k + 1 :], outputs[k], training.targets)
        np.testing.assert_allclose(gradient.true, expected, rtol=1e-9, atol=1e-15)


@pytest.mark.parametrize("decouple_last", [False, True])
@pytest.mark.parametrize("method", [m for m in METHODS if m.startswith("dni")])
def test_synthetic_gradients_are_what_training_would_use_on_each_minibatch(method, decouple_last):
    setup = small_setup(
        method=method, examples=12, batch_size=4, hidden=(5, 3), decouple_last=decouple_last
    )
    layers, training, outputs = trained(setup)
    gradients = hidden_gradients(setup, layers, training.inputs, training.targets)
    assert len(gradients) == 2
    for layer, output, gradient in zip(layers, outputs, gradients):
        for first in range(0, 12, 4):
            rows = slice(first, first + 4)
            # In one minibatch, batchnorm sees the statistics of that minibatch alone.
            layer.output = output[:, rows]
            expected = layer.predict_gradient(training.inputs[:, rows], training.targets[:, rows])
            np.testing.assert_allclose(gradient.signal[:, rows], expected, rtol=1e-12, atol=1e-15)


def test_feedback_alignment_is_compared_through_both_matrices():
    setup = small_setup(method="feedback-alignment", bias=True)
    layers, training, (_, h2, out) = trained(setup)
    gradients = hidden_gradients(setup, layers, training.inputs, training.targets)
    signals, true = zip(*gradients)
    d3 = (out - training.targets) * out * (1 - out)
    for found, matrix in ((signals, "feedback"), (true, "weights")):
        carriers = [
            layer.feedback if matrix == "feedback" else layer.linear.weights for layer in layers
        ]
        upper = d3 @ carriers[2].swapaxes(1, 2)
        lower = (upper * h2 * (1 - h2)) @ carriers[1].swapaxes(1, 2)
        np.testing.assert_allclose(found[1], upper, rtol=1e-9)
        np.testing.assert_allclose(found[0], lower, rtol=1e-9)


@pytest.mark.parametrize("method", ["backprop", "frozen"])
def test_methods_without_a_stand_in_have_nothing_to_compare(method):
    setup = small_setup(method=method, bias=True)
    layers, training, _ = trained(setup)
    assert hidden_gradients(setup, layers, training.inputs, training.targets) == []
