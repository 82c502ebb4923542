"""The tasks that networks learn: binary addition and, for comparison, handwritten digits.

Another task is another module here: a subclass of `Task`, and an instance of it called `TASK`.
"""

from collections.abc import Sequence
from importlib import import_module

from synthgrad.core.setup import TASK_NAMES, Setup
from synthgrad.core.streams import Draws
from synthgrad.core.tasks.task import Examples, Task, stack_examples

__all__ = ["TASKS", "Examples", "Task", "draw_examples", "task_of"]

TASKS: dict[str, Task] = {name: import_module(f"{__name__}.{name}").TASK for name in TASK_NAMES}
"""The tasks by the name that the setting `task` has for them."""


def task_of(setup: Setup) -> Task:
    """The task of a setup.

    Parameters
    ----------
    setup : Setup

    Returns
    -------
    Task
    """
    return TASKS[setup.task]


def draw_examples(setup: Setup, draws: Sequence[Draws]) -> tuple[Examples, Examples]:
    """Training and held-out examples of a stack of replicas.

    Parameters
    ----------
    setup : Setup
    draws : sequence of Draws, one a replica

    Returns
    -------
    training, heldout : Examples
        Training examples are cut to whole minibatches.
    """
    used = setup.batches * setup.batch_size
    training, heldout = zip(*(task_of(setup).draw(setup, streams) for streams in draws))
    cut = [(inputs[:used], targets[:used]) for inputs, targets in training]
    return stack_examples(cut), stack_examples(heldout)
