"""What is measured of networks after an epoch.

The two accuracies of a task (`tasks.Task`) keep the names that they have in the
tables and for binary addition: `bit_accuracy` and `sum_accuracy`.
"""

from typing import NamedTuple

import numpy as np

from synthgrad.core.arrays import Bools, Floats, select
from synthgrad.core.kernels import Kernels
from synthgrad.core.network.gradients import hidden_gradients
from synthgrad.core.network.layers import kernels_of
from synthgrad.core.network.methods import forward
from synthgrad.core.setup import Setup
from synthgrad.core.tasks import Examples, task_of
from synthgrad.core.training import measures
from synthgrad.core.training.passes import Answers
from synthgrad.core.training.stack import Stack

TOGETHER = 1 << 17
"""Numbers of the widest layer's outputs that are measured at once, so that they stay in cache."""


class Look(NamedTuple):
    """What is measured after an epoch beside the accuracy on the training examples.

    Attributes
    ----------
    closely : bool
        All other measures of the training examples.
    heldout : bool
        The accuracies on held-out examples.
    """

    closely: bool
    heldout: bool

    @property
    def accuracies(self) -> list[str]:
        """The names of the accuracies among what is measured."""
        names = ["bit_accuracy"]
        if self.closely:
            names += ["sum_accuracy"]
        if self.heldout:
            names += ["heldout_bit_accuracy", "heldout_sum_accuracy"]
        return names


def look_after(setup: Setup, epoch: int, recorded: bool) -> Look:
    """What is measured after an epoch.

    Parameters
    ----------
    setup : Setup
    epoch : int
    recorded : bool
        Whether more than the accuracy is wanted of this epoch.

    Returns
    -------
    Look
    """
    only_at_end = task_of(setup).heldout_at_end
    return Look(recorded, recorded and (epoch == setup.epochs or not only_at_end))


def observe(
    setup: Setup, stack: Stack, training: Answers, heldout: Answers, look: Look
) -> dict[str, Floats]:
    """Measures of the present weights.

    Parameters
    ----------
    setup : Setup
    stack : Stack
        Of at least one replica.
    training, heldout : Answers
        Of the stack for either examples.
    look : Look

    Returns
    -------
    dict of (replicas,) arrays
    """
    if not look.closely:
        return {"bit_accuracy": task_of(setup).accuracy(training.give(), *stack.training[1:])}
    replicas = max(1, TOGETHER // (setup.training_examples * max(setup.sizes)))
    each = [
        _observe(setup, select(stack, slice(first, first + replicas)))
        for first in range(0, len(stack.places), replicas)
    ]
    found = {name: np.concatenate([part[name] for part in each]) for name in each[0]}
    if look.heldout:
        found |= _accuracies(setup, heldout.give(), stack.heldout, "heldout_")
    return found


def _observe(setup: Setup, stack: Stack) -> dict[str, Floats]:
    *hidden, outputs = forward(stack.layers, stack.training.inputs)
    found = _accuracies(setup, outputs, stack.training)
    kernels = kernels_of(stack.layers)
    found |= _errors(setup, outputs, stack.training, kernels)
    found["largest_weight"] = measures.largest_weight(stack.layers)
    found |= _representations(setup, hidden, kernels)
    return found | _gradients(setup, stack, kernels)


def _accuracies(
    setup: Setup, outputs: Floats, examples: Examples, part: str = ""
) -> dict[str, Floats]:
    task = task_of(setup)
    return {
        f"{part}bit_accuracy": task.accuracy(outputs, examples.targets, examples.present),
        f"{part}sum_accuracy": task.exact_accuracy(outputs, examples.targets, examples.present),
    }


def _errors(
    setup: Setup, outputs: Floats, examples: Examples, kernels: Kernels
) -> dict[str, Floats]:
    found = {"mse": measures.squared_error(outputs, examples.targets, examples.present, kernels)}
    if setup.loss == "squared-error":
        found["tutorial_error"] = measures.tutorial_error(outputs, examples.targets, kernels)
    found["absolute_error"] = measures.absolute_sum(outputs - examples.targets, kernels)
    return found


def _representations(setup: Setup, hidden: list[Floats], kernels: Kernels) -> dict[str, Floats]:
    found = {}
    for k, output in enumerate(hidden, start=1):
        found[f"spread_{k}"] = measures.spread(output, kernels)
        found[f"similarity_{k}"] = measures.similarity(output, kernels)
        if setup.activation == "sigmoid":
            found[f"saturation_{k}"] = measures.saturation(output)
    return found


def _gradients(setup: Setup, stack: Stack, kernels: Kernels) -> dict[str, Floats]:
    """After `forward` of the training examples."""
    found = {}
    gradients = hidden_gradients(setup, stack.layers, stack.training.inputs, stack.training.targets)
    for k, gradient in enumerate(gradients, start=1):
        found[f"alignment_{k}"] = measures.alignment(*gradient, kernels)
        found[f"norm_ratio_{k}"] = measures.norm_ratio(*gradient, kernels)
    return found


def constant_accuracies(setup: Setup, stack: Stack) -> dict[str, Floats]:
    """All accuracies of the best constant answer, which are chance.

    Parameters
    ----------
    setup : Setup
    stack : Stack

    Returns
    -------
    dict of (replicas,) arrays
    """
    answer = task_of(setup).constant_answer(stack.training.targets, stack.training.present)
    return _accuracies(setup, answer, stack.training) | _accuracies(
        setup, answer, stack.heldout, "heldout_"
    )


def nothing_represented(setup: Setup, replicas: int) -> list[Floats]:
    """Room for what hidden layers make of the task's probes, if it has any.

    Parameters
    ----------
    setup : Setup
    replicas : int

    Returns
    -------
    list of (replicas, probes, units) arrays
        NaN throughout.
    """
    probes = task_of(setup).probes()
    if probes is None:
        return []
    return [np.full((replicas, len(probes), units), np.nan) for units in setup.hidden]


def represent(setup: Setup, stack: Stack, representations: list[Floats]) -> None:
    """Look at what the hidden layers of a stack make of the task's probes, if it has any.

    Parameters
    ----------
    setup : Setup
    stack : Stack
    representations : list of (drawn replicas, probes, units) arrays
        Is given that of these replicas.
    """
    probes = task_of(setup).probes()
    if probes is None or not len(stack.places):
        return
    inputs = np.repeat(probes[None], len(stack.places), axis=0)
    for kept, output in zip(representations, forward(stack.layers, inputs)):
        kept[stack.places] = output


def nothing_answered(setup: Setup, replicas: int) -> Bools:
    """Room for the answers to the task's questions.

    Parameters
    ----------
    setup : Setup
    replicas : int

    Returns
    -------
    (replicas, questions, outputs) array of bool
        False throughout.
    """
    questions = task_of(setup).questions(setup)
    return np.zeros((replicas, len(questions), setup.sizes[-1]), dtype=bool)


def answer(setup: Setup, stack: Stack, answers: Bools) -> None:
    """Ask the networks of a stack the task's questions, if it has any.

    Parameters
    ----------
    setup : Setup
    stack : Stack
    answers : (drawn replicas, questions, outputs) array of bool
        Is given those of these replicas.
    """
    task = task_of(setup)
    questions = task.questions(setup)
    if len(questions):
        for k, place in enumerate(stack.places):
            layers = select(stack.layers, slice(k, k + 1))
            answers[place] = task.answers(forward(layers, questions[None])[-1][0])
