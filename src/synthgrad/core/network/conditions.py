"""What a generator looks at when it predicts the gradient of its layer.

The tutorial uses the layer's own output (part 6), tries the label, and invites
the reader to try the network's input and batch normalisation.
"""

from collections.abc import Sequence
from typing import NamedTuple

from synthgrad.core.arrays import Floats
from synthgrad.core.kernels import Kernels
from synthgrad.core.network.normalisation import normalise


class Condition(NamedTuple):
    """One of the things that a generator may look at.

    Attributes
    ----------
    array : "inputs", "output" or "labels"
        The network's inputs, the layer's own output or the labels. The
        condition is as wide as this array.
    normalised : bool
        Whether each unit is shifted and scaled to mean 0 and variance 1 over
        the minibatch.
    """

    array: str
    normalised: bool = False


CONDITION = {
    "input": Condition("inputs"),
    "output": Condition("output"),
    "label": Condition("labels"),
    "batchnorm": Condition("output", normalised=True),
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
    widths = {"inputs": inputs, "output": units, "labels": labels}
    return sum(widths[CONDITION[name].array] for name in conditions)


def assemble(
    conditions: Sequence[str],
    inputs: Floats,
    output: Floats,
    labels: Floats,
    kernels: Kernels,
) -> Floats:
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
    kernels : Kernels

    Returns
    -------
    (replicas, batch, condition size) array

    Examples
    --------
    >>> import numpy as np
    >>> from synthgrad.core.kernels import chosen
    >>> inputs, output, labels = (np.array([[[value]]]) for value in (1.0, 2.0, 3.0))
    >>> assemble(("output", "label"), inputs, output, labels, chosen())
    array([[[2., 3.]]])
    """
    arrays = {"inputs": inputs, "output": output, "labels": labels}
    parts = []
    for name in conditions:
        condition = CONDITION[name]
        part = arrays[condition.array]
        parts.append(normalise(part, kernels) if condition.normalised else part)
    return parts[0] if len(parts) == 1 else kernels.join(parts)
