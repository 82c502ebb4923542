"""`local-loss` against the derivative of its readouts' errors, and `noise` against its definition.

Derivatives come from complex steps (`test_updates`), through passes written there.
"""

from functools import partial

import numpy as np
import pytest
from one_step import SEEDS, levels_of, network, reduction, small_setup, steps_of
from test_updates import activation, gradient, linear_map, loss, outputs_of, total

from synthgrad.core.network.methods import training_step
from synthgrad.core.setup import Setup
from synthgrad.core.streams import paired_draws
from synthgrad.core.training.loop import train


def read(level, output):
    """What the readout of a layer makes of its output."""
    return 1 / (1 + np.exp(-(output @ level["readout_weights"] + level.get("readout_bias", 0))))


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"bias": True, "bias_reduction": "mean"},
        {"forward_batchnorm": True},
        {"generator_bias": False},
        {"step_direction": "ascent", "generator_step_direction": "ascent"},
    ],
    ids=str,
)
def test_each_layer_and_its_readout_descend_the_readouts_error(changed):
    setup = small_setup(method="local-loss", **changed)
    sign = {"descent": -1, "ascent": 1}
    for step in steps_of(setup):
        outputs = outputs_of(step.before, step.x)
        for k, (before, after) in enumerate(zip(step.before, step.after, strict=True)):
            assert ("readout_weights" in before) == (k < len(step.before) - 1)
            for name, value in before.items():
                error = partial(error_of_level, before, name, outputs[k], step.y)
                if name.startswith("readout"):
                    size = sign[setup.generator_step_direction] * step.generator_step_size
                else:
                    size = sign[setup.step_direction] * step.step_size
                change = size * gradient(error, value) / reduction(setup, name)
                np.testing.assert_allclose(after[name], value + change, rtol=1e-10)


def error_of_level(level, name, below, y, value):
    """The error of a layer's readout, or of the last layer, as a function of one parameter."""
    level = {**level, name: value}
    output = activation(level, linear_map(level, below))
    return loss(read(level, output) if "readout_weights" in level else output, y)


@pytest.mark.parametrize("changed", [{}, {"bias": True, "forward_batchnorm": True}], ids=str)
def test_with_readouts_that_stay_at_zero_it_is_frozen_to_the_bit(changed):
    small = {"bits": 4, "hidden": (9, 6), "epochs": 8, "step_size": 1.0, **changed}
    local = train(Setup("local-loss", generator_step_size=0.0, **small), [3, 4])
    frozen = train(Setup("frozen", **small), [3, 4])
    for name, values in frozen.measures.items():
        np.testing.assert_array_equal(local.measures[name], values)
    # A readout of 0 says nothing of the gradient.
    assert np.isnan(local.measures["alignment_1"]).all()


def test_hidden_layers_learn_more_than_frozen_ones_do():
    small = {"bits": 4, "hidden": (24, 12), "epochs": 40, "step_size": 0.5}
    local = train(Setup("local-loss", generator_step_size=0.05, **small), [3, 4])
    frozen = train(Setup("frozen", **small), [3, 4])
    final, control = (each.measures["bit_accuracy"][:, -1] for each in (local, frozen))
    assert (final > control + 0.1).all()


def test_what_a_readout_cannot_be_is_refused():
    with pytest.raises(ValueError, match="generator_hidden is 5 with method 'local-loss'"):
        Setup("local-loss", generator_hidden=5)
    with pytest.raises(ValueError, match="decouple_last is true with method 'local-loss'"):
        Setup("local-loss", decouple_last=True)
    assert Setup("local-loss", update_probability=0.5).has_generators
    with pytest.raises(ValueError, match=r"update_probability is 0\.5 with method 'noise'"):
        Setup("noise", update_probability=0.5)


def loss_above(levels, y, output):
    return loss(outputs_of(levels, output)[-1], y)


def descended(level, name, below, handed, value):
    """<handed, output of the layer>, as a function of one parameter."""
    level = {**level, name: value}
    return total(handed * activation(level, linear_map(level, below)))


@pytest.mark.parametrize("changed", [{}, {"bias": True}], ids=str)
def test_noise_has_each_examples_length_of_the_true_gradient(changed):
    setup = small_setup(method="noise", **changed)
    for step, seed in zip(steps_of(setup), SEEDS, strict=True):
        stream = paired_draws(seed).noise
        outputs = outputs_of(step.before, step.x)
        for k, (before, after) in enumerate(zip(step.before[:-1], step.after)):
            true = gradient(partial(loss_above, step.before[k + 1 :], step.y), outputs[k + 1])
            # Each layer draws in turn, the lowest first.
            noise = stream.randn(*true.shape)
            lengths, drawn = (np.linalg.norm(g, axis=1, keepdims=True) for g in (true, noise))
            for name, value in before.items():
                quantity = partial(descended, before, name, outputs[k], noise * lengths / drawn)
                change = -step.step_size * gradient(quantity, value)
                np.testing.assert_allclose(after[name], value + change, rtol=1e-9)


def test_noise_is_drawn_anew_at_each_step_and_for_each_seed():
    setup = small_setup(method="noise", epochs=1)
    layers, inputs, targets = network(setup, step_sizes=(0.5, 0.5))
    step = training_step(setup)
    before = [levels_of(layers, replica) for replica in range(len(SEEDS))]
    noise = [layer.noise_like(np.ones((len(SEEDS), 3, 2))) for layer in layers[:-1]]
    np.testing.assert_allclose((noise[0] ** 2).sum(axis=-1), 2)
    assert not np.array_equal(noise[0], noise[1])
    assert not np.array_equal(noise[0][0], noise[0][1])
    step(layers, inputs, targets)
    after = [levels_of(layers, replica) for replica in range(len(SEEDS))]
    assert not np.array_equal(before[0][0]["weights"], after[0][0]["weights"])


def test_the_last_layer_under_noise_learns_as_in_backprop():
    for noise, backprop in zip(
        steps_of(small_setup(method="noise")), steps_of(small_setup()), strict=True
    ):
        np.testing.assert_array_equal(noise.after[-1]["weights"], backprop.after[-1]["weights"])
