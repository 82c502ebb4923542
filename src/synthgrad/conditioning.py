"""What a generator looks at when it predicts the gradient of its layer.

The four conditions are the network's input, the layer's own output, the label
and the layer's output normalised over the minibatch. The tutorial uses the
output (part 6), tries the label, and invites the reader to try the others.
"""

import numpy as np

from . import kernels

CONDITION = {
    "input": lambda inputs, output, labels: inputs,
    "output": lambda inputs, output, labels: output,
    "label": lambda inputs, output, labels: labels,
    "batchnorm": lambda inputs, output, labels: kernels.normalise(output),
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
