"""A setup says everything that decides a run, except the seed.

The headline, every ablation and every published edition are values of one
frozen dataclass, so that there is one engine and no second code path.
"""

import re
import sys
from dataclasses import dataclass, fields

CONDITIONS = ("input", "output", "label", "batchnorm")
"""What a generator may look at, in the order in which it sees them."""

UNDECOUPLED = ("backprop", "frozen", "feedback-alignment")
"""The methods without synthetic gradients."""

MAX_BITS = 54
"""Widest sum whose operands `RandomState.rand`, with its 53 random bits, draws evenly."""

ALL = "all"
"""In place of a number of examples: every pair of operands once."""

MAX_BITS_FOR_ALL = 10
"""Widest sum of which all pairs are taken; there are 4**(bits - 1)."""


@dataclass(frozen=True)
class Setup:
    """Task, network, method and step sizes of a run.

    Initial weights are ``randn * scale + shift``, as in the tutorial, which
    writes ``randn * 0.2 - 0.1``. `examples` is a number of random pairs or
    ``all``, every pair once. A generator is a linear map or, with
    `generator_hidden` units, one on top of a hidden layer; its step is ``plain``
    or ``normalised`` by the mean square of what it sees. A step direction is
    ``descent`` or, as in the class the tutorial prints, ``ascent``.

    Raises
    ------
    ValueError
        Names the field, its value and what is allowed.
    """

    method: str = "backprop"

    bits: int = 8
    examples: int | str = 1000
    heldout_examples: int = 1000

    hidden: tuple[int, ...] = (128, 64)
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
    step_size: float = 0.1
    generator_step_size: float = 0.001
    step_direction: str = "descent"
    generator_step_direction: str = "descent"
    bias_reduction: str = "sum"
    draws: str = "paired"

    def __post_init__(self):
        if isinstance(self.hidden, list):
            object.__setattr__(self, "hidden", tuple(self.hidden))
        parse_conditions(self.method)
        _require_whole(self, "bits", 2, MAX_BITS)
        for name in ("epochs", "batch_size"):
            _require_whole(self, name, 1)
        _require_examples(self)
        for name in ("heldout_examples", "generator_hidden"):
            _require_whole(self, name, 0)
        if self.batch_size > self.training_examples:
            raise ValueError(
                f"batch_size is {self.batch_size}; allowed is at most the number of examples, "
                f"{self.training_examples}"
            )
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
        for name in ("bias", "forward_batchnorm", "generator_bias", "decouple_last"):
            _require_one_of(self, name, (True, False))
        if self.decouple_last and not self.conditions:
            raise ValueError(
                f"decouple_last is true with method {self.method!r}; allowed only with dni[...]"
            )

    @property
    def conditions(self):
        """What the generators look at: a tuple of names, empty without generators."""
        return parse_conditions(self.method)

    @property
    def sizes(self):
        """Units of every level from the inputs to the outputs."""
        return (2 * self.bits, *self.hidden, self.bits)

    @property
    def training_examples(self):
        """How many examples are drawn for training."""
        return 4 ** (self.bits - 1) if self.examples == ALL else self.examples

    @property
    def batches(self):
        """Minibatches in an epoch; a ragged tail of examples is not used."""
        return self.training_examples // self.batch_size


def parse_conditions(method):
    """The conditions of a method's name: ``"dni[output+label]"`` gives
    ``("output", "label")``, a method without generators ``()``.

    Raises
    ------
    ValueError
        If there is no such method.
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


def field_names():
    """The names of all fields of a setup, in order."""
    return [field.name for field in fields(Setup)]


def _is_whole(value):
    return isinstance(value, int) and not isinstance(value, bool)


def _require_whole(setup, name, least, most=None):
    value = getattr(setup, name)
    if not _is_whole(value) or value < least or (most is not None and value > most):
        allowed = f"at least {least}" if most is None else f"from {least} to {most}"
        raise ValueError(f"{name} is {value!r}; allowed is a whole number {allowed}")


def _require_examples(setup):
    if not isinstance(setup.examples, str):
        _require_whole(setup, "examples", 1)
    elif setup.examples != ALL or setup.bits > MAX_BITS_FOR_ALL:
        raise ValueError(
            f"examples is {setup.examples!r}; allowed is a whole number at least 1 or, "
            f"with up to {MAX_BITS_FOR_ALL} bits, {ALL}"
        )


def _require_number(setup, name, at_least=None):
    value = getattr(setup, name)
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    # A comparison, since a whole number may be too large to become a float.
    is_finite = is_number and abs(value) <= sys.float_info.max
    if not is_finite or (at_least is not None and value < at_least):
        allowed = "a finite number" + ("" if at_least is None else f" of at least {at_least}")
        raise ValueError(f"{name} is {value!r}; allowed is {allowed}")


def _require_one_of(setup, name, allowed):
    value = getattr(setup, name)
    if value not in allowed or type(value) is not type(allowed[0]):
        raise ValueError(f"{name} is {value!r}; allowed is {' or '.join(map(str, allowed))}")
