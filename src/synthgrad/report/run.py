"""What a run found: its tables, and what several parts of the report take from them.

A selection of what a config leaves out is empty.
"""

import json
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from synthgrad.claims.robustness import COLUMNS as ROBUSTNESS
from synthgrad.report.files import FILES, RANKS, existing
from synthgrad.search.spaces import STEP_SIZES
from synthgrad.statistics.alignment import aligned
from synthgrad.statistics.representable import COLUMNS as REPRESENTABLE
from synthgrad.study.expansion import parse_study
from synthgrad.study.experiments import Study
from synthgrad.study.searches import as_chosen
from synthgrad.study.tables import read_csv, read_table

CSV = {
    "summary": [],
    "contrasts": ["experiment", "measure"],
    "survival": ["experiment"],
    "ranking": ["experiment"],
    "factorial": ["experiment"],
    "simulations": [],
    "claims": [],
    "robustness": ROBUSTNESS,
    "representable": REPRESENTABLE,
}
"""CSV tables of a run, and the columns of one without rows that the report asks for."""

MEASURED_APART = {
    "benchmark": [
        *("bits", "hidden", "method", "contestant", "microseconds", "times_engine", "bound")
    ],
    "portability": ["place", "run", "digest", "identical", "seconds"],
}
"""The same for what is not measured in a run and need not be there."""


@dataclass(frozen=True)
class Run:
    """A run's study, tables (data frames) and manifest (dict); and what was measured apart from
    it: the cost of a training step, and whether other CPUs give the same bits. `ranks` has the
    tables of layers as MPI ranks by name, if there are any.

    Where the best step sizes switch the generators of an arm off, all but `aligned`, `sweeps` and
    `tuned` are of these, and without its best setting with learning generators; `aligned` (see
    `statistics.alignment`) has this setting instead.
    """

    study: Study
    runs: pd.DataFrame
    outcomes: pd.DataFrame
    sweeps: pd.DataFrame
    summary: pd.DataFrame
    contrasts: pd.DataFrame
    survival: pd.DataFrame
    ranking: pd.DataFrame
    factorial: pd.DataFrame
    simulations: pd.DataFrame
    claims: pd.DataFrame
    robustness: pd.DataFrame
    representable: pd.DataFrame
    aligned: pd.DataFrame
    tuned: pd.DataFrame
    manifest: dict
    benchmark: pd.DataFrame
    portability: pd.DataFrame
    ranks: dict

    def cells(self, experiment, key=lambda cell: cell.name):
        """The cells of an experiment by what `key` says of them, in the order of the config;
        none if the experiment is not run.

        Raises
        ------
        ValueError
            If it says the same of different cells: the report would not tell them apart.
        """
        found = {}
        for _, cell in self.study.experiments.get(experiment, []):
            other = found.setdefault(key(cell), cell)
            if other != cell:
                raise ValueError(
                    f"experiments.{experiment}: the report cannot tell {other.name} from "
                    f"{cell.name}; allowed is to vary less"
                )
        return found

    def outcomes_of(self, experiment, cell=None):
        """Outcomes of an experiment or of one of its cells; none where `cell` is not run."""
        return _rows_of(self.outcomes, experiment, cell)

    def runs_of(self, experiment, cell):
        """Rows of the runs table of a cell."""
        return _rows_of(self.runs, experiment, cell)


def _rows_of(table, experiment, cell):
    rows = table[table["experiment"] == experiment]
    return rows if cell is None else rows[rows["cell"] == cell]


def read_run(study, paths):
    """A `Run` from the paths of its tables and manifest, a dict by name; `ranks` has a list."""
    runs, outcomes = (read_table(paths[name], name).to_pandas() for name in ("runs", "outcomes"))
    return Run(
        study=study,
        runs=as_chosen(runs),
        outcomes=as_chosen(outcomes),
        aligned=aligned(runs, outcomes),
        sweeps=read_table(paths["sweeps"], "sweeps").to_pandas(),
        tuned=read_csv(paths["tuned"], ["cell", "score", *STEP_SIZES, "on_edge"]),
        manifest=json.loads(Path(paths["manifest"]).read_text(encoding="utf-8")),
        ranks={Path(path).stem: read_csv(path) for path in paths["ranks"]},
        **{name: as_chosen(read_csv(paths[name], columns)) for name, columns in CSV.items()},
        **{
            name: read_csv(paths[name]) if name in paths else pd.DataFrame(columns=columns)
            for name, columns in MEASURED_APART.items()
        },
    )


def read_folder(folder, schema):
    """The `Run` whose results are in a folder; `schema` is the path of that of configs.

    Raises
    ------
    OSError, ValueError, DamagedTable
        If a file is missing or cannot be read.
    """
    paths = {name: Path(folder, file) for name, file in FILES.items()}
    config = json.loads(paths["manifest"].read_text(encoding="utf-8"))["config"]
    paths |= existing(folder, MEASURED_APART)
    paths["ranks"] = existing(folder, RANKS).values()
    return read_run(parse_study(config, schema), paths)


def methods_and_bits(run):
    """Methods of the headline in the order of the config, and its numbers of bits, ascending."""
    arms = run.cells("headline", lambda cell: (cell.setup.method, cell.setup.bits))
    return list(dict.fromkeys(method for method, _ in arms)), sorted({bits for _, bits in arms})


def diverged(outcomes):
    """How many replicas diverged: ``0/30``."""
    return f"{int(outcomes['diverged_at'].notna().sum())}/{len(outcomes)}"
