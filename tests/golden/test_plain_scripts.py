"""Plain scripts, one network at a time in 2-D arrays, against the engine.

Each script below is written from the equations, draws its own data and weights and has its own
loop; nothing of the package runs in it. The engine must give the same numbers but for rounding:
what the program prints every iteration and the parameters at the end.
"""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from synthgrad.core.setup import Setup
from synthgrad.core.training.loop import train
from synthgrad.core.tutorial import EDITIONS, printed_errors


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def digits(number, bits):
    return [float(digit) for digit in format(number, f"0{bits}b")]


def draw_pairs(random, examples, bits):
    """Operands: all left ones are drawn first, then all right ones."""
    left = (random.rand(examples) * 2 ** (bits - 1)).astype(int)
    right = (random.rand(examples) * 2 ** (bits - 1)).astype(int)
    return list(zip(left, right))


def additions(pairs, bits):
    """The digits of both operands, and those of their sum."""
    x = np.array([digits(a, bits) + digits(b, bits) for a, b in pairs])
    y = np.array([digits(a + b, bits) for a, b in pairs])
    return x, y


def accuracy(predicted, y):
    """Share of bits on the right side of 0.5: example by example, then over examples."""
    return np.mean([np.mean((row > 0.5) == (target == 1)) for row, target in zip(predicted, y)])


def engine(setup, seed, tallies=None):
    """The history of one replica and its layers as training left them."""
    final = []

    def keep_layers(epoch, accuracy, stack):
        final[:] = stack.layers

    history = train(setup, [seed], tallies=tallies, record=[setup.epochs], watch=keep_layers)
    return history, final


def assert_close(array, expected, rtol=1e-12):
    """Equal but for rounding, here one of the largest number."""
    assert np.shape(array) == np.shape(expected)
    largest = np.abs(expected).max()
    np.testing.assert_allclose(array, expected, rtol=rtol, atol=rtol * largest)


# The programs of the tutorial


def backprop_script(seed, bits, examples, hidden, batch, alpha, iterations):
    """Three layers, squared error, all updates from the weights before the step."""
    random = np.random.RandomState(seed)
    x, y = additions(draw_pairs(random, examples, bits), bits)
    w1 = random.randn(2 * bits, hidden[0]) * 0.2 - 0.1
    w2 = random.randn(hidden[0], hidden[1]) * 0.2 - 0.1
    w3 = random.randn(hidden[1], bits) * 0.2 - 0.1
    errors, accuracies = [], []
    for _ in range(iterations):
        error = 0.0
        for k in range(examples // batch):
            x_k, y_k = x[k * batch : (k + 1) * batch], y[k * batch : (k + 1) * batch]
            h1 = sigmoid(x_k.dot(w1))
            h2 = sigmoid(h1.dot(w2))
            out = sigmoid(h2.dot(w3))
            d3 = (out - y_k) * (out * (1 - out))
            d2 = d3.dot(w3.T) * (h2 * (1 - h2))
            d1 = d2.dot(w2.T) * (h1 * (1 - h1))
            w3 -= h2.T.dot(d3) * alpha
            w2 -= h1.T.dot(d2) * alpha
            w1 -= x_k.T.dot(d1) * alpha
            error += np.sum(np.abs(d3))
        errors.append(error)
        accuracies.append(accuracy(sigmoid(sigmoid(sigmoid(x.dot(w1)).dot(w2)).dot(w3)), y))
    return errors, accuracies, [w1, w2, w3]


@pytest.mark.parametrize("name", ["vanilla-12bit", "layer-objects"])
@pytest.mark.parametrize(("seed", "iterations"), [(1, 30), (7, 3)])
def test_backprop_editions_equal_a_plain_script(name, seed, iterations):
    edition = EDITIONS[name]
    errors, accuracies, weights = backprop_script(
        seed, bits=12, examples=1000, hidden=(128, 64), batch=10, alpha=0.1, iterations=iterations
    )
    setup = replace(edition.setup, epochs=iterations)
    history, layers = engine(setup, seed, printed_errors(edition))
    # Chaotic: rounding grows, to more than this after some 40 iterations.
    assert_close(history.measures["printed_error"][0, 1:], errors, rtol=1e-9)
    assert_close(history.measures["bit_accuracy"][0, 1:], accuracies)
    for layer, expected in zip(layers, weights, strict=True):
        assert_close(layer.linear.weights[0], expected, rtol=1e-9)


def test_vanilla_8bit_equals_a_plain_script_with_its_own_sizes():
    edition = EDITIONS["vanilla-8bit"]
    errors, accuracies, _ = backprop_script(
        1, bits=8, examples=100, hidden=(128, 64), batch=10, alpha=0.1, iterations=30
    )
    history, _ = engine(replace(edition.setup, epochs=30), 1, printed_errors(edition))
    assert_close(history.measures["printed_error"][0, 1:], errors)
    assert_close(history.measures["bit_accuracy"][0, 1:], accuracies)


def printed_script(seed, bits, examples, hidden, batch, alpha, iterations):
    """The first edition: three decoupled layers, every update added, no biases."""
    random = np.random.RandomState(seed)
    x, y = additions(draw_pairs(random, examples, bits), bits)
    sizes = [2 * bits, *hidden, bits]
    w, g = [], []
    for fan_in, fan_out in pairwise(sizes):
        w.append(random.randn(fan_in, fan_out) * 0.2 - 0.1)
        g.append(random.randn(fan_out, fan_out) * 0.2 - 0.1)
    errors = []
    for _ in range(iterations):
        error = 0.0
        for k in range(examples // batch):
            x_k, y_k = x[k * batch : (k + 1) * batch], y[k * batch : (k + 1) * batch]
            # Upwards: each layer updates on its generator's word.
            h1 = sigmoid(x_k.dot(w[0]))
            s1 = h1.dot(g[0])
            d1 = s1 * (h1 * (1 - h1))
            w[0] += x_k.T.dot(d1) * alpha
            h2 = sigmoid(h1.dot(w[1]))
            s2 = h2.dot(g[1])
            d2 = s2 * (h2 * (1 - h2))
            w[1] += h1.T.dot(d2) * alpha
            out = sigmoid(h2.dot(w[2]))
            s3 = out.dot(g[2])
            d3 = s3 * (out * (1 - out))
            w[2] += h2.T.dot(d3) * alpha
            # Downwards: each generator hears from above, through weights already updated.
            g[2] += out.T.dot(s3 - (out - y_k)) * alpha
            g[1] += h2.T.dot(s2 - d3.dot(w[2].T)) * alpha
            g[0] += h1.T.dot(s1 - d2.dot(w[1].T)) * alpha
            error += np.sum(np.abs((out - y_k) * (out * (1 - out))))
        errors.append(error)
    return errors, w, g


@pytest.mark.parametrize(
    ("seed", "bits", "examples", "hidden", "batch", "alpha", "iterations"),
    [(1, 12, 1000, (128, 64), 1000, 0.0001, 60), (5, 6, 90, (17, 9), 30, 0.003, 200)],
)
def test_dni_printed_equals_a_plain_script(seed, bits, examples, hidden, batch, alpha, iterations):
    errors, weights, generators = printed_script(
        seed, bits, examples, hidden, batch, alpha, iterations
    )
    edition = EDITIONS["dni-printed"]
    setup = replace(
        edition.setup,
        bits=bits,
        examples=examples,
        hidden=hidden,
        batch_size=batch,
        step_size=alpha,
        generator_step_size=alpha,
        epochs=iterations,
    )
    history, layers = engine(setup, seed, printed_errors(edition))
    assert_close(history.measures["printed_error"][0, 1:], errors)
    for layer, weight, generator in zip(layers, weights, generators, strict=True):
        assert_close(layer.linear.weights[0], weight)
        assert_close(layer.generator.linear.weights[0], generator)


LATER_ITERATIONS = 3000


def later_script(seed, bits, examples, hidden, batch, alpha, iterations, sees):
    """The later edition: two decoupled layers, descent, biases averaged over the batch.

    `sees` names what the generators look at: "output", "label" or "output, label".
    """
    random = np.random.RandomState(seed)
    x, y = additions(draw_pairs(random, examples, bits), bits)

    def condition(h, y_k):
        columns = {"output": [h], "label": [y_k], "output, label": [h, y_k]}
        return np.hstack(columns[sees])

    def draw(fan_in, fan_out):
        rows = {"output": fan_out, "label": bits, "output, label": fan_out + bits}[sees]
        w, b = random.randn(fan_in, fan_out) * 2 - 1, random.randn(1, fan_out) * 2 - 1
        return w, b, random.randn(rows, fan_out) * 0, random.randn(1, fan_out) * 0

    w1, b1, g1, c1 = draw(2 * bits, hidden[0])
    w2, b2, g2, c2 = draw(hidden[0], hidden[1])
    w3, b3, *_ = draw(hidden[1], bits)
    errors, synthetic_errors = [], []
    for _ in range(iterations):
        error = synthetic_error = 0.0
        for k in range(examples // batch):
            x_k, y_k = x[k * batch : (k + 1) * batch], y[k * batch : (k + 1) * batch]
            h1 = sigmoid(x_k.dot(w1) + b1)
            z1 = condition(h1, y_k)
            s1 = z1.dot(g1) + c1
            d1 = s1 * (h1 * (1 - h1))
            w1 -= x_k.T.dot(d1) * alpha
            b1 -= np.mean(d1, axis=0) * alpha
            h2 = sigmoid(h1.dot(w2) + b2)
            z2 = condition(h2, y_k)
            s2 = z2.dot(g2) + c2
            d2 = s2 * (h2 * (1 - h2))
            w2 -= h1.T.dot(d2) * alpha
            b2 -= np.mean(d2, axis=0) * alpha
            out = sigmoid(h2.dot(w3) + b3)
            d3 = (out - y_k) * (out * (1 - out))
            w3 -= h2.T.dot(d3) * alpha
            b3 -= np.mean(d3, axis=0) * alpha
            t2 = d3.dot(w3.T)
            g2 -= z2.T.dot(s2 - t2) * alpha
            c2 -= np.mean(s2 - t2, axis=0) * alpha
            t1 = d2.dot(w2.T)
            g1 -= z1.T.dot(s1 - t1) * alpha
            c1 -= np.mean(s1 - t1, axis=0) * alpha
            error += np.sum(np.abs(out - y_k))
            synthetic_error += np.sum(np.abs(t2 - s2))
        errors.append(error)
        synthetic_errors.append(synthetic_error)
    return errors, synthetic_errors, [(w1, b1), (w2, b2), (w3, b3)], [(g1, c1), (g2, c2)]


@pytest.mark.parametrize(
    ("name", "sees"),
    [
        ("dni-output", "output"),
        ("dni-label", "label"),
        ("dni-output-label", "output, label"),
    ],
)
@pytest.mark.parametrize(
    ("seed", "bits", "examples", "hidden", "batch", "alpha"),
    [(1, 8, 100, (64, 32), 10, 0.01), (3, 5, 44, (13, 6), 11, 0.05)],
)
def test_later_editions_equal_a_plain_script(
    name, sees, seed, bits, examples, hidden, batch, alpha
):
    errors, synthetic_errors, own, generators = later_script(
        seed, bits, examples, hidden, batch, alpha, LATER_ITERATIONS, sees
    )
    edition = EDITIONS[name]
    setup = replace(
        edition.setup,
        bits=bits,
        examples=examples,
        hidden=hidden,
        batch_size=batch,
        step_size=alpha,
        generator_step_size=alpha,
        epochs=LATER_ITERATIONS,
    )
    history, layers = engine(setup, seed, printed_errors(edition))
    assert_close(history.measures["printed_error"][0, 1:], errors)
    assert_close(history.measures["synthetic_error"][0, 1:], synthetic_errors)
    linear_maps = [layer.linear for layer in layers]
    linear_maps += [layer.generator.linear for layer in layers[:-1]]
    for linear, (weights, bias) in zip(linear_maps, own + generators, strict=True):
        assert_close(linear.weights[0], weights)
        assert_close(linear.bias[0], bias)


# The study's own setting


def streams(seed):
    """0 data, 1 weights, 2 generators, 3 held-out pairs, 4 feedback matrices."""
    sequences = [np.random.SeedSequence(seed, spawn_key=(k,)) for k in range(5)]
    return [np.random.RandomState(np.random.MT19937(sequence)) for sequence in sequences]


def unseen_pairs(random, examples, bits, trained):
    """Eight candidates for each held-out example; the first ones that are new are kept."""
    new = []
    for pair in draw_pairs(random, 8 * examples, bits):
        if pair not in trained and pair not in new and len(new) < examples:
            new.append(pair)
    return new


def outputs_of_all_levels(weights, x):
    levels = [x]
    for weight in weights:
        levels.append(sigmoid(levels[-1].dot(weight)))
    return levels


def coupled_step(x, y, weights, carriers, learning, alpha):
    """Backprop, with `carriers` in place of the weights on the way down."""
    levels = outputs_of_all_levels(weights, x)
    out = levels[-1]
    deltas = [(out - y) * (out * (1 - out))]
    for h, carrier in zip(levels[-2:0:-1], carriers[:0:-1]):
        deltas.insert(0, deltas[0].dot(carrier.T) * (h * (1 - h)))
    for k in learning:
        weights[k] -= levels[k].T.dot(deltas[k]) * alpha


def decoupled_step(x, y, weights, generators, conditions, alpha, generator_alpha):
    """Hidden layers learn from their generators on the way up, generators on the way down."""
    below, seen, synthetic, deltas = x, [], [], []
    for k, weight in enumerate(weights):
        h = sigmoid(below.dot(weight))
        if k < len(generators):
            mean = np.mean(h, axis=0)
            normalised = (h - mean) / np.sqrt(np.mean((h - mean) ** 2, axis=0) + 1e-5)
            columns = {"input": x, "output": h, "label": y, "batchnorm": normalised}
            seen.append(np.hstack([columns[name] for name in conditions]))
            synthetic.append(seen[k].dot(generators[k][0]) + generators[k][1])
            gradient = synthetic[k]
        else:
            gradient = h - y
        deltas.append(gradient * (h * (1 - h)))
        weight -= below.T.dot(deltas[k]) * alpha
        below = h
    for k in range(len(generators)):
        wrong = synthetic[k] - deltas[k + 1].dot(weights[k + 1].T)
        generators[k][0] -= seen[k].T.dot(wrong) * generator_alpha
        generators[k][1] -= np.sum(wrong, axis=0) * generator_alpha


def study_script(setup, seed):
    """One seed in the study's setting: training and held-out accuracies, final parameters."""
    data, weight_draws, _, heldout, feedback = streams(seed)
    bits, batch = setup.bits, setup.batch_size
    pairs = draw_pairs(data, setup.examples, bits)
    x, y = additions(pairs, bits)
    new_pairs = unseen_pairs(heldout, setup.heldout_examples, bits, pairs)
    heldout_x, heldout_y = additions(new_pairs, bits)
    shapes = list(pairwise([2 * bits, *setup.hidden, bits]))
    weights = [weight_draws.randn(*shape) * 0.2 - 0.1 for shape in shapes]
    carriers, learning, conditions, generators = weights, range(len(shapes)), [], []
    if setup.method == "feedback-alignment":
        carriers = [feedback.randn(*shape) * 0.2 - 0.1 for shape in shapes]
    if setup.method == "frozen":
        learning = [len(shapes) - 1]
    if setup.method.startswith("dni"):
        conditions = setup.method[4:-1].split("+")
        for units in setup.hidden:
            width = {"input": 2 * bits, "output": units, "label": bits, "batchnorm": units}
            rows = sum(width[name] for name in conditions)
            # They start at zero, whatever is drawn.
            generators.append([np.zeros((rows, units)), np.zeros((1, units))])

    accuracies, heldout_accuracies = [], []
    for epoch in range(setup.epochs + 1):
        for first in range(0, setup.examples if epoch > 0 else 0, batch):
            part = x[first : first + batch], y[first : first + batch]
            if conditions:
                alphas = setup.step_size, setup.generator_step_size
                decoupled_step(*part, weights, generators, conditions, *alphas)
            else:
                coupled_step(*part, weights, carriers, learning, setup.step_size)
        accuracies.append(accuracy(outputs_of_all_levels(weights, x)[-1], y))
        predicted = outputs_of_all_levels(weights, heldout_x)[-1]
        heldout_accuracies.append(accuracy(predicted, heldout_y))
    return accuracies, heldout_accuracies, weights, generators


@pytest.mark.parametrize(
    "method",
    [
        "backprop",
        "frozen",
        "feedback-alignment",
        "dni[output]",
        "dni[output+label]",
        "dni[input+output+label+batchnorm]",
    ],
)
def test_each_seed_of_a_stack_equals_a_plain_script_in_the_studys_setting(method):
    setup = Setup(
        method=method,
        bits=6,
        examples=200,
        heldout_examples=150,
        hidden=(24, 12),
        epochs=3,
        step_size=0.4,
        generator_step_size=0.003,
    )
    seeds = [0, 11]
    final = []

    def keep_layers(epoch, accuracy, stack):
        final[:] = stack.layers

    history = train(setup, seeds, watch=keep_layers)
    for replica, seed in enumerate(seeds):
        accuracies, heldout_accuracies, weights, generators = study_script(setup, seed)
        assert_close(history.measures["bit_accuracy"][replica], accuracies)
        assert_close(history.measures["heldout_bit_accuracy"][replica], heldout_accuracies)
        for layer, expected in zip(final, weights, strict=True):
            assert_close(layer.linear.weights[replica], expected)
        for layer, (expected, bias) in zip(final, generators):
            assert_close(layer.generator.linear.weights[replica], expected)
            assert_close(layer.generator.linear.bias[replica], bias)
