"""The tables: how Parquet and CSV files are written, and read again without doubt.

A table is written under a temporary name and renamed, so a half-written one is
never found under its own. A Parquet table says of what kind it is and which
parameters it was made with, and beside it stands the checksum of its file, which
`sha256sum -c` can check too. One that is truncated, altered or of something else
is refused.
"""

import hashlib
import json
import os
import tempfile
from contextlib import ExitStack, contextmanager
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

VERSION = 5
"""Number of the present table layout."""

GROUP = 1 << 16
"""Rows of a table that are packed together; each pack has a price in bytes."""

KINDS = ("cell", "tuning", "runs", "outcomes", "curves", "sweeps")


class DamagedTable(ValueError):
    """A file that cannot be vouched for; the message names it and says what to do."""


@contextmanager
def replacing(path):
    """Give a temporary path to write to; rename it to `path` if nothing goes wrong."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    os.close(handle)
    try:
        yield Path(temporary)
        # mkstemp makes files for the owner alone; give them the usual permissions.
        umask = os.umask(0)
        os.umask(umask)
        Path(temporary).chmod(0o666 & ~umask)
        Path(temporary).replace(path)
    finally:
        Path(temporary).unlink(missing_ok=True)


def write_table(columns, kind, path, parameters=None):
    """Write a dict of equally long columns as a Parquet table of this kind.

    `parameters` is plain data that decided the content; reading can ask for it.
    """
    with writing(kind, path, parameters) as append:
        append(columns)


@contextmanager
def writing(kind, path, parameters=None):
    """The same for a table that comes in pieces, of which `GROUP` rows at a time are in memory.

    Gives a function that appends a dict of columns, the same ones every time.
    """
    if kind not in KINDS:
        raise ValueError(f"kind is {kind!r}; allowed are {', '.join(KINDS)}")
    writer, waiting = None, []

    def append(columns):
        waiting.append(pa.table({name: _arrow(column) for name, column in columns.items()}))
        if sum(map(len, waiting)) >= GROUP:
            write()

    def write():
        nonlocal writer
        piece = pa.concat_tables(waiting)
        waiting.clear()
        if writer is None:
            options = _compression(piece.schema)
            writer = file.enter_context(pq.ParquetWriter(temporary, piece.schema, **options))
        writer.write_table(piece)

    with replacing(path) as temporary:
        with ExitStack() as file:
            yield append
            if waiting:
                write()
            writer.add_key_value_metadata(_label(kind, parameters))
        # Before the table, which without it would be refused.
        with replacing(checksum_path(path)) as own:
            own.write_text(f"{file_checksum(temporary)}  {Path(path).name}\n", encoding="utf-8")


def checksum_path(path):
    """Where the checksum of a Parquet table stands, in the format of `sha256sum`."""
    return Path(f"{path}.sha256")


def file_checksum(path):
    """SHA-256 of a file, in hexadecimal."""
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()


def _label(kind, parameters):
    return {"synthgrad": f"{kind}/{VERSION}", "parameters": json.dumps(parameters, sort_keys=True)}


def _compression(schema):
    """How a table is packed: numbers in single precision byte by byte, since their leading bytes
    are alike, whole numbers of 32 bits by how they differ from row to row, since these are of
    curves, other columns by listing their different values."""
    packed = {pa.float32(): "BYTE_STREAM_SPLIT", pa.int32(): "DELTA_BINARY_PACKED"}
    encoding = {field.name: packed[field.type] for field in schema if field.type in packed}
    return {
        "compression": "zstd",
        "compression_level": 12,
        "column_encoding": encoding,
        "use_dictionary": [name for name in schema.names if name not in encoding],
    }


def _arrow(column):
    """A column for Arrow, whose type does not depend on the values: text may be all missing."""
    kind = None
    if isinstance(column, np.ndarray) and column.dtype == object:
        is_bytes = any(isinstance(value, bytes) for value in column)
        kind = pa.binary() if is_bytes else pa.string()
    return pa.array(column, kind, from_pandas=True)


def read_table(path, kind, parameters=None):
    """Read a Parquet table of this kind, made with these parameters if any are given.

    Returns
    -------
    pyarrow.Table

    Raises
    ------
    DamagedTable
        If the file is missing, truncated, altered, not a table of this kind or
        made with other parameters.
    """
    try:
        content = Path(path).read_bytes()
        wrong = _unlike_its_checksum(path, content)
        if not wrong:
            # Without threads: one that outlives the interpreter ends the process with SIGABRT.
            table = pq.ParquetFile(pa.BufferReader(content)).read(use_threads=False)
            wrong = _unlike_its_label(table.schema.metadata or {}, _label(kind, parameters))
    except (OSError, pa.ArrowException) as error:
        wrong = f"cannot be read ({' '.join(str(error).split())})"
    if wrong:
        raise DamagedTable(f"{path} {wrong}; delete it and run again")
    return table


def _unlike_its_checksum(path, content):
    recorded = checksum_path(path)
    if not recorded.exists():
        return f"has no checksum beside it ({recorded.name}, as sha256sum writes it)"
    expected = recorded.read_bytes().partition(b" ")[0]
    if hashlib.sha256(content).hexdigest().encode() != expected:
        return f"is not as it was written, says {recorded.name}"
    return None


def _unlike_its_label(metadata, wanted):
    label = {name: metadata.get(name.encode(), b"no synthgrad table").decode() for name in wanted}
    if label["synthgrad"] != wanted["synthgrad"]:
        return f"is {label['synthgrad']}, not {wanted['synthgrad']}"
    if wanted["parameters"] not in ("null", label["parameters"]):
        return "holds runs with other settings"
    return None


def read_columns(path, kind, parameters=None):
    """The same as a dict of NumPy arrays."""
    table = read_table(path, kind, parameters)
    return {name: table[name].to_numpy() for name in table.column_names}


def write_csv(rows, path):
    """Write a list of equally keyed dicts, or a data frame, as CSV with full precision."""
    import pandas as pd  # a fifth of the time in which a training job starts

    with replacing(path) as temporary:
        pd.DataFrame(rows).to_csv(temporary, index=False)


def read_csv(path, columns=()):
    """A CSV table of `write_csv`; one that was written without a row has these columns."""
    import pandas as pd

    try:
        # A single hidden layer, or a part of the tutorial, is a text as several are.
        return pd.read_csv(path, dtype={"hidden": str, "part": str})
    except pd.errors.EmptyDataError:
        return pd.DataFrame(columns=list(columns))
