"""A setup says everything that decides a run, except the seed.

The headline, every ablation and every published edition are values of one
frozen dataclass, so that there is one engine and no second code path.
"""

import re
import sys
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from synthgrad.core.tasks import Task

CONDITIONS = ("input", "output", "label", "batchnorm")
"""What a generator may look at, in the order in which it sees them."""

UNDECOUPLED = ("backprop", "frozen", "feedback-alignment")
"""The methods without synthetic gradients."""

MAX_BITS = 54
"""Widest sum whose operands `RandomState.rand`, with its 53 random bits, draws evenly."""

ALL = "all"
"""In place of a number of examples: every example that there is, once."""


@dataclass(frozen=True)
class Setup:
    """Task, network, method and step sizes of a run.

    Initial weights are ``randn * scale + shift``, as in the tutorial, which
    writes ``randn * 0.2 - 0.1``. `examples` is a number of random pairs or
    ``all``, every pair once. A generator is a linear map or, with
    `generator_hidden` units, one on top of a hidden layer; its step is ``plain``
    or ``normalised`` by the mean square of what it sees. A step direction is
    ``descent`` or, as in the class the tutorial prints, ``ascent``.

    `activation` is that of the hidden layers. The last layer is sigmoid units
    under half the ``squared-error``, or a softmax under ``cross-entropy``. With
    `shuffle`, each epoch has its minibatches in another order. A decoupled layer
    is updated at a step with `update_probability`, and so is its generator.

    The task ``digits`` has `examples` images to train on and `heldout_examples`
    in each of two further parts, ``validation`` and ``test``; `heldout_part`
    says on which of them a run is measured. `bits` means nothing to it.

    Parameters
    ----------
    method : str
        ``backprop``, ``frozen``, ``feedback-alignment`` or ``dni[CONDITIONS]``.
    task : "addition" or "digits"
    bits : int
        Digits of the sum.
    examples : int or "all"
        To train on.
    heldout_examples : int
        To measure on beside them, at most.
    heldout_part : "test" or "validation"
    hidden : tuple of int
        Units of the hidden layers, lowest first.
    activation : "sigmoid", "tanh" or "relu"
    loss : "squared-error" or "cross-entropy"
    bias : bool
        Whether layers have biases.
    weight_scale, weight_shift : float
        Of initial weights and biases.
    forward_batchnorm : bool
        Whether hidden layers normalise their pre-activations.
    generator_hidden : int
        Hidden units of a generator, 0 for a linear one.
    generator_bias : bool
        Whether generators have biases.
    generator_scale, generator_shift : float
        Of their initial weights and biases.
    generator_step : "plain" or "normalised"
    decouple_last : bool
        Whether the last layer, too, learns from a synthetic gradient.
    epochs : int
        Passes over the examples.
    batch_size : int
        Examples in a minibatch.
    shuffle : bool
    update_probability : float
        More than 0 and at most 1.
    step_size, generator_step_size : float
        A step is that times the sum of gradients over the minibatch.
    step_direction, generator_step_direction : "descent" or "ascent"
    bias_reduction : "sum" or "mean"
        Of the gradient of biases over the minibatch.
    draws : "paired" or "published"
        Which streams random numbers come from, see `task`.

    Raises
    ------
    ValueError
        Names the field, its value and what is allowed.

    Examples
    --------
    >>> setup = Setup(method="dni[output+label]", bits=6, hidden=(64, 32))
    >>> setup.conditions, setup.sizes, setup.batches
    (('output', 'label'), (12, 64, 32, 6), 100)
    >>> Setup(bits=1)
    Traceback (most recent call last):
        ...
    ValueError: bits is 1; allowed is a whole number from 2 to 54
    """

    method: str = "backprop"

    task: str = "addition"
    bits: int = 8
    examples: int | str = 1000
    heldout_examples: int = 1000
    heldout_part: str = "test"

    hidden: tuple[int, ...] = (128, 64)
    activation: str = "sigmoid"
    loss: str = "squared-error"
    bias: bool = False
    weight_scale: float = 0.2
    weight_shift: float = -0.1
    forward_batchnorm: bool = False

    generator_hidden: int = 0
    generator_bias: bool = True
    generator_scale: float = 0.0
    generator_shift: float = 0.0
    generator_step: str = "plain"
    decouple_last: bool = False

    epochs: int = 100
    batch_size: int = 10
    shuffle: bool = False
    update_probability: float = 1.0
    step_size: float = 0.1
    generator_step_size: float = 0.001
    step_direction: str = "descent"
    generator_step_direction: str = "descent"
    bias_reduction: str = "sum"
    draws: str = "paired"

    def __post_init__(self) -> None:
        if isinstance(self.hidden, list):
            object.__setattr__(self, "hidden", tuple(self.hidden))
        parse_conditions(self.method)
        _require_one_of(self, "task", tuple(_tasks()))
        _require_whole(self, "bits", 2, MAX_BITS)
        for name in ("epochs", "batch_size"):
            _require_whole(self, name, 1)
        _require_examples(self)
        for name in ("heldout_examples", "generator_hidden"):
            _require_whole(self, name, 0)
        _require_one_of(self, "heldout_part", ("test", "validation"))
        sizes = self.hidden if isinstance(self.hidden, tuple) else ()
        if not sizes or not all(_is_whole(units) and units >= 1 for units in sizes):
            shown = list(sizes) if isinstance(self.hidden, tuple) else repr(self.hidden)
            raise ValueError(f"hidden is {shown}; allowed is one or more layer sizes of at least 1")
        for name in ("step_size", "generator_step_size", "weight_scale", "generator_scale"):
            _require_number(self, name, at_least=0)
        for name in ("weight_shift", "generator_shift"):
            _require_number(self, name)
        _require_one_of(self, "step_direction", ("descent", "ascent"))
        _require_one_of(self, "generator_step_direction", ("descent", "ascent"))
        _require_one_of(self, "generator_step", ("plain", "normalised"))
        _require_one_of(self, "bias_reduction", ("sum", "mean"))
        _require_one_of(self, "draws", ("paired", "published"))
        _require_one_of(self, "activation", ("sigmoid", "tanh", "relu"))
        _require_one_of(self, "loss", ("squared-error", "cross-entropy"))
        for name in ("bias", "forward_batchnorm", "generator_bias", "decouple_last", "shuffle"):
            _require_one_of(self, name, (True, False))
        _require_generators(self)
        self._task.check(self)
        if self.batch_size > self.training_examples:
            raise ValueError(
                f"batch_size is {self.batch_size}; allowed is at most the number of examples, "
                f"{self.training_examples}"
            )

    @property
    def _task(self) -> "Task":
        return _tasks()[self.task]

    @property
    def conditions(self) -> tuple[str, ...]:
        """What the generators look at: a tuple of names, empty without generators."""
        return parse_conditions(self.method)

    @property
    def sizes(self) -> tuple[int, ...]:
        """Units of every level from the inputs to the outputs."""
        inputs, outputs = self._task.sizes(self)
        return (inputs, *self.hidden, outputs)

    @property
    def training_examples(self) -> int:
        """How many examples are drawn for training."""
        return self._task.training_examples(self)

    @property
    def batches(self) -> int:
        """Minibatches in an epoch; a ragged tail of examples is not used."""
        return self.training_examples // self.batch_size


def _tasks() -> "dict[str, Task]":
    # Here, since tasks need NumPy, which the help of the command line does without.
    from synthgrad.core.tasks import TASKS

    return TASKS


def parse_conditions(method: str) -> tuple[str, ...]:
    """The conditions of a method's name.

    Parameters
    ----------
    method : str

    Returns
    -------
    tuple of str
        Empty for a method without generators.

    Raises
    ------
    ValueError
        If there is no such method.

    Examples
    --------
    >>> parse_conditions("dni[output+label]"), parse_conditions("backprop")
    (('output', 'label'), ())
    """
    if method in UNDECOUPLED:
        return ()
    match = re.fullmatch(r"dni\[([a-z+]+)\]", str(method))
    conditions = tuple(match[1].split("+")) if match else ()
    in_order = tuple(name for name in CONDITIONS if name in conditions)
    if not conditions or conditions != in_order:
        raise ValueError(
            f"method is {method!r}; allowed are {', '.join(UNDECOUPLED)} and dni[CONDITIONS], "
            f"with CONDITIONS one or more of {'+'.join(CONDITIONS)} joined by + in that order"
        )
    return conditions


def field_names() -> list[str]:
    """The names of all fields of a setup, in order.

    Returns
    -------
    list of str
    """
    return [field.name for field in fields(Setup)]


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _require_whole(setup: Setup, name: str, least: int, most: int | None = None) -> None:
    value = getattr(setup, name)
    if not _is_whole(value) or value < least or (most is not None and value > most):
        allowed = f"at least {least}" if most is None else f"from {least} to {most}"
        raise ValueError(f"{name} is {value!r}; allowed is a whole number {allowed}")


def _require_examples(setup: Setup) -> None:
    if not isinstance(setup.examples, str):
        _require_whole(setup, "examples", 1)
    elif setup.examples != ALL:
        raise ValueError(
            f"examples is {setup.examples!r}; allowed is a whole number at least 1 or {ALL}"
        )


def _require_generators(setup: Setup) -> None:
    """Refuse what only decoupled layers can do in a method that has none."""
    _require_number(setup, "update_probability", at_least=0)
    if not 0 < setup.update_probability <= 1:
        raise ValueError(
            f"update_probability is {setup.update_probability}; allowed is more than 0 and at "
            "most 1"
        )
    if setup.update_probability < 1 and not setup.conditions:
        raise ValueError(
            f"update_probability is {setup.update_probability} with method {setup.method!r}; "
            "allowed is 1, and less only with dni[...]"
        )
    if setup.decouple_last and not setup.conditions:
        raise ValueError(
            f"decouple_last is true with method {setup.method!r}; allowed only with dni[...]"
        )


def _require_number(setup: Setup, name: str, at_least: float | None = None) -> None:
    value = getattr(setup, name)
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    # A comparison, since a whole number may be too large to become a float.
    is_finite = is_number and abs(value) <= sys.float_info.max
    if not is_finite or (at_least is not None and value < at_least):
        allowed = "a finite number" + ("" if at_least is None else f" of at least {at_least}")
        raise ValueError(f"{name} is {value!r}; allowed is {allowed}")


def _require_one_of(setup: Setup, name: str, allowed: tuple[object, ...]) -> None:
    value = getattr(setup, name)
    if value not in allowed or type(value) is not type(allowed[0]):
        raise ValueError(f"{name} is {value!r}; allowed is {' or '.join(map(str, allowed))}")
