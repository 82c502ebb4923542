"""The programs the tutorial published, as setups of the one engine.

`vanilla-*` and `layer-objects` belong to tutorial part 4, the `dni-*` ones to
part 6. `dni-printed` is the first edition of 21 March 2017, `dni-output` the
edition of two days later. The code of the label-conditioned program is not
documented anywhere: `dni-label` and `dni-output-label` are reconstructions in
the setting of `dni-output`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypedDict, cast

from synthgrad.core.arrays import Floats
from synthgrad.core.network.dni import DecoupledLayer
from synthgrad.core.network.layers import Layer, kernels_of
from synthgrad.core.setup import Setup
from synthgrad.core.training import measures
from synthgrad.core.training.loop import train
from synthgrad.core.training.passes import Tally


@dataclass(frozen=True)
class Edition:
    """A published program.

    Attributes
    ----------
    setup : Setup
        With the number of passes that were published.
    about : str
        A line for `synthgrad editions`.
    prints_derivative : bool
        Whether the printed error is |(output - target) f'(output)| rather than
        |output - target|.
    reconstructed : bool
        Whether its code was never published.
    """

    setup: Setup
    about: str
    prints_derivative: bool
    reconstructed: bool = False


_VANILLA = Setup(
    method="backprop",
    bits=12,
    examples=1000,
    heldout_examples=0,
    hidden=(128, 64),
    epochs=100,
    step_size=0.1,
    generator_bias=False,
    draws="published",
)

_PRINTED = replace(
    _VANILLA,
    method="dni[output]",
    batch_size=1000,
    step_size=0.0001,
    generator_step_size=0.0001,
    generator_scale=0.2,
    generator_shift=-0.1,
    decouple_last=True,
    step_direction="ascent",
    generator_step_direction="ascent",
)

_LATER = Setup(
    method="dni[output]",
    bits=8,
    examples=100,
    heldout_examples=0,
    hidden=(64, 32),
    bias=True,
    weight_scale=2.0,
    weight_shift=-1.0,
    epochs=1000,
    step_size=0.01,
    generator_step_size=0.01,
    bias_reduction="mean",
    draws="published",
)

PUBLISHED_SEED = 1
"""The seed of every program of the tutorial."""

EDITIONS = {
    "vanilla-12bit": Edition(_VANILLA, "backprop as a plain script, 12 bits", True),
    "vanilla-8bit": Edition(
        replace(_VANILLA, bits=8, examples=100, epochs=1000),
        "backprop as a plain script, 8 bits",
        True,
    ),
    "layer-objects": Edition(_VANILLA, "the 12-bit script rewritten with Layer objects", True),
    "dni-printed": Edition(
        _PRINTED, "the DNI class as printed, both updates climbing (first edition)", True
    ),
    "dni-output": Edition(_LATER, "generators that see the layer's output (later edition)", False),
    "dni-label": Edition(
        replace(_LATER, method="dni[label]"),
        "generators that see the label (reconstruction)",
        False,
        reconstructed=True,
    ),
    "dni-output-label": Edition(
        replace(_LATER, method="dni[output+label]"),
        "generators that see output and label (reconstruction)",
        False,
        reconstructed=True,
    ),
}


class Replay(TypedDict):
    """What a published program prints: one entry an iteration in each list.

    Attributes
    ----------
    edition : str
    seed : int
    iteration : list of int
        From 0.
    loss : list of float
        The error that this program prints.
    synthetic_loss : list of float or None
        The sum of |true - synthetic gradient| at layer 2, None where it is not
        printed.
    bit_accuracy : list of float
        On the training examples, with the weights at the iteration's end.
    """

    edition: str
    seed: int
    iteration: list[int]
    loss: list[float]
    synthetic_loss: list[float] | None
    bit_accuracy: list[float]


def replay(
    name: str,
    iterations: int | None = None,
    seed: int = PUBLISHED_SEED,
    progress: Callable[[int], object] = lambda replicas: None,
) -> Replay:
    """Run a published program again.

    Parameters
    ----------
    name : str
        Such as ``dni-printed``; `synthgrad editions` lists them.
    iterations : int, default as published
    seed : int, default that of the tutorial
    progress : callable
        As in `training.loop.train`.

    Returns
    -------
    Replay

    Raises
    ------
    ValueError
        If there is no such program.

    Examples
    --------
    >>> replay("dni-printed", iterations=1)["loss"]
    [1481.2792669596445]
    """
    if name not in EDITIONS:
        raise ValueError(f"edition is {name!r}; allowed is {', '.join(EDITIONS)}")
    edition = EDITIONS[name]
    setup = edition.setup
    if iterations is not None:
        setup = replace(setup, epochs=iterations)
    tallies = printed_errors(edition)
    history = train(setup, [seed], record=[], tallies=tallies, progress=progress)

    def per_iteration(measure: str) -> list[float]:
        return history.measures[measure][0, 1:].tolist()

    return {
        "edition": name,
        "seed": seed,
        "iteration": list(range(setup.epochs)),
        "loss": per_iteration("printed_error"),
        "synthetic_loss": per_iteration("synthetic_error") if len(tallies) > 1 else None,
        "bit_accuracy": per_iteration("bit_accuracy"),
    }


def printed_errors(edition: Edition) -> dict[str, Tally]:
    """The tallies of what a program prints each iteration, for `training.loop.train`.

    `printed_error` and, for those with a later-edition printout,
    `synthetic_error`: the sum of |true - synthetic gradient| at layer 2.

    Parameters
    ----------
    edition : Edition

    Returns
    -------
    dict of str to callable
    """
    if edition.prints_derivative:
        return {"printed_error": _derivative_error}
    return {"printed_error": _plain_error, "synthetic_error": _synthetic_error}


def _derivative_error(layers: Sequence[Layer], targets: Floats) -> Floats:
    return _absolute_sum(layers, measures.slope_times_error(layers[-1].output, targets))


def _plain_error(layers: Sequence[Layer], targets: Floats) -> Floats:
    return _absolute_sum(layers, layers[-1].output - targets)


def _synthetic_error(layers: Sequence[Layer], targets: Floats) -> Floats:
    layer = cast(DecoupledLayer, layers[1])
    return _absolute_sum(layers, layer.target_gradient - layer.synthetic_gradient)


def _absolute_sum(layers: Sequence[Layer], values: Floats) -> Floats:
    return measures.total_sum(abs(values), kernels_of(layers))
