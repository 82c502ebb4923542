"""Where a run parts from the published one, on the seeds and epochs that both have."""

from dataclasses import dataclass

import numpy as np

from synthgrad.reproduce.exact import as_integers

KEYS = {"runs": ["epoch", "seed"], "curves": ["epoch", "seed"], "outcomes": ["seed"]}
"""The tables that are compared, each with what tells the rows of a cell apart, in order. Outcomes
are of the end of a run, after all epochs."""

NOT_COMPARED = {"runs": ["bits", "diverged_at", "done_at"], "outcomes": ["bits"], "curves": []}
"""Numbers that are no measures: a label, and what says at every epoch how the run ends, which is
compared in the outcomes."""


@dataclass(frozen=True)
class Parting:
    """The first value of a cell that is not the published one, to the last bit.

    epoch : the epoch of it; None if only values of the whole run differ
    """

    seed: int
    epoch: int | None
    measure: str
    own: float
    published: float

    def __str__(self):
        when = "at the end" if self.epoch is None else f"at epoch {self.epoch}"
        return (
            f"seed {self.seed} parts {when}, {self.measure} {self.own} instead of {self.published}"
        )


def parting(own, published):
    """The `Parting` of two versions of a cell, None if they are identical.

    It is that of the first epoch, and there of the first seed, at which a measure differs.

    own, published : dicts of data frames by `KEYS`; a table that only one has is not compared, a
    measure that only one has is missing throughout in the other, and one that is only the own is
    not compared
    """
    shared = [kind for kind in KEYS if kind in own and kind in published]
    found = filter(None, (_first(kind, own[kind], published[kind]) for kind in shared))
    return min(found, key=_moment, default=None)


def _moment(parting):
    return np.inf if parting.epoch is None else parting.epoch, parting.seed


def _first(kind, own, published):
    own, published = own.set_index(KEYS[kind]), published.set_index(KEYS[kind])
    numbers = published.select_dtypes("number").columns
    measures = numbers.difference(NOT_COMPARED[kind], sort=False)
    shared = published.index.intersection(own.index).sort_values()
    own, published = own.reindex(columns=measures).loc[shared], published.loc[shared, measures]
    differing = np.argwhere(as_integers(own) != as_integers(published))
    if not len(differing):
        return None
    row, column = differing[0]
    *epoch, seed = np.atleast_1d(shared[row])
    return Parting(
        seed=int(seed),
        epoch=int(epoch[0]) if epoch else None,
        measure=measures[column],
        own=own.iat[row, column],
        published=published.iat[row, column],
    )
