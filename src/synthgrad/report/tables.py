"""The tables that the report is made of.

From here come what a run is read from, the inputs of the rules and what is published beside the
study: a new table is one entry.
"""

from pathlib import Path
from typing import NamedTuple

from synthgrad.search.spaces import STEP_SIZES


class Table(NamedTuple):
    """A table of the report.

    file : its name in a folder of results
    columns : those that the report asks for of one that is not there, or has no rows
    measured : where a command leaves it that measures it apart from any run; such a table need not
        be there
    every_setting : whether the report takes the rows of all settings of an arm, not only of the
        chosen
    """

    file: str
    columns: tuple = ()
    measured: str = ""
    every_setting: bool = False


TABLES = {
    "runs": Table("runs.parquet"),
    "outcomes": Table("outcomes.parquet"),
    "sweeps": Table("sweeps.parquet", every_setting=True),
    "summary": Table("summary.csv"),
    "contrasts": Table("statistics.csv", ("experiment", "measure")),
    "survival": Table("survival.csv", ("experiment",)),
    "ranking": Table("ranking.csv", ("experiment",)),
    "factorial": Table("factorial.csv", ("experiment",)),
    "simulations": Table("simulations.csv"),
    "claims": Table("claims.csv"),
    "robustness": Table("robustness.csv"),
    "representable": Table("representable.csv"),
    "tuned": Table("tuned.csv", ("cell", "score", *STEP_SIZES, "on_edge"), every_setting=True),
    "benchmark": Table(
        "benchmark.csv",
        (
            *("bits", "hidden", "method", "contestant", "microseconds", "times_engine", "bound"),
            "machine",
        ),
        measured="results/benchmark/step.csv",
    ),
    "portability": Table(
        "portability.csv",
        ("place", "run", "digest", "identical", "seconds"),
        measured="results/portability/portability.csv",
    ),
}
"""By the names that the report has for them."""

MEASURED = {name: table.measured for name, table in TABLES.items() if table.measured}
"""Where the tables are left that are measured apart from any run."""

IN_RANKS = {
    "decoupling_times": {
        "times": "decoupling_times",
        "layers": "decoupling_layers",
        "messages": "decoupling_messages",
    },
    "decoupling_model": {
        "summary": "decoupling",
        "operations": "decoupling_operations",
        "model": "decoupling_model",
        "simulated": "decoupling_simulated",
    },
    "decoupled_runs": {"runs": "decoupled_runs", "outcomes": "decoupled_outcomes"},
    "decoupling_answer": {
        "seconds": "decoupling_seconds",
        "answer": "decoupling_answer",
        "learning": "decoupling_learning",
    },
}
"""The tables of layers as MPI ranks, of which there need not be any: by the rule that makes them,
its short names for them and theirs."""

RANKS = tuple(name for made in IN_RANKS.values() for name in made.values())


def paths_of_run(folder):
    """Paths of the tables that every run has, and of its manifest, by name."""
    files = {name: each.file for name, each in TABLES.items() if not each.measured}
    files["manifest"] = "manifest.json"
    return {name: f"{folder}/{file}" for name, file in files.items()}


def existing(folder, names):
    """Paths of those of some CSV tables that are in a folder, by name."""
    paths = {name: f"{folder}/{name}.csv" for name in names}
    return {name: path for name, path in paths.items() if Path(path).exists()}
