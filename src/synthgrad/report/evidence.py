"""What a number or table of the paper rests on: the rows without which it would be another.

They are found by leaving rows out, half of a table at a time. So nothing of it is declared, and
nothing of it can go stale.
"""

import warnings
from typing import NamedTuple

import numpy as np
import pandas as pd

from synthgrad.report import paper
from synthgrad.report.documents import number_functions
from synthgrad.report.tables import TABLES

GROUPS = (["claim"], ["experiment", "cell"])
"""Columns by which rows are left out together, first."""

MOST_ROWS = 3000
"""The most rows of a table that are then left out one by one."""


TABLE = "table/"
"""What the key of a table begins with."""


class Source(NamedTuple):
    """Rows of a table, and its file."""

    file: str
    rows: pd.DataFrame


def text_of(run, key):
    """The text of a number or of a table, and the function that gives it by its key.

    Raises
    ------
    KeyError
        If there is none of this key.
    """
    if key.startswith(TABLE):
        make = paper.table[key.removeprefix(TABLE)]
        return make(run), lambda run: {key: make(run)}
    for give in number_functions:
        texts = give(run)
        if key in texts:
            return texts[key], give
    raise KeyError(key)


def sources(run, key, advance=lambda: None):
    """The `Source` in each table that a number rests on; none for one that the config says. Those
    of a table of the paper are not told apart within a cell.

    Parameters
    ----------
    run : Run
    key : str
    advance : function that is called after each of the `tables` of the run
    """
    given = text_of(run, key)
    found = []
    for name in tables(run):
        rows = _decisive(run, name, key, *given)
        if len(rows):
            found.append(Source(file_of(name), rows))
        advance()
    return found


def _decisive(run, name, key, text, give):
    """The rows of a table without which a number would not have this text."""
    table = table_of(run, name)

    def differs(parts):
        kept = np.ones(len(table), dtype=bool)
        kept[np.concatenate(parts)] = False
        return _text(give, with_table(run, name, table[kept]), key) != text

    parts = smallest(groups(table), differs)
    if len(table) <= MOST_ROWS and not key.startswith(TABLE):
        parts = [
            part for rows in parts for part in _each(np.split(rows, len(rows)), differs) or [rows]
        ]
    return table.iloc[np.sort(np.concatenate(parts))] if parts else table[:0]


def file_of(name):
    """The file of a table of a `Run`."""
    if name == "aligned":
        return f"{TABLES['runs'].file} and {TABLES['outcomes'].file}"
    return TABLES[name].file if name in TABLES else f"{name}.csv"


def _text(give, run, key):
    """The text of a number; None if it cannot be made from these tables."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return give(run).get(key)
        except Exception:  # whatever fails without some rows rests on them
            return None


def smallest(listed, differs):
    """Those of a list that make a difference, each alone; else a smallest part that does."""
    if not listed or not differs(listed):
        return []
    return _each(listed, differs) or _together(listed, differs, [])


def _each(listed, differs):
    """Those that make a difference alone, found by halving a list that makes one."""
    half = len(listed) // 2
    if not half:
        return listed
    parts = filter(differs, (listed[:half], listed[half:]))
    return [found for part in parts for found in _each(part, differs)]


def _together(listed, differs, others):
    """A smallest part of a list that makes a difference, together with others."""
    half = len(listed) // 2
    if not half:
        return listed
    first, second = listed[:half], listed[half:]
    for part in (first, second):
        if differs(others + part):
            return _together(part, differs, others)
    found = _together(first, differs, others + second)
    return found + _together(second, differs, others + found)


def groups(table):
    """The positions of rows that are left out together."""
    for columns in GROUPS:
        if set(columns) <= set(table.columns):
            return list(table.groupby(columns, sort=False).indices.values())
    return [np.array([row]) for row in range(len(table))]


def tables(run):
    """The names of the tables of a run, those of runs in ranks among them."""
    return [*TABLES, "aligned", *run.ranks]


def table_of(run, name):
    """A table of a run."""
    return run.ranks[name] if name in run.ranks else getattr(run, name)


def with_table(run, name, table):
    """The run with another table in place of its own."""
    changed = {"ranks": run.ranks | {name: table}} if name in run.ranks else {name: table}
    return run.changed(**changed)
