"""SHA-256 over the values of what training writes: the same wherever the same numbers come out.

A digest does not depend on the file: neither on compression, types of columns for text, or the
order of rows and columns, nor on what else a study has. Numbers are 64-bit integers and floats,
least byte first, and every NaN and missing number is one NaN, as its sign and payload differ
between CPUs; -0.0 is not 0.0. A text is its length and its UTF-8 bytes. A column without any
value counts as one that is not there: which factors and layers have columns depends on the study.

The tables are those of runs, outcomes, sweeps and curves. None of them has a measured time.
"""

import hashlib
from pathlib import Path

import pandas as pd

from synthgrad.reproduce.exact import as_integers
from synthgrad.study.tables import read_table

KEYS = {
    "runs": ["experiment", "cell", "seed", "epoch"],
    "outcomes": ["experiment", "cell", "seed"],
    "sweeps": ["cell", "rung", "step_size", "generator_step_size", "seed"],
    "curves": ["cell", "seed", "epoch"],
}
"""The tables that training writes, each with the columns that tell its rows apart."""

OF_CELLS = ("sweeps", "curves")
"""Those with rows that experiments may share. A study without tuning has no sweeps, and version
0.1.0 had no curves."""

MISSING = b"\xff" * 8
"""Stands where a text that is there has its length."""


def read_training_tables(folder):
    """The tables of `KEYS` in a folder as data frames; `OF_CELLS` as far as they are there.

    Raises
    ------
    DamagedTable
        If a table is missing or cannot be vouched for.
    """
    paths = {kind: Path(folder, f"{kind}.parquet") for kind in KEYS}
    tables = {
        kind: read_table(path, kind).to_pandas()
        for kind, path in paths.items()
        if kind not in OF_CELLS or path.exists()
    }
    return {"sweeps": pd.DataFrame()} | tables


def digests(tables, progress=lambda name: None):
    """The digest of each experiment, and one over all.

    Parameters
    ----------
    tables : dict of data frames, as from `read_training_tables`
    progress : callable
        Called with the name of each experiment before its digest is taken.

    Returns
    -------
    dict with `experiments`, a dict from name to digest, and `all`; in hexadecimal
    """
    found = {}
    shared = [kind for kind in OF_CELLS if kind in tables]
    for name, outcomes in tables["outcomes"].groupby("experiment"):
        progress(name)
        runs = tables["runs"][tables["runs"]["experiment"] == name]
        own = {"runs": runs, "outcomes": outcomes}
        own |= {kind: _of_cells(tables[kind], outcomes["cell"]) for kind in shared}
        found[name] = _hashed(table_digest(frame, KEYS[kind]) for kind, frame in own.items())
    return {
        "experiments": found,
        "all": _hashed(text for pair in sorted(found.items()) for text in pair),
    }


def _of_cells(frame, cells):
    return frame[frame["cell"].isin(cells.unique())] if len(frame) else frame


def table_digest(frame, keys):
    """The digest of a table whose rows these columns tell apart."""
    frame = frame.dropna(axis="columns", how="all")
    ordered = [key for key in keys if key in frame]
    frame = frame.sort_values(ordered) if ordered else frame
    content = hashlib.sha256(len(frame).to_bytes(8, "little"))
    for name in sorted(frame):
        content.update(_text_bytes(name))
        content.update(_column_bytes(frame[name]))
    return content.hexdigest()


def _column_bytes(column):
    if column.dtype.kind in "biu":
        return b"i" + column.to_numpy("<i8").tobytes()
    if column.dtype.kind == "f":
        return b"f" + as_integers(column).tobytes()
    places, texts = pd.factorize(column)
    encoded = [*map(_text_bytes, texts), MISSING]  # The place of what is missing is -1.
    return b"t" + b"".join([encoded[place] for place in places.tolist()])


def _text_bytes(text):
    encoded = text.encode()
    return len(encoded).to_bytes(8, "little") + encoded


def _hashed(texts):
    return hashlib.sha256(b"".join(map(_text_bytes, texts))).hexdigest()
