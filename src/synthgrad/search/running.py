"""Running a search: its table, a row a stage, point and seed, and what that says is best.

`read` is, in all of this, a function from a `Search` to the columns of its table.
"""

from dataclasses import replace

import numpy as np

from synthgrad.search.choice import choose
from synthgrad.search.ranking import points_in, standings
from synthgrad.search.spaces import Point
from synthgrad.search.stages import coarse_stage, final_stage, joined

COARSE, FINALS = 1, 2
"""The stages, by the column `rung`."""


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
