"""The tables: what is in them, and how they are written and read.

A table is written under a temporary name and renamed, so a half-written one is
never found under its own. A Parquet table says of what kind it is and which
parameters it was made with, and is sealed with a checksum over all of that and
its content; one that is truncated, altered or of something else is refused.
"""

import hashlib
import json
import os
import tempfile
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from synthgrad.core.tasks import task_of
from synthgrad.core.training import measures
from synthgrad.study import representations, tuning
from synthgrad.study.experiments import cell_parameters, setting_text, tuning_parameters

VERSION = 5
"""Number of the present table layout."""

FINAL_MEASURES = (
    "mse",
    "bit_accuracy",
    "sum_accuracy",
    "heldout_bit_accuracy",
    "heldout_sum_accuracy",
    "tutorial_error",
)
LAYER_MEASURES = ("alignment", "norm_ratio", "spread", "similarity", "saturation")
EXTRA_MEASURES = ("absolute_error", "largest_weight", "printed_error", "synthetic_error")
SINGLE = ("mse", "tutorial_error", "absolute_error")
"""Measures that stand in the runs in single precision, as do those of the layers."""

GROUP = 1 << 16
"""Rows of a table that are packed together; each pack has a price in bytes."""

KINDS = ("cell", "tuning", "runs", "outcomes", "sweeps")


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
    label = {"synthgrad": f"{kind}/{VERSION}", "parameters": _canonical(parameters)}
    seal, writer, waiting = _Seal(), None, []

    def append(columns):
        piece = pa.table({name: _arrow(column) for name, column in columns.items()})
        seal.add(piece)
        waiting.append(piece)
        if sum(map(len, waiting)) >= GROUP:
            write()

    def write():
        nonlocal writer
        piece = pa.concat_tables(waiting)
        waiting.clear()
        if writer is None:
            writer = open_file.enter_context(
                pq.ParquetWriter(temporary, piece.schema, **_compression(piece.schema))
            )
        writer.write_table(piece)

    with replacing(path) as temporary, ExitStack() as open_file:
        yield append
        if waiting:
            write()
        writer.add_key_value_metadata(label | {"seal": seal.over(label)})


def _compression(schema):
    """How a table is packed: numbers in single precision byte by byte, since their leading bytes
    are alike, other columns by listing their different values."""
    single = [field.name for field in schema if field.type == pa.float32()]
    return {
        "compression": "zstd",
        "compression_level": 12,
        "use_byte_stream_split": single,
        "use_dictionary": [name for name in schema.names if name not in single],
        "write_page_checksum": True,
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
        with pq.ParquetFile(path, page_checksum_verification=True) as file:
            table, metadata = file.read(), file.metadata.metadata or {}
        wrong = _what_is_wrong(table, metadata, kind, parameters)
    except (OSError, UnicodeDecodeError, pa.ArrowException) as error:
        wrong = f"cannot be read ({' '.join(str(error).split())})"
    if wrong:
        raise DamagedTable(f"{path} {wrong}; delete it and run again")
    return table


def _what_is_wrong(table, metadata, kind, parameters):
    """Why a table is not of this kind, intact and made with these parameters; None if it is."""
    label = {
        key.decode(): text.decode() for key, text in metadata.items() if key != b"ARROW:schema"
    }
    found = label.get("synthgrad", "no synthgrad table")
    if found != f"{kind}/{VERSION}":
        return f"is {found}, not {kind}/{VERSION}"
    found, seal = label.pop("seal", None), _Seal()
    seal.add(table)
    if found != seal.over(label):
        return "is not as it was written"
    if parameters is not None and label["parameters"] != _canonical(parameters):
        return "holds runs with other settings"
    return None


def _canonical(parameters):
    return json.dumps(parameters, sort_keys=True)


class _Seal:
    """SHA-256 over a table's label and its columns' names, types and values.

    The checksums of Parquet cover the pages but not the footer, where one bit
    can rename a column.
    """

    def __init__(self):
        self.columns = {}

    def add(self, table):
        """Go on with the rows of a table, or of the next piece of one."""
        for name, column in zip(table.column_names, table.columns, strict=True):
            key = f"{name} {column.type}"
            digest = self.columns.setdefault(key, hashlib.sha256())
            values = column.to_numpy()
            if values.dtype == object:
                digest.update("".join(f"{value!r}," for value in values).encode())
            else:
                digest.update(values.tobytes())

    def over(self, label):
        digest = hashlib.sha256(_canonical(label).encode())
        for key, values in self.columns.items():
            digest.update(f"{key} {values.hexdigest()}".encode())
        return digest.hexdigest()


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


def file_checksum(path):
    """SHA-256 of a file, in hexadecimal."""
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()


def layer_columns(depth):
    """Names of the measures of every hidden layer."""
    return [f"{name}_{k}" for name in LAYER_MEASURES for k in range(1, depth + 1)]


def cell_columns(history):
    """A history as columns (`History.columns`).

    `dissimilarity_k` has, at the last epoch and where there are probes, the distances between what
    layer k makes of each two of them (`representations.dissimilarity`), as bytes.
    """
    columns = history.columns()
    shape = history.measures["bit_accuracy"].shape
    for k, hidden in enumerate(history.representations, start=1):
        column = np.full(shape, None, dtype=object)
        column[:, -1] = [representations.dissimilarity(each).tobytes() for each in hidden]
        columns[f"dissimilarity_{k}"] = column.ravel()
    return columns


def tuning_columns(histories, validated=False):
    """The rungs of a tuning as columns: one row a rung, point of the grid and seed.

    `score` is what points are ranked by (`tuning.scores`).
    """
    parts = [
        {
            "rung": np.full(len(history.seeds), number),
            "epochs": np.full(len(history.seeds), history.epochs[-1]),
            "seed": history.seeds,
            "step_size": history.step_size,
            "generator_step_size": history.generator_step_size,
            "score": tuning.scores(history, validated),
            "accuracy_auc": tuning.scores(history),
            "bit_accuracy": history.measures["bit_accuracy"][:, -1],
            "diverged_at": history.diverged_at,
        }
        for number, history in enumerate(histories, start=1)
    ]
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def choose_from(path, parameters):
    """The tuning.Choice that a tuning table with these parameters leads to."""
    table = read_table(path, "tuning", parameters)
    column = {name: table[name].to_numpy() for name in table.column_names}
    grid = list(zip(column["step_size"], column["generator_step_size"], strict=True))
    last = column["rung"] == column["rung"].max()
    names = ("step_size", "generator_step_size", "score", "diverged_at")
    return tuning.choose(grid, tuning.standings_of(*(column[name][last] for name in names)))


def choices(study, paths):
    """The chosen step sizes of all tuned cells, a row each."""
    rows = []
    for name, cell in study.cells().items():
        if cell.tuned:
            choice = choose_from(paths[name], tuning_parameters(study, cell))
            rows.append(
                {
                    "cell": name,
                    "method": cell.setup.method,
                    "bits": bits(cell.setup),
                    "step_size": choice.step_size,
                    "generator_step_size": (
                        choice.generator_step_size if cell.setup.conditions else None
                    ),
                    "score": choice.score,
                    "on_edge": " ".join(choice.edges),
                }
            )
    return rows


def sweeps(study, paths):
    """All tuning runs of a study as columns: one row a cell, rung, point of the grid and seed."""
    parts = []
    for name, cell in study.cells().items():
        if cell.tuned:
            table = read_table(paths[name], "tuning", tuning_parameters(study, cell))
            labels = {"cell": name, "method": cell.setup.method, "bits": bits(cell.setup)}
            rows = {
                column: values.to_numpy()
                for column, values in zip(table.column_names, table.columns, strict=True)
            }
            if not cell.setup.conditions:
                rows["generator_step_size"] = np.full(len(table), np.nan)
            parts.append(_labelled(labels, rows))
    return _concatenate(parts) if parts else {}


def runs_and_outcomes(study, paths):
    """Gather the cells of a study into its two tables, one after the other.

    Parameters
    ----------
    study : Study
    paths : dict
        From the name of a training job to the path of its table.

    Yields
    ------
    runs, outcomes : dicts of columns
        The rows of one (experiment, cell): one per (seed, recorded epoch) and
        one per seed.
    """
    depth = max([2, *(len(cell.setup.hidden) for cell in study.cells().values())])
    names = [*FINAL_MEASURES, *layer_columns(depth), *EXTRA_MEASURES]
    for experiment, listed in study.experiments.items():
        for factors, cell in listed:
            labels = arm_labels(study, experiment, factors, cell)
            parts = []
            for job, seeds in study.parts(cell):
                parameters = cell_parameters(study, cell, seeds)
                run = _read_run(paths[job], parameters, cell, names)
                parts.append(
                    (
                        _run_rows(labels, run, names),
                        _outcome_rows(labels, run, names, cell.setup, len(seeds)),
                    )
                )
            runs, outcomes = map(_concatenate, zip(*parts, strict=True))
            yield runs, outcomes | likenesses(study, listed, cell, paths, depth)


def likenesses(study, listed, cell, paths, depth):
    """The columns `likeness_k` of a cell: how alike what layer k makes of the probes is to what it
    does in the network of the same seed that backprop trains, all else equal; of backprop itself,
    how alike it is to that of the next seed (`representations.likeness`). NaN without probes."""
    blank = np.full(len(study.evaluation_seeds), np.nan)
    columns = {f"likeness_{k}": blank for k in range(1, depth + 1)}
    if task_of(cell.setup).probes() is None:
        return columns
    twin = replace(cell, setup=replace(cell.setup, method="backprop", update_probability=1.0))
    if twin.name not in {other.name for _, other in listed}:
        return columns
    own = dissimilarities(study, cell, paths)
    reference = own if cell.name == twin.name else dissimilarities(study, twin, paths)
    for k, pair in enumerate(zip(own, reference, strict=True), start=1):
        columns[f"likeness_{k}"] = representations.likeness(*pair)
    return columns


def dissimilarities(study, cell, paths):
    """For each hidden layer of a cell the (seeds, pairs) dissimilarities of the probes."""
    names = [f"dissimilarity_{k}" for k in range(1, len(cell.setup.hidden) + 1)]
    found = {name: [] for name in names}
    for job, seeds in study.parts(cell):
        table = read_table(paths[job], "cell", cell_parameters(study, cell, seeds))
        for name in names:
            kept = table[name].drop_null().to_pylist()
            found[name] += [np.frombuffer(each, representations.PRECISION) for each in kept]
    return [np.stack(rows) for rows in found.values()]


def _read_run(path, parameters, cell, names):
    table = read_table(path, "cell", parameters)
    run = {name: column.to_numpy() for name, column in zip(table.column_names, table.columns)}
    blank = np.full(len(table), np.nan)
    run |= {name: blank for name in names if name not in run}
    if not cell.setup.conditions:
        run["generator_step_size"] = blank
    return run


def bits(setup):
    """Digits of the sum as they stand in the tables, 0 where nothing is added."""
    return setup.bits if task_of(setup).has_bits else 0


def arm_labels(study, experiment, factors, cell):
    """The columns that tell an arm of an experiment from others, as they stand in the tables."""
    labels = {
        "experiment": experiment,
        "cell": cell.name,
        "method": cell.setup.method,
        "bits": bits(cell.setup),
    }
    texts = {
        name: setting_text(factors[name]) if name in factors else None for name in study.factors()
    }
    return labels | texts


def _run_rows(labels, run, names):
    recorded = run["recorded"].astype(bool)
    columns = ["seed", "epoch", "step_size", "generator_step_size", *names, "diverged_at"]
    rows = {name: run[name][recorded] for name in columns}
    # The outcomes have the last values in full.
    with np.errstate(over="ignore"):
        rows |= {name: rows[name].astype(np.float32) for name in columns if _is_curve(name)}
    return _labelled(labels, rows)


def _is_curve(name):
    """Whether a measure stands in the runs in single precision, which makes them half as large."""
    return name in SINGLE or name.rpartition("_")[0] in LAYER_MEASURES


def _outcome_rows(labels, run, names, setup, seeds):
    by_seed = {name: column.reshape(seeds, -1) for name, column in run.items()}
    curve = by_seed["bit_accuracy"][:, 1:]
    chance = by_seed["chance"][:, 0]
    rows = {
        "seed": by_seed["seed"][:, 0],
        "epochs": by_seed["epoch"][:, -1],
        "step_size": by_seed["step_size"][:, 0],
        "generator_step_size": by_seed["generator_step_size"][:, 0],
        "chance": chance,
        "accuracy_auc": measures.accuracy_auc(curve, chance),
        "epochs_to_95": measures.epochs_to(curve, 0.95),
        "accuracy_at_equal_updates": measures.at_equal_updates(curve, setup.update_probability),
    }
    rows |= {name: by_seed[name][:, -1] for name in names}
    return _labelled(labels, rows | {"diverged_at": by_seed["diverged_at"][:, 0]})


def _labelled(labels, rows):
    length = len(rows["seed"])
    return {name: np.full(length, value, dtype=object) for name, value in labels.items()} | rows


def _concatenate(parts):
    columns = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    whole = {"bits": np.int64, "epoch": np.int64}
    return columns | {
        name: columns[name].astype(kind) for name, kind in whole.items() if name in columns
    }
