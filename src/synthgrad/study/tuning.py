"""From searches to the step sizes that cells are trained with.

`read` is, in all of this, a function from a `Search` to the columns of its table: a row a stage
(`rung` 1, the coarse one, or 2, the finals), point and seed.
"""

from dataclasses import dataclass, replace

import numpy as np

from synthgrad.core.setup import Setup
from synthgrad.search.choice import choose
from synthgrad.search.ranking import Standing, points_in, ranked, standings
from synthgrad.search.spaces import Point
from synthgrad.search.stages import coarse_stage, final_stage, joined
from synthgrad.study.searches import ABOVE_0

COARSE, FINALS = 1, 2


@dataclass(frozen=True)
class Chosen:
    """The setup that a cell is trained with, the mean score of its step sizes on the tuning seeds
    (NaN where they are given), and those of them that are on an edge of what was tried."""

    setup: Setup
    score: float = np.nan
    edges: tuple[str, ...] = ()


def run_search(search, read, progress=lambda replicas: None):
    """The table of a search as columns.

    `level` has the value of the setting that the search's level decided, NaN if there is none.
    """
    setup, level = settled(search, read)
    if search.repeats:
        coarse = rung(read(search.repeats), COARSE)
    else:
        coarse = coarse_stage(setup, search.space, search.budget, search.seed, progress)
    finals = final_stage(setup, coarse, search.budget, search.seeds, progress)
    names = list(finals)
    rungs = np.repeat([COARSE, FINALS], [len(coarse["seed"]), len(finals["seed"])])
    columns = joined({name: coarse[name] for name in names}, finals)
    return {
        "search": np.full(len(rungs), search.name, dtype=object),
        "level": np.full(len(rungs), level),
        "rung": rungs,
        **columns,
    }


def settled(search, read):
    """The setup of a search, and the value that its level gives one of its settings, if any."""
    if search.level is None:
        return search.setup, np.nan
    setting = search.level.setting
    found = {leader: best_of(read(leader)) for leader in search.level.leaders}
    best = min(found, key=lambda leader: (found[leader].diverged, -found[leader].score))
    value = getattr(best.setup, setting)
    return replace(search.setup, **{setting: value}), value


def rung(columns, number):
    """The rows of a stage."""
    kept = columns["rung"] == number
    return {name: column[kept] for name, column in columns.items()}


def tried(columns):
    """All points of a search."""
    return list(dict.fromkeys(points_in(columns)))


def best_of(columns, on=False):
    """The best finalist; the best with learning generators if `on`."""
    standing = standings(rung(columns, FINALS))
    if on:
        standing = {point: each for point, each in standing.items() if point.generator_step_size}
    points = tried(columns)
    # Below the smallest generator step size is 0, which is tried here or in the search of the twin.
    return choose(standing, [*points, Point(points[0].step_size, 0.0)])


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
            float(np.mean([standing[point].score for standing in levels.values()])),
        )
        for point in common
    }
    best = ranked(means)[0]
    setup = replace(cell.setup, **best._asdict())
    return Chosen(setup, means[best].score)
