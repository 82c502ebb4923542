"""Synthetic gradients by hand, in plain NumPy: ``python examples/dni_by_hand.py``, some seconds.

A network of three layers learns to add two binary numbers. Its hidden layers do not wait for
backpropagation: each guesses the gradient at its own output with a linear map, the *generator*,
and updates at once. The generator learns a little later how good the guess was.

In the package this is one of many: ``Setup("dni[output+label]", bits=6, hidden=(64, 32),
generator_step_size=0.003, draws="published")``.
"""

import numpy as np

BITS, EXAMPLES, BATCH = 6, 1000, 10
HIDDEN = 64, 32
STEP, GENERATOR_STEP = 0.1, 0.003


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def slope(output):
    """The derivative of the sigmoid, in terms of its output."""
    return output * (1 - output)


def draw_sums(random):
    """Rows of binary digits: those of two random numbers side by side, and those of their sum."""
    left = (random.rand(EXAMPLES) * 2 ** (BITS - 1)).astype(int)
    right = (random.rand(EXAMPLES) * 2 ** (BITS - 1)).astype(int)

    def digits(numbers):
        places = np.arange(BITS)[::-1]  # the most significant first
        return (numbers[:, None] >> places & 1).astype(float)

    return np.hstack([digits(left), digits(right)]), digits(left + right)


class DecoupledLayer:
    """A layer that does not wait."""

    def __init__(self, random, inputs, units, seen):
        self.weights = random.randn(inputs, units) * 0.2 - 0.1
        # The generator starts at zero: its first guess is that there is nothing to change.
        self.generator = random.randn(seen, units) * 0
        self.generator_bias = random.randn(1, units) * 0

    def forward_and_update(self, inputs, label):
        """Go forward, guess the gradient at the output, and learn from the guess."""
        output = sigmoid(inputs @ self.weights)
        self.seen = np.hstack([output, label])
        self.guess = self.seen @ self.generator + self.generator_bias
        delta = self.guess * slope(output)
        self.weights -= inputs.T @ delta * STEP
        # For the layer below: the gradient at its output, as far as this layer can tell.
        self.message = delta @ self.weights.T
        return output

    def update_generator(self, target):
        """Learn from what the layer above says the gradient was."""
        wrong = self.guess - target
        self.generator -= self.seen.T @ wrong * GENERATOR_STEP
        self.generator_bias -= wrong.sum(axis=0) * GENERATOR_STEP


def train(sees_label, iterations, seed=1):
    """The error of each iteration: the sum of |output - target| over all examples and digits."""
    random = np.random.RandomState(seed)
    x, y = draw_sums(random)
    width = BITS if sees_label else 0
    first = DecoupledLayer(random, 2 * BITS, HIDDEN[0], seen=HIDDEN[0] + width)
    second = DecoupledLayer(random, *HIDDEN, seen=HIDDEN[1] + width)
    last_weights = random.randn(HIDDEN[1], BITS) * 0.2 - 0.1
    errors = []
    for _ in range(iterations):
        error = 0.0
        for k in range(0, EXAMPLES, BATCH):
            inputs, target = x[k : k + BATCH], y[k : k + BATCH]
            label = target[:, :width]  # of width 0 it tells nothing
            # Upwards: both hidden layers learn before anybody knows the error ...
            hidden = first.forward_and_update(inputs, label)
            hidden = second.forward_and_update(hidden, label)
            # ... which only the last layer sees.
            output = sigmoid(hidden @ last_weights)
            delta = (output - target) * slope(output)
            last_weights -= hidden.T @ delta * STEP
            # Downwards: each generator hears from the next layer alone.
            second.update_generator(delta @ last_weights.T)
            first.update_generator(second.message)
            error += np.abs(output - target).sum()
        errors.append(error)
    return errors


if __name__ == "__main__":
    blind, sighted = train(sees_label=False, iterations=200), train(sees_label=True, iterations=200)
    print("iteration   error if generators see the output   the output and the label")
    for k in (0, 1, 3, 10, 30, 100, 199):
        print(f"{k:9}{blind[k]:36.1f}{sighted[k]:27.1f}")
