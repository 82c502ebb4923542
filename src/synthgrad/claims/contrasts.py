"""What a contrast compares: from the tables of a run and a side's description to arrays.

A side is a dict of columns and the values that a cell must have in them; of
several values the mean is taken. `measure` and `when` say what is read,
`minus` what is subtracted from it, `learning` that generators which tuning
switched off are those with the best step size above 0.
"""

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import pandas as pd

from synthgrad.core.naming import setting_text
from synthgrad.statistics.divergence import worst
from synthgrad.study.tuning import ABOVE_0

NOT_COLUMNS = ("measure", "when", "minus", "learning")
"""Keys of a side that do not pick cells."""

SHARED = ("measure", "when", "learning")
"""Those that both sides of a contrast may share."""

BUDGET = {"epochs_to_95": "epochs", "seconds_to_95": "seconds"}
"""The column that says for how long an event was looked out for."""

CELL = ["experiment", "cell"]
"""Columns that name a cell."""


class NotInRun(LookupError):
    """A contrast asks for what the run does not have; the message says for what."""


@dataclass(frozen=True)
class Results:
    """The tables of a run, arranged for looking up values.

    cells : list of dict, for each cell the columns that tell it from others, as text
    moments : dict of when a measure is taken (``start``, ``first``, ``mean``,
        ``end``) to a dict of (experiment, cell) to a DataFrame by seed
    diverged : dict of (experiment, cell) to a Series of bool by seed
    """

    cells: list
    moments: dict
    diverged: dict


def arrange(runs, outcomes, seconds=None):
    """`Results` of the tables of runs and outcomes and, if there is one, of `speedup.to_95`."""
    labels = list(outcomes.columns[: outcomes.columns.get_loc("seed")])
    single = runs.select_dtypes("float32").columns
    runs = runs.astype(dict.fromkeys(single, float))
    trained = runs[runs["epoch"] > 0].groupby([*CELL, "seed"]).mean(numeric_only=True)
    tables = {
        "start": runs[runs["epoch"] == 0],
        "first": runs[runs["epoch"] == 1],
        "mean": trained.reset_index(),
        "end": outcomes,
    }
    cells = outcomes[labels].drop_duplicates()
    moments = {
        when: dict(list(each.set_index("seed").groupby(CELL))) for when, each in tables.items()
    }
    if seconds is not None:
        # One way of running a cell is as good as a cell of its own.
        seconds = seconds.assign(cell=seconds["cell"] + ", " + seconds["way"])
        of_way = [*CELL, "method", "bits", "way"]
        cells = pd.concat([cells, seconds[of_way].drop_duplicates()])
        moments["end"] |= dict(list(seconds.set_index("seed").groupby(CELL)))
    diverged = {name: table["diverged_at"].notna() for name, table in moments["end"].items()}
    return Results(cells.astype(object).map(str).to_dict("records"), moments, diverged)


@dataclass(frozen=True)
class Side:
    """What a side of a contrast has.

    measured : DataFrame by seed, a column or, over the levels of a factor, one a level; the worst
        of the measure where a run diverged (of times: that it never comes), NaN where there is
        no value
    diverged : Series by seed, whether any of its runs diverged
    cells : list of (experiment, cell)
    """

    measured: pd.DataFrame
    diverged: pd.Series
    cells: list

    def at(self, seeds):
        """The same for these seeds."""
        return replace(self, measured=self.measured.loc[seeds], diverged=self.diverged.loc[seeds])


class Pairs(NamedTuple):
    """Both sides of a contrast on the seeds that they share; a reference that is a number has no
    cells."""

    arm: Side
    reference: Side

    @property
    def arrays(self):
        """The values of both, (seeds,) or (seeds, levels) arrays."""
        found = [side.measured.to_numpy(dtype=float) for side in self]
        return [each[:, 0] if each.shape[1] == 1 else each for each in found]

    @property
    def diverged(self):
        """Where runs of each diverged, (seeds,) arrays of bool."""
        return [side.diverged.to_numpy(dtype=bool) for side in self]


def pairs(results, contrast):
    """The two sides of a contrast.

    Raises
    ------
    NotInRun
        If there are no cells for a side, or no seed has a value on both.
    """
    arm, reference = taken(results, contrast, "arm"), contrast.get("reference", 0)
    if isinstance(reference, dict):
        reference = taken(results, contrast, "reference")
    else:
        constant = pd.DataFrame(float(reference), arm.measured.index, arm.measured.columns)
        reference = Side(constant, pd.Series(False, constant.index), [])
    seeds = arm.measured.index.intersection(reference.measured.index)
    found = Pairs(arm.at(seeds), reference.at(seeds))
    if contrast["kind"] not in ("time", "identity"):
        known = [side.measured.notna().any(axis=None) for side in found]
        if not all(known):
            raise NotInRun("no seed has a value on both sides")
    return found


def taken(results, contrast, side):
    """A side of a contrast, with what it shares with the other."""
    described = described_side(contrast, side)
    if "over" not in contrast:
        return side_of(results, described)
    return _by_level(results, described, contrast["over"])


def described_side(contrast, side):
    """The description of a side of a contrast, with what it shares with the other."""
    shared = {key: contrast[key] for key in SHARED if key in contrast}
    return shared | contrast.get("where", {}) | contrast[side]


def budgets(results, contrast):
    """The times within which arm and reference of a contrast may see an event, seed by seed."""
    measure = BUDGET[contrast["measure"]]
    return [
        side_of(results, described_side(contrast, side) | {"measure": measure}).measured[0]
        for side in ("arm", "reference")
    ]


def side_of(results, described):
    """The `Side` that a description picks.

    Raises
    ------
    NotInRun
        If a cell or the measure is not there.
    ValueError
        If the side does not say which of several cells is meant.
    """
    cells = _cells(results, described)
    lists = [len(value) for value in described.values() if isinstance(value, list)]
    wanted = np.prod(lists, dtype=int)
    if len(cells) > wanted:
        raise ValueError(f"{len(cells)} cells have {_told(described)}; allowed is to name one")
    if len(cells) < wanted:
        raise _not_in_run(results, described, len(cells))
    names = [(cell["experiment"], cell["cell"]) for cell in cells]
    when, measure = described.get("when", "end"), described["measure"]
    tables = [results.moments[when][name] for name in names]
    if any(measure not in table for table in tables):
        raise NotInRun(f"the run has no {measure}")
    columns = [_column(table, measure) for table in tables]
    gone = [_diverged(results, name, when, column) for name, column in zip(names, columns)]
    if measure not in BUDGET.values():
        columns = [column.mask(lost, worst(measure)) for column, lost in zip(columns, gone)]
    mean = pd.concat(columns, axis=1).mean(axis=1, skipna=False)
    found = Side(mean.to_frame(0), pd.concat(gone, axis=1).any(axis=1), names)
    if "minus" not in described:
        return found
    rest = {key: value for key, value in described.items() if key != "minus"}
    other = side_of(results, rest | described["minus"])
    return Side(
        found.measured - other.measured, found.diverged | other.diverged, found.cells + other.cells
    )


def _column(table, measure):
    """A measure of a cell, by seed; in ranks the times of all seeds are known, and the score
    of those alone that are trained there."""
    column = table[measure].astype(float)
    if "way" in table and measure == "accuracy_auc":
        return column[column.notna() | table["diverged_at"].notna()]
    return column


def _diverged(results, name, when, column):
    """Which runs of a cell had diverged, a Series by seed."""
    if when == "start":
        return pd.Series(False, column.index)
    return results.diverged[name].reindex(column.index, fill_value=False)


def levels(results, side, column):
    """The levels of a column among the cells of a side, as text: those that it names itself or,
    in ascending order, all. A list of layer sizes counts by its length."""
    if column in side:
        named = side[column]
        return named if isinstance(named, list) else [named]
    texts = {cell.get(column, "None") for cell in _cells(results, side)} - {"None", "nan"}
    return sorted(texts, key=lambda text: (*_position(text), text))


def _position(text):
    try:
        return 0, float(text)
    except ValueError:
        return 1, text.count("-")


def _by_level(results, described, column):
    listed = levels(results, described, column)
    if not listed:
        raise _not_in_run(results, described, 0)
    found = [side_of(results, described | {column: level}) for level in listed]
    return Side(
        pd.concat([side.measured[0] for side in found], axis=1, keys=range(len(found))),
        pd.concat([side.diverged for side in found], axis=1).any(axis=1),
        [name for side in found for name in side.cells],
    )


def _cells(results, side):
    """The cells that have the values of a side."""
    wanted = {column: texts(value) for column, value in side.items() if column not in NOT_COLUMNS}
    found = [
        cell
        for cell in results.cells
        if all(cell.get(column) in allowed for column, allowed in wanted.items())
    ]
    if "chosen" in wanted:
        return found
    learning = {_cell(cell): cell for cell in found if cell.get("chosen") == ABOVE_0}
    as_chosen = [cell for cell in found if cell.get("chosen") != ABOVE_0]
    if not side.get("learning"):
        return as_chosen
    return [
        learning.get((cell["experiment"], f"{cell['cell']},{ABOVE_0}"), cell) for cell in as_chosen
    ]


def _cell(cell):
    return cell["experiment"], cell["cell"]


def _not_in_run(results, side, found):
    if side["experiment"] not in {cell["experiment"] for cell in results.cells}:
        return NotInRun(f"the run has no experiment {side['experiment']}")
    return NotInRun(f"the run has {found or 'no'} cells with {_told(side)}")


def texts(value):
    """A value of a side, or several, as they stand in the tables."""
    return [setting_text(each) for each in (value if isinstance(value, list) else [value])]


def _told(side):
    picks = ((column, texts(value)) for column, value in side.items() if column not in NOT_COLUMNS)
    return ", ".join(f"{column} {' or '.join(named)}" for column, named in picks)
