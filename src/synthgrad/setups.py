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

PROBES = 30
"""The first images of handwritten digits, three of each, which no seed trains or is tested on:
what networks make of them is compared from seed to seed."""

IMAGES = 1797 - PROBES
"""How many other images there are."""

DIGITS_SIZES = 64, 10
"""Pixels and classes of the handwritten digits."""

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

    `activation` is that of the hidden layers. The last layer is sigmoid units
    under half the ``squared-error``, or a softmax under ``cross-entropy``. With
    `shuffle`, each epoch has its minibatches in another order. A decoupled layer
    is updated at a step with `update_probability`, and so is its generator.

    The task ``digits`` has `examples` images to train on and `heldout_examples`
    in each of two further parts, ``validation`` and ``test``; `heldout_part`
    says on which of them a run is measured. `bits` means nothing to it.

    Raises
    ------
    ValueError
        Names the field, its value and what is allowed.
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

    def __post_init__(self):
        if isinstance(self.hidden, list):
            object.__setattr__(self, "hidden", tuple(self.hidden))
        parse_conditions(self.method)
        _require_one_of(self, "task", ("addition", "digits"))
        _require_whole(self, "bits", 2, MAX_BITS)
        for name in ("epochs", "batch_size"):
            _require_whole(self, name, 1)
        _require_examples(self)
        for name in ("heldout_examples", "generator_hidden"):
            _require_whole(self, name, 0)
        _require_one_of(self, "heldout_part", ("test", "validation"))
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
        _require_one_of(self, "activation", ("sigmoid", "tanh", "relu"))
        _require_one_of(self, "loss", ("squared-error", "cross-entropy"))
        _require_task(self)
        for name in ("bias", "forward_batchnorm", "generator_bias", "decouple_last", "shuffle"):
            _require_one_of(self, name, (True, False))
        _require_number(self, "update_probability", at_least=0)
        if not 0 < self.update_probability <= 1:
            raise ValueError(
                f"update_probability is {self.update_probability}; allowed is more than 0 and at "
                "most 1"
            )
        if self.update_probability < 1 and not self.conditions:
            raise ValueError(
                f"update_probability is {self.update_probability} with method {self.method!r}; "
                "allowed is 1, and less only with dni[...]"
            )
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
        inputs, outputs = (2 * self.bits, self.bits) if self.task == "addition" else DIGITS_SIZES
        return (inputs, *self.hidden, outputs)

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


def _require_task(setup):
    """Refuse more images than there are, and what only a task with labels has."""
    if setup.task == "addition":
        if setup.loss != "squared-error":
            raise ValueError(
                f"loss is {setup.loss!r} with task 'addition', whose targets are not one label; "
                "allowed is squared-error"
            )
        if setup.heldout_part != "test":
            raise ValueError(
                f"heldout_part is {setup.heldout_part!r} with task 'addition'; allowed is test"
            )
        return
    if setup.examples == ALL:
        raise ValueError("examples is 'all' with task 'digits'; allowed is a whole number")
    images = setup.examples + 2 * setup.heldout_examples
    if images > IMAGES:
        raise ValueError(
            f"examples is {setup.examples} and heldout_examples {setup.heldout_examples}, for "
            f"which {images} images would be needed; allowed are at most {IMAGES} for training, "
            "validation and test"
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
