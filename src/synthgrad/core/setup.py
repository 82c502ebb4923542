"""A setup says everything that decides a run, except the seed.

The headline, every ablation and every published edition are values of one
frozen dataclass, so that there is one engine and no second code path.
"""

from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING

from synthgrad.core.settings import (
    Flag,
    Number,
    OneOf,
    Setting,
    Sizes,
    Whole,
    documented,
    setting,
    settings_of,
)

if TYPE_CHECKING:
    from synthgrad.core.tasks import Task

TASK_NAMES = tuple(
    sorted(
        path.stem
        for path in Path(__file__).with_name("tasks").glob("[a-z]*.py")
        if path.stem != "task"
    )
)
"""Every task is a module of `tasks` that has its name."""

CONDITIONS = ("input", "output", "label", "batchnorm")
"""What a generator may look at, in the order in which it sees them."""

UNDECOUPLED = ("backprop", "frozen", "feedback-alignment", "local-loss", "noise")
"""The methods without synthetic gradients."""


def methods_with(conditions: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    """Every method by its name, with what its generators look at.

    Parameters
    ----------
    conditions : tuple of str
        All that there are to choose from, in order.

    Returns
    -------
    dict of str to tuple of str
        Empty for a method without generators.

    Examples
    --------
    >>> list(methods_with(("output", "label")))[-3:]
    ['dni[output]', 'dni[label]', 'dni[output+label]']
    """
    sizes = range(1, len(conditions) + 1)
    chosen = [subset for size in sizes for subset in combinations(conditions, size)]
    decoupled = {f"dni[{'+'.join(subset)}]": subset for subset in chosen}
    return dict.fromkeys(UNDECOUPLED, ()) | decoupled


CONDITIONS_OF = methods_with(CONDITIONS)
"""What the generators of each method look at."""

METHODS = tuple(CONDITIONS_OF)
"""Every method: those without synthetic gradients, and DNI with each choice of conditions."""

MAX_BITS = 54
"""Widest sum whose operands `RandomState.rand`, with its 53 random bits, draws evenly."""

ALL = "all"
"""In place of a number of examples: every example that there is, once."""


class _Method(OneOf):
    verb = "are"

    def __contains__(self, value: object) -> bool:
        return isinstance(value, str) and value in CONDITIONS_OF

    def __str__(self) -> str:
        return (
            f"{', '.join(UNDECOUPLED)} and dni[CONDITIONS], with CONDITIONS one or more of "
            f"{'+'.join(CONDITIONS)} joined by + in that order"
        )


@documented
@dataclass(frozen=True, repr=False)
class Setup:
    """Task, network, method and step sizes of a run.

    Raises
    ------
    ValueError
        Names the field, its value and what is allowed.

    Examples
    --------
    >>> setup = Setup("dni[output+label]", bits=6, hidden=(64, 32))
    >>> setup
    Setup('dni[output+label]', bits=6, hidden=(64, 32))
    >>> setup.conditions, setup.sizes, setup.batches
    (('output', 'label'), (12, 64, 32, 6), 100)
    >>> Setup(bits=1)
    Traceback (most recent call last):
        ...
    ValueError: bits is 1; allowed is a whole number from 2 to 54
    """

    method: str = setting("backprop", _Method(*METHODS), "How the hidden layers are trained.")

    task: str = setting(
        "addition",
        OneOf(*TASK_NAMES),
        "Addition of binary numbers, or the digits in images of handwritten ones.",
    )
    bits: int = setting(
        8,
        Whole(2, MAX_BITS),
        "Digits of the sum; each operand has as many inputs. Other tasks ignore it.",
    )
    examples: int | str = setting(
        1000, Whole(1, word=ALL), "Training examples, or all: every one that there is, once."
    )
    heldout_examples: int = setting(
        1000,
        Whole(0),
        "Most examples held out to measure on: pairs that are not trained on, or images for each "
        "of the validation and test sets.",
    )
    heldout_part: str = setting(
        "test",
        OneOf("test", "validation"),
        "Which of the held-out images are measured; tuning takes validation by itself.",
    )

    hidden: tuple[int, ...] = setting(
        (128, 64), Sizes(), "Units of the hidden layers, lowest first."
    )
    activation: str = setting(
        "sigmoid", OneOf("sigmoid", "tanh", "relu"), "Activation of the hidden layers."
    )
    loss: str = setting(
        "squared-error",
        OneOf("squared-error", "cross-entropy"),
        "Half the squared error of sigmoid outputs, or the cross-entropy of a softmax.",
    )
    bias: bool = setting(False, Flag(), "Whether layers have biases.")
    initial_weights: str = setting(
        "normal",
        OneOf("normal", "glorot"),
        "Normal, by weight_scale and weight_shift, or without these: evenly from the range of "
        "Glorot & Bengio (2010), with biases of 0.",
    )
    weight_scale: float = setting(
        0.2,
        Number(least=0),
        "Normal initial weights and biases are randn * weight_scale + weight_shift.",
    )
    weight_shift: float = setting(
        -0.1,
        Number(),
        "Normal initial weights and biases are randn * weight_scale + weight_shift.",
    )
    nudged: bool = setting(
        False,
        Flag(),
        "Whether each initial weight and bias of the layers, not of generators, readouts or "
        "feedback, is moved up to the next floating-point number.",
    )
    forward_batchnorm: bool = setting(
        False,
        Flag(),
        "Whether hidden layers normalise their pre-activations over the minibatch.",
    )

    generator_hidden: int = setting(
        0, Whole(0), "Units of a hidden layer of the generators; 0 for a linear map."
    )
    generator_bias: bool = setting(True, Flag(), "Whether generators have biases.")
    generator_scale: float = setting(
        0.0,
        Number(least=0),
        "Initial generator weights are randn * generator_scale + generator_shift.",
    )
    generator_shift: float = setting(
        0.0, Number(), "Initial generator weights are randn * generator_scale + generator_shift."
    )
    generator_step: str = setting(
        "plain",
        OneOf("plain", "normalised"),
        "Plain, or normalised by the mean square of what the generator sees.",
    )
    decouple_last: bool = setting(
        False,
        Flag(),
        "Whether the last layer, too, learns from a synthetic gradient, as in the printed class.",
    )

    epochs: int = setting(100, Whole(1), "Passes over the training examples.")
    done_after: int = setting(
        0,
        Whole(0),
        "A replica whose training accuracy has been 1 for this many epochs on end is done: it "
        "trains no further and its last measures stand; 0 for never.",
    )
    batch_size: int = setting(10, Whole(1), "Examples in a minibatch.")
    shuffle: bool = setting(
        False, Flag(), "Whether every epoch has its minibatches in another order."
    )
    update_probability: float = setting(
        1.0,
        Number(above=0, most=1),
        "Probability of the update of a decoupled layer at a step, and of that of its generator, "
        "which is drawn separately. With frozen it changes no training, only when "
        "accuracy_at_equal_updates is taken: at the epoch of the lazy arm that it is the control "
        "of.",
    )
    step_size: float = setting(
        0.1,
        Number(least=0),
        "Step size of the network: a step is that times the sum of gradients over the minibatch.",
    )
    last_step_factor: float = setting(
        1.0, Number(above=0), "The step size of the last layer is step_size times that."
    )
    generator_step_size: float = setting(0.001, Number(least=0), "Step size of the generators.")
    step_direction: str = setting(
        "descent", OneOf("descent", "ascent"), "Descent, or ascent as in the printed class."
    )
    generator_step_direction: str = setting(
        "descent", OneOf("descent", "ascent"), "The same for the generators."
    )
    bias_reduction: str = setting(
        "sum",
        OneOf("sum", "mean"),
        "Whether a bias's gradient is the sum or the mean over the minibatch; a weight's is the "
        "sum.",
    )
    draws: str = setting(
        "paired",
        OneOf("paired", "published"),
        "Random numbers from independent streams (paired) or the tutorial's single stream "
        "(published).",
    )

    def __post_init__(self) -> None:
        if isinstance(self.hidden, list):
            object.__setattr__(self, "hidden", tuple(self.hidden))
        for name, described in SETTINGS.items():
            described.allowed.check(name, getattr(self, name))
        if not self.conditions:
            self._refuse_decoupling()
        self._task.check(self)
        if self.batch_size > self.training_examples:
            raise ValueError(
                f"batch_size is {self.batch_size}; allowed is at most the number of examples, "
                f"{self.training_examples}"
            )

    def _refuse_decoupling(self) -> None:
        """Refuse what only decoupled layers can do."""
        if self.update_probability < 1 and self.method not in ("local-loss", "frozen"):
            raise ValueError(
                f"update_probability is {self.update_probability} with method {self.method!r}; "
                "allowed is 1, and less only with dni[...], local-loss or frozen"
            )
        if self.generator_hidden and self.method == "local-loss":
            raise ValueError(
                f"generator_hidden is {self.generator_hidden} with method 'local-loss'; allowed is "
                "0, and more only with dni[...]"
            )
        if self.decouple_last:
            raise ValueError(
                f"decouple_last is true with method {self.method!r}; allowed only with dni[...]"
            )

    def __repr__(self) -> str:
        values = {name: getattr(self, name) for name in SETTINGS}
        changed = [
            repr(value) if name == "method" else f"{name}={value!r}"
            for name, value in values.items()
            if value != SETTINGS[name].default
        ]
        return f"Setup({', '.join(changed)})"

    @property
    def _task(self) -> "Task":
        return _tasks()[self.task]

    @property
    def conditions(self) -> tuple[str, ...]:
        """What the generators look at: a tuple of names, empty without generators."""
        return CONDITIONS_OF[self.method]

    @property
    def has_generators(self) -> bool:
        """Whether layers have generators or, with `local-loss`, readouts: `generator_step_size`
        and the other settings of generators are about these."""
        return bool(self.conditions) or self.method == "local-loss"

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


SETTINGS: dict[str, Setting] = settings_of(Setup)
"""All settings of a run by name, in order."""


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
    SETTINGS["method"].allowed.check("method", method)
    return CONDITIONS_OF[method]


def field_names() -> list[str]:
    """The names of all fields of a setup, in order.

    Returns
    -------
    list of str
    """
    return list(SETTINGS)
