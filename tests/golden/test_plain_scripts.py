"""Plain scripts of the programs of the tutorial, in 2-D arrays, against the engine.

Each script below is written from the equations, draws its own data and weights and has its own
loop; nothing of the package runs in it. The engine must give the same numbers but for rounding:
what the program prints every iteration and the parameters at the end.
"""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from plain import accuracy, additions, assert_close, draw_pairs, engine, sigmoid

from synthgrad.core.tutorial import EDITIONS, printed_errors


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
