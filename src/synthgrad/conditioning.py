"""What a generator looks at when it predicts the gradient of its layer.

The four conditions are the network's input, the layer's own output, the label
and the layer's output normalised over the minibatch. The tutorial uses the
output (part 6), tries the label, and invites the reader to try the others.
"""

import numpy as np

EPSILON = 1e-5
"""Added to variances before the root is taken, as Ioffe & Szegedy (2015) do."""


def normalise(output):
    """Shift and scale each unit to mean 0 and variance 1 over the minibatch.

    output: (..., batch, units); the result has the same shape.
    """
    centred = output - output.mean(axis=-2, keepdims=True)
    variance = (centred * centred).mean(axis=-2, keepdims=True)
    return centred / np.sqrt(variance + EPSILON)


CONDITION = {
    "input": lambda inputs, output, labels: inputs,
    "output": lambda inputs, output, labels: output,
    "label": lambda inputs, output, labels: labels,
    "batchnorm": lambda inputs, output, labels: normalise(output),
}


def condition_size(conditions, inputs, units, labels):
    """Width of what a generator of a layer with so many units sees."""
    width = {"input": inputs, "output": units, "label": labels, "batchnorm": units}
    return sum(width[name] for name in conditions)


def assemble(conditions, inputs, output, labels):
    """What the generator sees, side by side in the order of `conditions`.

    inputs: (replicas, batch, 2 * bits); output: (replicas, batch, units);
    labels: (replicas, batch, bits); result: (replicas, batch, condition size).
    """
    parts = [CONDITION[name](inputs, output, labels) for name in conditions]
    return parts[0] if len(parts) == 1 else np.concatenate(parts, axis=-1)
