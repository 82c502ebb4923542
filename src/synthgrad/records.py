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
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from . import measures, tuning
from .study import cell_parameters, setting_text, tuning_parameters

VERSION = 2
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
KINDS = ("cell", "tuning", "runs", "outcomes")


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
    if kind not in KINDS:
        raise ValueError(f"kind is {kind!r}; allowed are {', '.join(KINDS)}")
    table = pa.table({name: pa.array(column, from_pandas=True) for name, column in columns.items()})
    label = {"synthgrad": f"{kind}/{VERSION}", "parameters": _canonical(parameters)}
    table = table.replace_schema_metadata(label | {"seal": _seal(table, label)})
    with replacing(path) as temporary:
        pq.write_table(table, temporary, compression="zstd", write_page_checksum=True)


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
        table = pq.read_table(path, page_checksum_verification=True)
        wrong = _what_is_wrong(table, kind, parameters)
    except (OSError, UnicodeDecodeError, pa.ArrowException) as error:
        wrong = f"cannot be read ({' '.join(str(error).split())})"
    if wrong:
        raise DamagedTable(f"{path} {wrong}; delete it and run again")
    return table


def _what_is_wrong(table, kind, parameters):
    """Why a table is not of this kind, intact and made with these parameters; None if it is."""
    label = {key.decode(): text.decode() for key, text in (table.schema.metadata or {}).items()}
    found = label.get("synthgrad", "no synthgrad table")
    if found != f"{kind}/{VERSION}":
        return f"is {found}, not {kind}/{VERSION}"
    if label.pop("seal", None) != _seal(table, label):
        return "is not as it was written"
    if parameters is not None and label["parameters"] != _canonical(parameters):
        return "holds runs with other settings"
    return None


def _canonical(parameters):
    return json.dumps(parameters, sort_keys=True)


def _seal(table, label):
    """SHA-256 over a table's label and its columns' names, types and values.

    The checksums of Parquet cover the pages but not the footer, where one bit
    can rename a column.
    """
    digest = hashlib.sha256(_canonical(label).encode())
    for name, column in zip(table.column_names, table.columns, strict=True):
        digest.update(f"{name} {column.type}".encode())
        values = column.to_numpy()
        texts = values.dtype == object
        digest.update(repr(values.tolist()).encode() if texts else values.tobytes())
    return digest.hexdigest()


def write_csv(rows, path):
    """Write a list of equally keyed dicts, or a data frame, as CSV with full precision."""
    with replacing(path) as temporary:
        pd.DataFrame(rows).to_csv(temporary, index=False)


def file_checksum(path):
    """SHA-256 of a file, in hexadecimal."""
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()


def layer_columns(depth):
    """Names of the measures of every hidden layer."""
    return [f"{name}_{k}" for name in LAYER_MEASURES for k in range(1, depth + 1)]


def cell_columns(history):
    """A history as columns: one row a seed and epoch, `recorded` where all measures were taken."""
    replicas, points = history.measures["bit_accuracy"].shape
    epoch = np.arange(points)
    columns = {
        "seed": history.seeds.repeat(points),
        "epoch": np.tile(epoch, replicas),
        "recorded": np.tile(np.isin(epoch, history.epochs), replicas),
        "step_size": history.step_size.repeat(points),
        "generator_step_size": history.generator_step_size.repeat(points),
        "chance": history.chance.repeat(points),
        "diverged_at": history.diverged_at.repeat(points),
    }
    return columns | {name: values.ravel() for name, values in history.measures.items()}


def tuning_columns(history):
    """A sweep as columns: one row a point of the grid and seed."""
    return {
        "seed": history.seeds,
        "step_size": history.step_size,
        "generator_step_size": history.generator_step_size,
        "accuracy_auc": tuning.scores(history),
        "bit_accuracy": history.measures["bit_accuracy"][:, -1],
        "diverged_at": history.diverged_at,
    }


def choose_from(path, parameters):
    """The tuning.Choice that a tuning table with these parameters leads to."""
    table = read_table(path, "tuning", parameters)
    columns = ("step_size", "generator_step_size", "accuracy_auc")
    return tuning.choose(*(table[name].to_numpy() for name in columns))


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
                    "bits": cell.setup.bits,
                    "step_size": choice.step_size,
                    "generator_step_size": (
                        choice.generator_step_size if cell.setup.conditions else None
                    ),
                    "accuracy_auc": choice.score,
                    "on_edge": " ".join(choice.edges),
                }
            )
    return rows


def runs_and_outcomes(study, paths):
    """Gather the cells of a study into its two tables.

    Parameters
    ----------
    study : Study
    paths : dict
        From a cell's name to the path of its table.

    Returns
    -------
    runs, outcomes : dicts of columns
        One row per (experiment, cell, seed, recorded epoch) and per
        (experiment, cell, seed).
    """
    depth = max([2, *(len(cell.setup.hidden) for cell in study.cells().values())])
    names = [*FINAL_MEASURES, *layer_columns(depth), *EXTRA_MEASURES]
    runs, outcomes = [], []
    for experiment, listed in study.experiments.items():
        for factors, cell in listed:
            table = read_table(paths[cell.name], "cell", cell_parameters(study, cell))
            run = {
                name: column.to_numpy() for name, column in zip(table.column_names, table.columns)
            }
            blank = np.full(len(table), np.nan)
            run |= {name: blank for name in names if name not in run}
            if not cell.setup.conditions:
                run["generator_step_size"] = blank
            labels = _labels(study, experiment, factors, cell)
            seeds = len(np.unique(run["seed"]))
            runs.append(_run_rows(labels, run, names))
            outcomes.append(_outcome_rows(labels, run, names, seeds))
    return _concatenate(runs), _concatenate(outcomes)


def _labels(study, experiment, factors, cell):
    labels = {
        "experiment": experiment,
        "cell": cell.name,
        "method": cell.setup.method,
        "bits": cell.setup.bits,
    }
    texts = {
        name: setting_text(factors[name]) if name in factors else None for name in study.factors()
    }
    return labels | texts


def _run_rows(labels, run, names):
    recorded = run["recorded"].astype(bool)
    columns = ["seed", "epoch", "step_size", "generator_step_size", *names, "diverged_at"]
    rows = {name: run[name][recorded] for name in columns}
    return _labelled(labels, rows)


def _outcome_rows(labels, run, names, seeds):
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
