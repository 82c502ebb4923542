"""What plain scripts share: sums as digits, and the engine that they are held against."""

import numpy as np

from synthgrad.core.training.loop import train


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
