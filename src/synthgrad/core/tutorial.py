"""The programs the tutorial published, as setups of the one engine.

`vanilla-*` and `layer-objects` belong to tutorial part 4, the `dni-*` ones to
part 6. `dni-printed` is the first edition of 21 March 2017, `dni-output` the
edition of two days later. The code of the label-conditioned program is not
documented anywhere: `dni-label` and `dni-output-label` are reconstructions in
the setting of `dni-output`.
"""

from dataclasses import dataclass, replace

from synthgrad.core.setup import Setup
from synthgrad.core.training import measures
from synthgrad.core.training.loop import train


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


def printed_errors(edition):
    """The tallies of what a program prints each iteration, for `training.train`.

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


def _derivative_error(layers, targets):
    return measures.tutorial_error(layers[-1].output, targets)


def _plain_error(layers, targets):
    return measures.absolute_sum(layers[-1].output - targets)


def _synthetic_error(layers, targets):
    return measures.absolute_sum(layers[1].target_gradient - layers[1].synthetic_gradient)


def replay(name, iterations=None, seed=PUBLISHED_SEED, progress=lambda replicas: None):
    """Run a published program again.

    Parameters
    ----------
    name : str
        A key of `EDITIONS`.
    iterations : int, default as published
    seed : int, default that of the tutorial
    progress : callable
        As in `training.train`.

    Returns
    -------
    dict
        ``edition``, ``seed`` and, with one entry an iteration, ``iteration``
        (from 0), ``loss`` (the error which that program prints),
        ``synthetic_loss`` (the sum of |true - synthetic gradient| at layer 2,
        None where it is not printed) and ``bit_accuracy`` (on the training
        examples, with the weights at the iteration's end).
    """
    edition = EDITIONS[name]
    setup = edition.setup
    if iterations is not None:
        setup = replace(setup, epochs=iterations)
    tallies = printed_errors(edition)
    history = train(setup, [seed], record=[], tallies=tallies, progress=progress)

    def per_iteration(measure):
        return history.measures[measure][0, 1:].tolist()

    return {
        "edition": name,
        "seed": seed,
        "iteration": list(range(setup.epochs)),
        "loss": per_iteration("printed_error"),
        "synthetic_loss": per_iteration("synthetic_error") if len(tallies) > 1 else None,
        "bit_accuracy": per_iteration("bit_accuracy"),
    }
