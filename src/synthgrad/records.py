"""The tables: what is in them, and how they are written and read.

A table is written under a temporary name and renamed, so a half-written one is
never found under its own. Parquet pages carry checksums and the file names its
kind, so a table that is truncated, altered or of another kind is refused.
"""

import hashlib
import os
import tempfile
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from . import measures, tuning
from .study import setting_text

VERSION = 1
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


def write_table(columns, kind, path):
    """Write a dict of equally long columns as a Parquet table of this kind."""
    if kind not in KINDS:
        raise ValueError(f"kind is {kind!r}; allowed are {', '.join(KINDS)}")
    table = pa.table({name: pa.array(column, from_pandas=True) for name, column in columns.items()})
    table = table.replace_schema_metadata({"synthgrad": f"{kind}/{VERSION}"})
    with replacing(path) as temporary:
        pq.write_table(table, temporary, compression="zstd", write_page_checksum=True)


def read_table(path, kind):
    """Read a Parquet table of this kind as a pyarrow.Table.

    Raises
    ------
    DamagedTable
        If the file is missing, truncated, altered or not a table of this kind.
    """
    try:
        table = pq.read_table(path, page_checksum_verification=True)
    except (OSError, pa.ArrowException) as error:
        reason = " ".join(str(error).split())
        raise DamagedTable(f"{path} cannot be read ({reason}); delete it and run again") from None
    found = (table.schema.metadata or {}).get(b"synthgrad", b"no synthgrad table").decode()
    if found != f"{kind}/{VERSION}":
        raise DamagedTable(f"{path} is {found}, not {kind}/{VERSION}; delete it and run again")
    return table


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


def choose_from(path):
    """The tuning.Choice that a tuning table leads to."""
    table = read_table(path, "tuning")
    columns = ("step_size", "generator_step_size", "accuracy_auc")
    return tuning.choose(*(table[name].to_numpy() for name in columns))


def choices(study, paths):
    """The chosen step sizes of all tuned cells, a row each."""
    rows = []
    for name, cell in study.cells().items():
        if cell.tuned:
            choice = choose_from(paths[name])
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
            table = read_table(paths[cell.name], "cell")
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
