"""From searches to the step sizes that cells are trained with, and how tables mark these.

`read` is, in all of this, a function from a `Search` to the columns of its table, as
`search.running` makes them.
"""

from dataclasses import dataclass, replace

import numpy as np

from synthgrad.core.arrays import sum_in_order
from synthgrad.core.setup import Setup
from synthgrad.search.ranking import Standing, ranked, standings
from synthgrad.search.running import COARSE, best_of, rung

ABOVE_0 = "above 0"
"""Marks the best step sizes with learning generators, where the best of all switch them off."""


def as_chosen(frame):
    """The rows of a table without those of settings that are only the best with learning
    generators."""
    return frame[frame["chosen"] != ABOVE_0] if "chosen" in frame else frame


def as_learning(frame):
    """The rows of a table with learning generators, or without any: each cell, by its own name,
    with its best step sizes that do not switch generators off."""
    rows = frame[frame["generator_step_size"] != 0]
    return rows.assign(cell=rows["cell"].str.removesuffix(f",{ABOVE_0}"))


@dataclass(frozen=True)
class Chosen:
    """The setup that a cell is trained with, the mean score of its step sizes on the tuning seeds
    (NaN where they are given), and those of them that are on an edge of what was tried."""

    setup: Setup
    score: float = np.nan
    edges: tuple[str, ...] = ()


def choices(study, cell, read):
    """What a cell is trained with: a dict of `Chosen` by how its step sizes were chosen.

    ``given``; ``shared`` over the levels of a setting; or ``tuned``, beside which stands ``above
    0``, the best setting with learning generators, where the best of all switches them off.
    """
    searches = study.searches_of(cell)
    if not searches:
        return {"given": Chosen(cell.setup)}
    if cell.tuning.shared:
        return {"shared": _shared(cell, searches, read)}
    own, *twin = searches
    columns = read(own)
    best = best_of(columns)
    if twin:
        other = best_of(read(twin[0]))
        # Of equals the twin's, whose generators do nothing.
        best = min(other, best, key=lambda choice: (choice.diverged, -choice.score))
    setup = _at_level(cell, columns)
    found = {"tuned": best}
    if cell.setup.has_generators and best.generator_step_size == 0:
        found[ABOVE_0] = best_of(columns, on=True)
    return {
        name: Chosen(choice.applied_to(setup), choice.score, choice.edges)
        for name, choice in found.items()
    }


def _at_level(cell, columns):
    if not cell.has_level:
        return cell.setup
    return replace(cell.setup, **{cell.tuning.level[0]: float(columns["level"][0])})


def _shared(cell, searches, read):
    """The point with the best mean score in the coarse stages of all levels, among those that all
    have tried."""
    levels = {}
    for search in searches:
        value = getattr(search.setup, cell.tuning.shared[0])
        levels.setdefault(value, {}).update(standings(rung(read(search), COARSE)))
    common = set.intersection(*(set(standing) for standing in levels.values()))
    means = {
        point: Standing(
            any(standing[point].diverged for standing in levels.values()),
            _mean(standing[point].score for standing in levels.values()),
        )
        for point in common
    }
    best = ranked(means)[0]
    setup = replace(cell.setup, **best._asdict())
    return Chosen(setup, means[best].score)


def _mean(scores):
    scores = np.array([*scores])
    return float(sum_in_order(scores) / len(scores))
