import numpy as np
import pytest

from synthgrad.core.network.build import build_network
from synthgrad.core.network.dni import DecoupledLayer
from synthgrad.core.network.layers import StepSize
from synthgrad.core.network.methods import TRAINING_STEP, forward, training_step
from synthgrad.core.setup import UNDECOUPLED, Setup
from synthgrad.core.streams import paired_draws


def build(**changed):
    small = {"bits": 3, "examples": 10, "hidden": (5, 4), "generator_scale": 0.3}
    draws = [paired_draws(seed) for seed in (0, 1)]
    return build_network(Setup(**(small | changed)), draws, np.array([0.1, 0.2]), np.array([3, 4]))


def test_a_layer_connects_each_level_with_the_next():
    shapes = [layer.linear.weights.shape for layer in build(hidden=(7, 5, 4))]
    assert shapes == [(2, 6, 7), (2, 7, 5), (2, 5, 4), (2, 4, 3)]


@pytest.mark.parametrize("bias", [False, True])
def test_biases_are_drawn_like_weights_where_asked_for(bias):
    for layer in build(bias=bias, weight_scale=0, weight_shift=0.7):
        assert np.all(layer.linear.weights == 0.7)
        if bias:
            assert layer.linear.bias.shape == (2, 1, layer.linear.weights.shape[2])
            assert np.all(layer.linear.bias == 0.7)
        else:
            assert layer.linear.bias is None


@pytest.mark.parametrize(
    ("changed", "decoupled"),
    [
        ({"method": "backprop"}, [False, False, False]),
        ({"method": "frozen"}, [False, False, False]),
        ({"method": "feedback-alignment"}, [False, False, False]),
        ({"method": "dni[label]"}, [True, True, False]),
        ({"method": "dni[label]", "decouple_last": True}, [True, True, True]),
    ],
)
def test_hidden_layers_of_dni_have_generators_and_the_last_one_if_asked_for(changed, decoupled):
    assert [isinstance(layer, DecoupledLayer) for layer in build(**changed)] == decoupled


@pytest.mark.parametrize("generator_bias", [False, True])
def test_generators_predict_as_many_gradients_as_their_layer_has_units(generator_bias):
    layers = build(method="dni[input+label]", generator_bias=generator_bias, decouple_last=True)
    for layer, units in zip(layers, (5, 4, 3), strict=True):
        assert layer.generator.linear.weights.shape == (2, 6 + 3, units)
        assert (layer.generator.linear.bias is not None) == generator_bias


def test_generators_may_start_at_zero():
    for layer in build(method="dni[output]", generator_scale=0, generator_shift=0)[:-1]:
        assert not layer.generator.linear.weights.any()
        assert not layer.generator.linear.bias.any()


def test_glorot_weights_and_feedback_fill_their_range_and_biases_are_0():
    sizes = {"bits": 30, "hidden": (80, 40), "weight_scale": 9.0, "weight_shift": 9.0}
    layers = build(method="feedback-alignment", initial_weights="glorot", bias=True, **sizes)
    for layer, (fan_in, units) in zip(layers, [(60, 80), (80, 40), (40, 30)], strict=True):
        variance = 2 / (fan_in + units)  # theirs, of an even draw from +- sqrt(3 * variance)
        largest = (3 * variance) ** 0.5
        assert not layer.linear.bias.any()
        for weights in (layer.linear.weights, layer.feedback):
            assert 0.98 * largest < np.abs(weights).max() <= largest
            # To four standard errors of a mean of squares.
            assert abs((weights**2).mean() / variance - 1) < 4 * (0.8 / weights.size) ** 0.5


def test_feedback_is_drawn_apart_from_weights():
    for layer in build(method="feedback-alignment", initial_weights="glorot"):
        assert not np.any(layer.feedback == layer.linear.weights)


@pytest.mark.parametrize("method", ["feedback-alignment", "local-loss", "dni[label]"])
def test_a_nudge_moves_weights_and_biases_of_layers_to_the_next_number_and_nothing_else(method):
    settings = {"method": method, "bias": True, "forward_batchnorm": True}
    for own, nudged in zip(build(**settings), build(**settings, nudged=True), strict=True):
        for before, after in zip(own.linear.parameters(), nudged.linear.parameters(), strict=True):
            middle = (before + after) / 2
            assert np.all(after > before)
            assert np.all((middle == before) | (middle == after))  # there is no number between
        for before, after in zip(beside_the_map(own), beside_the_map(nudged), strict=True):
            assert np.array_equal(before, after)


def beside_the_map(layer):
    """All arrays that are drawn or learnt beside a layer's own weights and bias."""
    others = [] if layer.feedback is None else [layer.feedback]
    if layer.batchnorm is not None:
        others += [layer.batchnorm.gain, layer.batchnorm.shift]
    for name in ("generator", "readout"):
        if hasattr(layer, name):
            others += getattr(layer, name).parameters()
    return others


def test_a_weight_of_zero_is_nudged_to_the_smallest_number():
    for layer in build(initial_weights="glorot", bias=True, nudged=True):
        assert np.all(layer.linear.bias == 5e-324)


@pytest.mark.parametrize("method", ["backprop", "frozen", "feedback-alignment", "local-loss"])
def test_the_last_layer_may_have_a_step_size_of_its_own(method):
    *hidden, last = build(method=method, last_step_factor=3, step_direction="ascent")
    assert last.step_size.draw().ravel().tolist() == [-0.1 * 3, -0.2 * 3]
    for layer in hidden:
        assert layer.step_size.draw().ravel().tolist() == [-0.1, -0.2]


def test_layers_and_generators_have_step_sizes_of_their_own():
    signs = {"step_direction": "ascent", "generator_step_direction": "descent"}
    for layer in build(method="dni[output]", **signs)[:-1]:
        assert layer.step_size.draw().ravel().tolist() == [-0.1, -0.2]
        assert layer.generator.step_size.draw().ravel().tolist() == [3, 4]


@pytest.mark.parametrize("method", ["backprop", "frozen", "feedback-alignment", "dni[output]"])
def test_batchnorm_is_in_every_hidden_layer_and_not_in_the_last(method):
    layers = build(method=method, forward_batchnorm=True)
    assert [layer.batchnorm is not None for layer in layers] == [True, True, False]
    assert [layer.batchnorm for layer in build(method=method)] == [None, None, None]


def test_forward_gives_the_outputs_of_all_layers_lowest_first():
    layers = build()
    inputs = np.random.RandomState(0).randint(0, 2, (2, 6, 6)).astype(float)
    outputs = forward(layers, inputs)
    assert [output.shape for output in outputs] == [(2, 6, 5), (2, 6, 4), (2, 6, 3)]
    assert outputs[0] is layers[0].output
    assert layers[0].inputs is inputs
    assert layers[2].inputs is outputs[1]


@pytest.mark.parametrize("method", ["backprop", "frozen", "feedback-alignment", "dni[output]"])
def test_a_step_of_size_0_changes_nothing(method):
    setup = Setup(method=method, bits=3, examples=10, hidden=(5, 4), generator_scale=0.3)
    layers = build_network(setup, [paired_draws(0)], np.zeros(1), np.zeros(1))
    before = [parameter.copy() for layer in layers for parameter in layer.parameters()]
    random = np.random.RandomState(0)
    training_step(setup)(layers, random.rand(1, 10, 6), random.rand(1, 10, 3))
    after = [parameter for layer in layers for parameter in layer.parameters()]
    assert all(map(np.array_equal, before, after))


@pytest.mark.parametrize("generator_step", ["plain", "normalised"])
def test_a_generator_whose_last_map_starts_at_zero_learns_with_both_maps(generator_step):
    """Zero weights hand nothing down to the hidden map: it learns from the second update on."""
    layers = build(
        method="dni[output]", generator_hidden=6, generator_scale=0, generator_step=generator_step
    )
    generator, random = layers[0].generator, np.random.RandomState(0)
    seen, target = random.rand(2, 10, 5), random.randn(2, 10, 5) + 1
    hidden = generator.hidden.weights.copy()
    assert hidden.any(axis=(1, 2)).all()
    generator.step_size = StepSize(np.full((2, 1, 1), 0.002))
    errors = []
    for update in range(60):
        errors.append(((generator.predict(seen) - target) ** 2).sum(axis=(1, 2)))
        generator.update(target)
        assert np.array_equal(generator.hidden.weights, hidden) == (update == 0)
    assert np.array_equal(errors[0], (target**2).sum(axis=(1, 2)))  # it predicts zero at first
    assert np.all(np.diff(errors, axis=0) < 0)


def test_every_method_has_a_training_step():
    assert {*UNDECOUPLED, "dni"} == set(TRAINING_STEP)
