"""A plain script in the setting of the study, one network at a time, against the engine.

It is written from the equations, draws its own data and weights and has its own loop; nothing of
the package runs in it. The engine must give the same numbers but for rounding.
"""

from itertools import pairwise

import numpy as np
import pytest
from plain import accuracy, additions, assert_close, draw_pairs, sigmoid

from synthgrad.core.setup import Setup
from synthgrad.core.training.loop import train


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
