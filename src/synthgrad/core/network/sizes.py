"""How large a network is: the shapes of its generators, its weights, its multiplications."""

from itertools import pairwise

from synthgrad.core.network.conditions import condition_size
from synthgrad.core.setup import Setup


def generator_shapes(setup: Setup) -> list[list[tuple[int, int]]]:
    """The (fan-in, fan-out) of the maps of each layer's generator or readout, from what it sees on.

    Parameters
    ----------
    setup : Setup

    Returns
    -------
    list of list of (int, int)
        Lowest layer first; empty for a layer that has neither.

    Examples
    --------
    >>> generator_shapes(Setup("dni[output+label]", bits=3, hidden=(8, 4)))
    [[(11, 8)], [(7, 4)], []]
    """
    inputs, *units, labels = setup.sizes
    hidden = [setup.generator_hidden] if setup.generator_hidden else []

    def shapes(width: int) -> list[tuple[int, int]]:
        seen = condition_size(setup.conditions, inputs, width, labels)
        return list(pairwise([seen, *hidden, width]))

    if setup.method == "local-loss":
        return [*([(width, labels)] for width in units), []]
    if not setup.conditions:
        return [[] for _ in (*units, labels)]
    return [*map(shapes, units), shapes(labels) if setup.decouple_last else []]


def weights(setup: Setup) -> list[int]:
    """How many weights each layer and its generator or readout have, without biases.

    Parameters
    ----------
    setup : Setup

    Returns
    -------
    list of int
        Lowest layer first.

    Examples
    --------
    >>> weights(Setup("dni[output]", bits=3, hidden=(4,)))
    [40, 12]
    """
    return [
        fan_in * units + sum(a * b for a, b in shapes)
        for (fan_in, units), shapes in zip(
            pairwise(setup.sizes), generator_shapes(setup), strict=True
        )
    ]


def multiplications(setup: Setup) -> list[int]:
    """How many multiplications of a training step each layer takes for one example.

    It is the work that grows with the network.

    Parameters
    ----------
    setup : Setup

    Returns
    -------
    list of int
        Lowest layer first.

    Examples
    --------
    Forward and update, 2 * 6 * 4; forward, update and the gradient that goes down, 3 * 4 * 3.

    >>> multiplications(Setup(bits=3, hidden=(4,)))
    [48, 36]
    """
    sizes = setup.sizes
    layers = len(sizes) - 1
    learning = range(layers - 1, layers) if setup.method == "frozen" else range(layers)
    costs = []
    for k, (fan_in, units) in enumerate(pairwise(sizes)):
        # Forward, update and, above the lowest that learns, the gradient that goes down.
        carries = k in learning[1:] and setup.method != "local-loss"
        passes = 1 + (k in learning) + carries
        costs.append(passes * fan_in * units)
    return [sum(both) for both in zip(costs, generator_multiplications(setup), strict=True)]


def generator_multiplications(setup: Setup) -> list[int]:
    """How many of `multiplications` are those of each layer's generator or readout.

    Parameters
    ----------
    setup : Setup

    Returns
    -------
    list of int
        Lowest layer first.

    Examples
    --------
    Prediction and update of a 4 x 4 map; a 4 x 3 readout hands a gradient down, too.

    >>> generator_multiplications(Setup("dni[output]", bits=3, hidden=(4,)))
    [32, 0]
    >>> generator_multiplications(Setup("local-loss", bits=3, hidden=(4,)))
    [36, 0]
    """
    # A map predicts and is updated; that above a hidden layer, or a readout, also hands down.
    hands_down = setup.method == "local-loss"
    return [
        sum((2 + (hands_down or place)) * a * b for place, (a, b) in enumerate(shapes))
        for shapes in generator_shapes(setup)
    ]
