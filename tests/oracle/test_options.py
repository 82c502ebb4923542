"""The options beyond the tutorial's network: activations, the softmax, chance and order.

Updates are held against complex-step derivatives as in `test_updates`, with the activations and the
loss written anew; training with shuffling and with updates left to chance against a plain loop over
one seed.
"""

import numpy as np
import pytest
import test_updates
from one_step import BATCH, small_setup
from test_updates import assert_updates_descend, normalised, total

from synthgrad.core.network.layers import BatchNorm
from synthgrad.core.setup import Setup
from synthgrad.core.training.loop import train


def softmax(x):
    return np.exp(x) / np.exp(x).sum(axis=-1, keepdims=True)


UNITS = {
    "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
    "tanh": np.tanh,
    "relu": lambda x: x * (x.real > 0),
}


@pytest.fixture
def oracle(monkeypatch):
    """Makes the oracle of `test_updates` expect the activation and the loss of a setup."""

    def expect(setup):
        outputs = setup.sizes[-1]

        def activation(level, product):
            if level["weights"].shape[-1] == outputs:
                last = {"squared-error": UNITS["sigmoid"], "cross-entropy": softmax}
                return last[setup.loss](product)
            if "gain" in level:
                product = normalised(product) * level["gain"] + level["shift"]
            return UNITS[setup.activation](product)

        monkeypatch.setattr(test_updates, "activation", activation)
        if setup.loss == "cross-entropy":
            monkeypatch.setattr(test_updates, "loss", lambda out, y: -total(y * np.log(out)))

    return expect


METHODS = ["backprop", "frozen", "feedback-alignment", "dni[output]", "dni[output+label]"]


@pytest.mark.parametrize("forward_batchnorm", [False, True])
@pytest.mark.parametrize("activation", ["sigmoid", "tanh", "relu"])
@pytest.mark.parametrize("method", METHODS)
def test_updates_descend_with_every_activation(oracle, method, activation, forward_batchnorm):
    setup = small_setup(
        method=method, activation=activation, bias=True, forward_batchnorm=forward_batchnorm
    )
    oracle(setup)
    assert_updates_descend(setup)


@pytest.mark.parametrize("loss", ["squared-error", "cross-entropy"])
@pytest.mark.parametrize("activation", ["tanh", "relu"])
@pytest.mark.parametrize("method", [*METHODS, "dni[batchnorm]"])
def test_updates_descend_on_the_digits_under_either_loss(oracle, method, activation, loss):
    setup = small_setup(
        task="digits",
        method=method,
        activation=activation,
        loss=loss,
        bias=True,
        forward_batchnorm=True,
        weight_scale=0.5,
    )
    assert setup.training_examples == BATCH
    oracle(setup)
    assert_updates_descend(setup)


def test_a_generator_may_say_less_than_zero_whatever_the_activation():
    signs = set()

    def watch(layers, targets):
        signs.update(np.sign(layers[0].synthetic_gradient).ravel().tolist())

    setup = small_setup(method="dni[output]", activation="relu", epochs=2)
    train(setup, [0], after_step=watch)
    assert {-1.0, 1.0} <= signs


def test_batch_normalisation_is_evaluated_with_running_statistics():
    random = np.random.RandomState(0)
    norm = BatchNorm.untrained(1, 3)
    mean, variance = np.zeros(3), np.ones(3)
    for _ in range(4):
        x = random.randn(1, 6, 3) * 2 + 1
        norm.forward(x, training=True)
        mean = 0.9 * mean + 0.1 * x[0].mean(axis=0)
        variance = 0.9 * variance + 0.1 * x[0].var(axis=0)
    x = random.randn(1, 2, 3)
    expected = (x - mean) / np.sqrt(variance + 1e-5)
    np.testing.assert_allclose(norm.forward(x, training=False), expected, rtol=1e-12)
    # To evaluate changes nothing.
    np.testing.assert_allclose(norm.running_mean[0, 0], mean, rtol=1e-12)


def stream(seed, k):
    return np.random.RandomState(np.random.MT19937(np.random.SeedSequence(seed, spawn_key=(k,))))


def numbers(stream, setup):
    top = 2 ** (setup.bits - 1)
    left, right = ((stream.rand(setup.examples) * top).astype(int) for _ in range(2))

    def rows(values):
        return np.array([[int(d) for d in format(v, f"0{setup.bits}b")] for v in values], float)

    return np.hstack([rows(left), rows(right)]), rows(left + right)


def plain_loop(setup, seed):
    """Weights and generators of one seed after training, in 2-D arrays."""
    x, y = numbers(stream(seed, 0), setup)
    draw, chance, order = stream(seed, 1), stream(seed, 7), stream(seed, 6)
    w = [
        draw.randn(a, b) * setup.weight_scale + setup.weight_shift
        for a, b in zip(setup.sizes, setup.sizes[1:])
    ]
    g = [np.zeros((units, units)) for units in setup.hidden]
    c = [np.zeros(units) for units in setup.hidden]

    def happens():
        return setup.update_probability == 1 or chance.rand() < setup.update_probability

    for _ in range(setup.epochs):
        rows = order.permutation(len(x)) if setup.shuffle else np.arange(len(x))
        for batch in rows.reshape(-1, setup.batch_size):
            below, deltas, seen, said = x[batch], [], [], []
            for k in range(len(g)):
                out = 1 / (1 + np.exp(-below @ w[k]))
                synthetic = out @ g[k] + c[k]
                delta = synthetic * out * (1 - out)
                if happens():
                    w[k] = w[k] - setup.step_size * below.T @ delta
                deltas.append(delta)
                seen.append(out)
                said.append(synthetic)
                below = out
            out = 1 / (1 + np.exp(-below @ w[-1]))
            deltas.append((out - y[batch]) * out * (1 - out))
            w[-1] = w[-1] - setup.step_size * below.T @ deltas[-1]
            for k in range(len(g)):
                wrong = said[k] - deltas[k + 1] @ w[k + 1].T
                if happens():
                    g[k] = g[k] - setup.generator_step_size * seen[k].T @ wrong
                    c[k] = c[k] - setup.generator_step_size * wrong.sum(axis=0)
    return w, g


@pytest.mark.parametrize("shuffle", [False, True])
@pytest.mark.parametrize("update_probability", [1.0, 0.5, 0.05])
def test_training_is_that_of_a_plain_loop(shuffle, update_probability):
    setup = Setup(
        method="dni[output]",
        bits=4,
        examples=30,
        heldout_examples=0,
        hidden=(6, 5),
        weight_scale=1.0,
        epochs=8,
        batch_size=5,
        step_size=0.3,
        generator_step_size=0.1,
        shuffle=shuffle,
        update_probability=update_probability,
    )
    found = {}

    def keep(epoch, accuracy, stack):
        found["w"] = [layer.linear.weights.copy() for layer in stack.layers]
        found["g"] = [layer.generator.linear.weights.copy() for layer in stack.layers[:-1]]

    train(setup, [3, 4], watch=keep)
    for replica, seed in enumerate((3, 4)):
        w, g = plain_loop(setup, seed)
        for mine, plain in zip(found["w"] + found["g"], w + g, strict=True):
            np.testing.assert_allclose(mine[replica], plain, rtol=1e-10, atol=1e-13)
        assert all(np.any(each) for each in g)
