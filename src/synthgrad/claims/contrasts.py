"""What a contrast compares: from the tables of a run and a side's description to arrays.

A side is a dict of columns and the values that a cell must have in them; of
several values the mean is taken. `measure` and `when` say what is read,
`minus` what is subtracted from it.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from synthgrad.study.naming import setting_text
from synthgrad.study.searches import ABOVE_0

NOT_COLUMNS = ("measure", "when", "minus")
"""Keys of a side that do not pick cells."""

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
    """

    cells: list
    moments: dict


def arrange(runs, outcomes, seconds=None):
    """`Results` of the tables of runs and outcomes and, if there is one, of `speedup.to_95`.

    The gradient of a replica that diverged points nowhere: its alignment is 0.
    """
    labels = list(outcomes.columns[: outcomes.columns.get_loc("seed")])
    aligned = [name for name in outcomes if name.startswith("alignment_")]
    single = runs.select_dtypes("float32").columns
    runs, outcomes = runs.astype(dict.fromkeys(single, float)), outcomes.copy()
    runs.loc[runs["diverged_at"] <= runs["epoch"], aligned] = 0.0
    outcomes.loc[outcomes["diverged_at"].notna(), aligned] = 0.0
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
    return Results(cells.astype(object).map(str).to_dict("records"), moments)


def sides(results, contrast):
    """Arm and reference of a contrast as arrays, and how many seeds lack a value.

    The arrays are (seeds,) or, where a contrast goes `over` the levels of a
    column, (seeds, levels). Seeds without a value are left out, except where it
    says that an event never came.
    """
    shared = {key: contrast[key] for key in ("measure", "when") if key in contrast}
    shared |= contrast.get("where", {})

    def taken(side):
        if "over" in contrast:
            return _by_level(results, shared | side, contrast["over"])
        return values(results, shared | side).to_frame()

    arm, reference = taken(contrast["arm"]), contrast.get("reference", 0)
    if isinstance(reference, dict):
        reference = taken(reference)
    else:
        reference = pd.DataFrame(float(reference), arm.index, range(arm.shape[1]))
    pairs = pd.concat([arm, reference], axis=1, join="inner")
    kept = pairs if contrast["kind"] in ("time", "identity") else pairs.dropna()
    if kept.empty:
        raise NotInRun("no seed has a value on both sides")
    parts = np.split(kept.to_numpy(dtype=float), [arm.shape[1]], axis=1)
    if "over" not in contrast:
        parts = [part[:, 0] for part in parts]
    return *parts, len(pairs) - len(kept)


def budgets(results, contrast):
    """The times within which arm and reference of a contrast may see an event."""
    measure = BUDGET[contrast["measure"]]
    shared = contrast.get("where", {})
    return [
        float(values(results, shared | contrast[side] | {"measure": measure}).max())
        for side in ("arm", "reference")
    ]


def values(results, side):
    """The measure of a side, a Series by seed.

    Raises
    ------
    NotInRun
        If a cell or the measure is not there.
    ValueError
        If the side does not say which of several cells is meant.
    """
    cells = _cells(results, side)
    wanted = np.prod([len(value) for value in side.values() if isinstance(value, list)], dtype=int)
    if len(cells) > wanted:
        raise ValueError(f"{len(cells)} cells have {_described(side)}; allowed is to name one")
    if len(cells) < wanted:
        raise _not_in_run(results, side, len(cells))
    tables = results.moments[side.get("when", "end")]
    tables = [tables[cell["experiment"], cell["cell"]] for cell in cells]
    if any(side["measure"] not in table for table in tables):
        raise NotInRun(f"the run has no {side['measure']}")
    columns = [table[side["measure"]].astype(float) for table in tables]
    mean = pd.concat(columns, axis=1).mean(axis=1, skipna=False)
    if "minus" in side:
        rest = {key: value for key, value in side.items() if key != "minus"}
        mean = mean - values(results, rest | side["minus"])
    return mean


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


def _by_level(results, side, column):
    listed = levels(results, side, column)
    if not listed:
        raise _not_in_run(results, side, 0)
    return pd.concat([values(results, side | {column: level}) for level in listed], axis=1)


def _cells(results, side):
    """The cells that have the values of a side."""
    wanted = {column: _texts(value) for column, value in side.items() if column not in NOT_COLUMNS}
    return [
        cell
        for cell in results.cells
        if all(cell.get(column) in texts for column, texts in wanted.items())
        # The best setting with learning generators is asked for by name.
        and ("chosen" in wanted or cell.get("chosen") != ABOVE_0)
    ]


def _not_in_run(results, side, found):
    if side["experiment"] not in {cell["experiment"] for cell in results.cells}:
        return NotInRun(f"the run has no experiment {side['experiment']}")
    return NotInRun(f"the run has {found or 'no'} cells with {_described(side)}")


def _texts(value):
    return [setting_text(each) for each in (value if isinstance(value, list) else [value])]


def _described(side):
    picks = ((column, _texts(value)) for column, value in side.items() if column not in NOT_COLUMNS)
    return ", ".join(f"{column} {' or '.join(texts)}" for column, texts in picks)
