"""What training leaves behind."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from synthgrad.core.arrays import Bools, Floats, Integers
from synthgrad.core.setup import Setup

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False, repr=False)
class History:
    """The measures of a setup's replicas, epoch by epoch.

    Attributes
    ----------
    setup : Setup
    seeds : (replicas,) int array
    step_size, generator_step_size : (replicas,) float arrays
    epochs : (recorded,) int array
        Those at which all measures were taken, 0 being the untrained network.
    measures : dict of (replicas, epochs + 1) float arrays
        `bit_accuracy` for every epoch, the others for the recorded ones and
        NaN between them; NaN also where a measure is not defined.
    chance : (replicas,) float array
        Accuracy of the best constant answer on the training examples.
    diverged_at : (replicas,) float array
        Epoch after which a parameter was found not to be finite, or NaN. From
        then on accuracies are those of the best constant answer and the other
        measures NaN.
    done_at : (replicas,) float array
        Epoch after which a replica was done (`setup.done_after`), or NaN. Its measures
        after it stand at the later epochs.
    representations : list of (replicas, probes, units) float arrays
        What each hidden layer, lowest first, makes of the task's probes at the end;
        NaN for a replica that diverged. Empty where a task has no probes.
    answers : (replicas, questions, outputs) bool array
        Which output bits are 1 at the end, for each of the task's questions; False
        throughout for a replica that diverged.
    """

    setup: Setup
    seeds: Integers
    step_size: Floats
    generator_step_size: Floats
    epochs: Integers
    measures: dict[str, Floats]
    chance: Floats
    diverged_at: Floats
    done_at: Floats
    representations: list[Floats]
    answers: Bools

    def __repr__(self) -> str:
        last = self.measures["bit_accuracy"][:, -1]
        shown = np.array2string(last, precision=3, threshold=6, edgeitems=2)
        replicas = "1 seed" if len(last) == 1 else f"{len(last)} seeds"
        return (
            f"History({self.setup.method}, {replicas}, {self.setup.epochs} epochs, "
            f"bit_accuracy at the end {shown})"
        )

    def columns(self) -> dict[str, NDArray[Any]]:
        """All but representations and answers as columns: a row a seed and epoch.

        Returns
        -------
        dict of (replicas * (epochs + 1),) arrays
            `recorded` says where all measures were taken.
        """
        replicas, points = self.measures["bit_accuracy"].shape
        epoch = np.arange(points)
        labels = {
            "seed": self.seeds.repeat(points),
            "epoch": np.tile(epoch, replicas),
            "recorded": np.tile(np.isin(epoch, self.epochs), replicas),
            "step_size": self.step_size.repeat(points),
            "generator_step_size": self.generator_step_size.repeat(points),
            "chance": self.chance.repeat(points),
            "diverged_at": self.diverged_at.repeat(points),
            "done_at": self.done_at.repeat(points),
        }
        return labels | {name: values.ravel() for name, values in self.measures.items()}

    def to_frame(self) -> "pd.DataFrame":
        """A tidy table: a row a seed and epoch, a column a measure.

        Returns
        -------
        DataFrame
            Columns `seed`, `epoch`, `step_size`, `generator_step_size`,
            `chance`, `diverged_at`, `done_at` and the measures.
        """
        import pandas as pd

        return pd.DataFrame(self.columns()).drop(columns="recorded")


def recorded_epochs(epochs: int, count: int) -> Integers:
    """About `count` log-spaced epochs from 0 to the last, both included.

    Parameters
    ----------
    epochs, count : int

    Returns
    -------
    (recorded,) array of int

    Examples
    --------
    >>> recorded_epochs(100, count=6)
    array([  0,   1,   3,  10,  32, 100])
    """
    spaced = np.geomspace(1, epochs, max(count - 1, 1)).round().astype(int)
    return np.unique([0, *spaced, epochs])


def join(histories: Sequence[History]) -> History:
    """One history of stacks of a setup that were trained one after another.

    Parameters
    ----------
    histories : sequence of History

    Returns
    -------
    History
    """
    first = histories[0]
    # A stack of which every replica diverged early lacks what was not yet measured.
    names = dict.fromkeys(name for history in histories for name in history.measures)

    def joined(name: str) -> NDArray[Any]:
        return np.concatenate([getattr(history, name) for history in histories])

    def joined_measure(name: str) -> Floats:
        parts = [
            history.measures.get(name, np.full_like(history.measures["bit_accuracy"], np.nan))
            for history in histories
        ]
        return np.concatenate(parts)

    return History(
        first.setup,
        joined("seeds"),
        joined("step_size"),
        joined("generator_step_size"),
        first.epochs,
        {name: joined_measure(name) for name in names},
        joined("chance"),
        joined("diverged_at"),
        joined("done_at"),
        [np.concatenate(parts) for parts in zip(*(h.representations for h in histories))],
        joined("answers"),
    )
