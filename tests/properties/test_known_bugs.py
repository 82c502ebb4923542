"""One test for each bug that public code of synthetic gradients is known for."""

from itertools import combinations

import numpy as np
import pytest

from synthgrad.core.network.activations import ACTIVATIONS
from synthgrad.core.network.build import build_network
from synthgrad.core.network.dni import Generator
from synthgrad.core.network.gradients import hidden_gradients
from synthgrad.core.network.layers import Layer, Linear, StepSize
from synthgrad.core.network.methods import forward, training_step
from synthgrad.core.network.normalisation import BatchNorm
from synthgrad.core.setup import CONDITIONS, UNDECOUPLED, Setup, parse_conditions
from synthgrad.core.streams import paired_draws
from synthgrad.core.tasks import draw_examples
from synthgrad.core.training.loop import train

SUBSETS = [subset for n in (1, 2, 3, 4) for subset in combinations(CONDITIONS, n)]
DNI_METHODS = [f"dni[{'+'.join(subset)}]" for subset in SUBSETS]
STEP = StepSize(np.full((1, 1, 1), 0.1))


def small_setup(method, **changed):
    small = {
        "bits": 4,
        "examples": 20,
        "heldout_examples": 20,
        "hidden": (6, 5),
        "epochs": 2,
        "step_size": 0.5,
        "generator_step_size": 0.05,
    }
    return Setup(method=method, **(small | changed))


def network(setup, seed=0):
    draws = [paired_draws(seed)]
    examples = draw_examples(setup, draws)
    sizes = np.array([setup.step_size]), np.array([setup.generator_step_size])
    return build_network(setup, draws, *sizes), *examples


# A generator whose output passes through a ReLU, so that no gradient can be negative.


@pytest.mark.parametrize("method", DNI_METHODS)
def test_a_synthetic_gradient_takes_both_signs(method):
    setup = small_setup(method, weight_scale=1.0, weight_shift=0.0)
    layers, training, _ = network(setup)
    for first in (0, 10, 0):
        rows = slice(first, first + 10)
        training_step(setup)(layers, training.inputs[:, rows], training.targets[:, rows])
    for layer in layers[:-1]:
        assert layer.synthetic_gradient.min() < 0 < layer.synthetic_gradient.max()


def test_a_generator_is_linear_without_anything_on_top():
    generator = Generator(Linear(np.array([[[2.0, -3.0]]]), np.array([[[0.5, 0.5]]])), STEP)
    prediction = generator.predict(np.array([[[1.0], [-1.0]]]))
    assert prediction.tolist() == [[[2.5, -2.5], [-1.5, 3.5]]]


# An inverted flag, so that layers are linear where they should be sigmoid.


def test_layers_are_sigmoid_and_multiply_gradients_by_its_derivative():
    # The logistic function is 1/2 at 0 and 3/4 at log 3; its derivative f (1 - f).
    layer = Layer(Linear(np.array([[[0.0, np.log(3)]]])), ACTIVATIONS["sigmoid"], STEP)
    output = layer.forward(np.array([[[1.0]]]))
    np.testing.assert_allclose(output, [[[1 / 2, 3 / 4]]], rtol=1e-15)
    layer.backward(np.array([[[1.0, -2.0]]]))
    np.testing.assert_allclose(layer.delta, [[[1 / 4, -2 * 3 / 16]]], rtol=1e-15)


@pytest.mark.parametrize("method", [*UNDECOUPLED, *DNI_METHODS])
def test_every_layer_of_a_built_network_is_sigmoid(method):
    layers, training, _ = network(small_setup(method))
    below = training.inputs
    for layer, output in zip(layers, forward(layers, training.inputs), strict=True):
        np.testing.assert_allclose(output, 1 / (1 + np.exp(-below @ layer.linear.weights)))
        below = output


# Options of type bool read from text, so that "False" is true.


@pytest.mark.parametrize("name", ["bias", "forward_batchnorm", "generator_bias", "decouple_last"])
@pytest.mark.parametrize("value", ["False", "True", "", "no", 0, 1, 0.0, None, [], np.True_])
def test_a_flag_must_be_true_or_false_itself(name, value):
    with pytest.raises(ValueError, match=rf"^{name} is .*; allowed is True or False$"):
        Setup(method="dni[output]", **{name: value})


@pytest.mark.parametrize("conditions", SUBSETS)
def test_a_generator_looks_at_what_the_brackets_name_and_at_nothing_else(conditions):
    method = f"dni[{'+'.join(conditions)}]"
    assert parse_conditions(method) == conditions
    setup = small_setup(method, generator_scale=1.0)
    layers, training, _ = network(setup)
    layer = layers[0]
    output = layer.forward(training.inputs)
    before = layer.predict_gradient(training.inputs, training.targets).copy()
    other_labels = layer.predict_gradient(training.inputs, 1 - training.targets)
    assert np.array_equal(before, other_labels) == ("label" not in conditions)
    other_inputs = layer.predict_gradient(1 - training.inputs, training.targets)
    assert np.array_equal(before, other_inputs) == ("input" not in conditions)
    layer.output = output**2
    other_output = layer.predict_gradient(training.inputs, training.targets)
    sees_output = {"output", "batchnorm"} & set(conditions)
    assert np.array_equal(before, other_output) == (not sees_output)
    # Scaled up, only the plain output changes by much: batchnorm takes the scale out again.
    layer.output = output * 1000
    scaled = layer.predict_gradient(training.inputs, training.targets)
    assert (np.abs(scaled - before).max() > 10) == ("output" in conditions)


# A plot of "the synthetic gradient" that draws the true one in both panels.


@pytest.mark.parametrize("method", DNI_METHODS)
def test_the_gradients_compared_are_the_generators_and_the_true_one(method):
    setup = small_setup(method, generator_scale=0.3)
    layers, training, _ = network(setup)
    rows = slice(0, setup.batch_size)
    inputs, targets = training.inputs[:, rows], training.targets[:, rows]
    outputs = forward(layers, inputs)
    gradients = hidden_gradients(setup, layers, inputs, targets)
    for layer, output, (first, second) in zip(layers, outputs, gradients):
        columns = {
            "input": inputs,
            "output": output,
            "label": targets,
            "batchnorm": (output - output.mean(1)) / np.sqrt(output.var(1) + 1e-5),
        }
        seen = np.concatenate([columns[name] for name in setup.conditions], axis=-1)
        linear = layer.generator.linear
        np.testing.assert_allclose(
            first, seen @ linear.weights + linear.bias, rtol=1e-9, atol=1e-12
        )
        assert np.linalg.norm(first - second) > 0.1 * np.linalg.norm(second)


# Batch norm left in inference mode while training, or in training mode while evaluating.


@pytest.mark.parametrize("method", [*UNDECOUPLED, "dni[output]"])
def test_training_normalises_by_the_minibatch_and_evaluation_by_running_statistics(method):
    setup = small_setup(method, forward_batchnorm=True)
    layers, training, _ = network(setup)
    inputs, targets = training.inputs[:, :10], training.targets[:, :10]
    first = layers[0]
    product = inputs @ first.linear.weights
    training_step(setup)(layers, inputs, targets)
    mean, variance = product.mean(axis=1), product.var(axis=1)
    normalised = (product - mean) / np.sqrt(variance + 1e-5)
    np.testing.assert_allclose(first.output, 1 / (1 + np.exp(-normalised)), rtol=1e-12)
    # From 0 and 1, a tenth of the way towards the statistics of the minibatch.
    np.testing.assert_allclose(first.batchnorm.running_mean[:, 0], 0.1 * mean, rtol=1e-12)
    np.testing.assert_allclose(
        first.batchnorm.running_variance[:, 0], 0.9 + 0.1 * variance, rtol=1e-12
    )
    running = first.batchnorm.running_mean.copy(), first.batchnorm.running_variance.copy()
    output = forward(layers, inputs)[0]
    norm = first.batchnorm
    expected = (inputs @ first.linear.weights - running[0]) / np.sqrt(running[1] + 1e-5)
    expected = 1 / (1 + np.exp(-(expected * norm.gain + norm.shift)))
    np.testing.assert_allclose(output, expected, rtol=1e-12)
    assert np.array_equal(norm.running_mean, running[0])
    assert np.array_equal(norm.running_variance, running[1])


def test_evaluating_one_example_does_not_depend_on_its_neighbours():
    norm = BatchNorm.untrained(1, 2)
    random = np.random.RandomState(0)
    for _ in range(3):
        norm.forward(random.randn(1, 8, 2), training=True)
    x = random.randn(1, 8, 2)
    alone = norm.forward(x[:, :1], training=False)
    assert np.array_equal(alone, norm.forward(x, training=False)[:, :1])


# Validation on the test set, or a test set that is trained on.


@pytest.mark.parametrize("bits", [4, 5, 8])
def test_heldout_pairs_are_not_trained_on(bits):
    setup = small_setup("backprop", bits=bits)
    for seed in range(10):
        _, training, heldout = network(setup, seed)
        trained = set(map(tuple, training.inputs[0]))
        assert len(heldout.inputs[0]) == setup.heldout_examples
        assert not trained & set(map(tuple, heldout.inputs[0]))


@pytest.mark.parametrize("method", [*UNDECOUPLED, "dni[output+label]"])
def test_training_never_reads_the_heldout_pairs(method):
    def run(heldout_examples):
        weights = []

        def keep(layers, targets):
            weights.append(
                [parameter.copy() for layer in layers for parameter in layer.parameters()]
            )

        setup = small_setup(method, heldout_examples=heldout_examples, forward_batchnorm=True)
        return train(setup, [3], after_step=keep), weights

    history, weights = run(20)
    for other_draw in (0, 7):
        other_history, other_weights = run(other_draw)
        for step, other_step in zip(weights, other_weights, strict=True):
            assert all(map(np.array_equal, step, other_step))
        for name, values in history.measures.items():
            if not name.startswith("heldout"):
                assert np.array_equal(values, other_history.measures[name], equal_nan=True), name


# Two methods compared on different data, sizes, losses or initial weights.


@pytest.mark.parametrize("seed", [0, 5])
def test_all_methods_of_a_seed_share_data_initial_weights_and_evaluation_data(seed):
    layers, training, heldout = network(small_setup("backprop"), seed)
    for method in [*UNDECOUPLED[1:], *DNI_METHODS]:
        other_layers, other_training, other_heldout = network(small_setup(method), seed)
        for part, other_part in zip(training + heldout, other_training + other_heldout):
            assert np.array_equal(part, other_part)
        for layer, other in zip(layers, other_layers, strict=True):
            assert np.array_equal(layer.linear.weights, other.linear.weights)
            assert np.array_equal(layer.step_size.draw(), other.step_size.draw())


def test_untrained_networks_of_a_seed_score_the_same_whatever_the_method():
    untrained = []
    for method in [*UNDECOUPLED, *DNI_METHODS]:
        history = train(small_setup(method, epochs=1), [2, 9])
        names = ("mse", "bit_accuracy", "heldout_bit_accuracy", "tutorial_error", "spread_1")
        untrained.append([history.measures[name][:, 0].tolist() for name in names])
        assert np.array_equal(history.chance, train(small_setup("backprop"), [2, 9]).chance)
    assert all(scores == untrained[0] for scores in untrained)
