"""What a generator looks at when it predicts the gradient of its layer.

The four conditions are the network's input, the layer's own output, the label
and the layer's output normalised over the minibatch. The tutorial uses the
output (part 6), tries the label, and invites the reader to try the others.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from synthgrad.core.arrays import Floats
from synthgrad.core.kernels import reference as kernels


class Condition(NamedTuple):
    """One of the things that a generator may look at.

    width : of the widths of the network's input, of the layer and of the label
    values : of the network's input, the layer's output and the label
    """

    width: Callable[[int, int, int], int]
    values: Callable[[Floats, Floats, Floats], Floats]


CONDITION = {
    "input": Condition(lambda inputs, units, labels: inputs, lambda inputs, output, labels: inputs),
    "output": Condition(lambda inputs, units, labels: units, lambda inputs, output, labels: output),
    "label": Condition(lambda inputs, units, labels: labels, lambda inputs, output, labels: labels),
    "batchnorm": Condition(
        lambda inputs, units, labels: units,
        lambda inputs, output, labels: kernels.normalise(output),
    ),
}


def condition_size(conditions: Sequence[str], inputs: int, units: int, labels: int) -> int:
    """Width of what a generator sees.

    Parameters
    ----------
    conditions : sequence of str
        Keys of `CONDITION`.
    inputs, units, labels : int
        Width of the network's input, of the layer and of the label.

    Returns
    -------
    int

    Examples
    --------
    >>> condition_size(("output", "label"), inputs=16, units=64, labels=8)
    72
    """
    return sum(CONDITION[name].width(inputs, units, labels) for name in conditions)


def assemble(conditions: Sequence[str], inputs: Floats, output: Floats, labels: Floats) -> Floats:
    """What the generator sees, side by side in the order of `conditions`.

    Parameters
    ----------
    conditions : sequence of str
        Keys of `CONDITION`.
    inputs : (replicas, batch, inputs) array
        Those of the network, not of the layer.
    output : (replicas, batch, units) array
        That of the layer.
    labels : (replicas, batch, outputs) array

    Returns
    -------
    (replicas, batch, condition size) array

    Examples
    --------
    >>> inputs, output, labels = (np.array([[[value]]]) for value in (1.0, 2.0, 3.0))
    >>> assemble(("output", "label"), inputs, output, labels)
    array([[[2., 3.]]])
    """
    parts = [CONDITION[name].values(inputs, output, labels) for name in conditions]
    return parts[0] if len(parts) == 1 else np.concatenate(parts, axis=-1)
