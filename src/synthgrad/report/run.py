"""What a run found: its tables, and what several parts of the report take from them.

A selection of what a config leaves out is empty.
"""

import json
from pathlib import Path

import pandas as pd

from synthgrad.report.tables import MEASURED, RANKS, TABLES, existing, paths_of_run
from synthgrad.statistics.mean_alignment import aligned
from synthgrad.study.expansion import parse_study
from synthgrad.study.tables import read_csv, read_table
from synthgrad.study.tuning import as_chosen


class Run:
    """What a run found.

    Where the best step sizes switch the generators of an arm off, all but `aligned`, `sweeps` and
    `tuned` are of these, and without its best setting with learning generators; `aligned` (see
    `statistics.mean_alignment`) has this setting instead.

    Parameters
    ----------
    study : Study
    manifest : dict
    ranks : dict of DataFrame
        The tables of layers as MPI ranks by name, if there are any.
    tables : DataFrame
        Those of `report.tables.TABLES`, and `aligned`, which are attributes.
    """

    def __init__(self, study, manifest, ranks, **tables):
        self.study, self.manifest, self.ranks = study, manifest, ranks
        vars(self).update(tables)

    def changed(self, **changes):
        """The same with some of it changed."""
        return Run(**vars(self) | changes)

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
    read = {name: _read(name, table, paths.get(name)) for name, table in TABLES.items()}
    return Run(
        study,
        manifest=json.loads(Path(paths["manifest"]).read_text(encoding="utf-8")),
        ranks={Path(path).stem: read_csv(path) for path in paths["ranks"]},
        aligned=aligned(read["runs"], read["outcomes"]),
        **{
            name: frame if TABLES[name].every_setting else as_chosen(frame)
            for name, frame in read.items()
        },
    )


def _read(name, table, path):
    """A table from its path, None if it was not measured."""
    if path is None:
        return pd.DataFrame(columns=table.columns)
    if Path(table.file).suffix == ".parquet":
        return read_table(path, name).to_pandas()
    return read_csv(path, table.columns)


def read_folder(folder, schema):
    """The `Run` whose results are in a folder; `schema` is the path of that of configs.

    Raises
    ------
    OSError, ValueError, DamagedTable
        If a file is missing or cannot be read.
    """
    paths = paths_of_run(folder) | existing(folder, MEASURED)
    config = json.loads(Path(paths["manifest"]).read_text(encoding="utf-8"))["config"]
    paths["ranks"] = existing(folder, RANKS).values()
    return read_run(parse_study(config, schema), paths)


def methods_and_bits(run):
    """Methods of the headline in the order of the config, and its numbers of bits, ascending."""
    arms = run.cells("headline", lambda cell: (cell.setup.method, cell.setup.bits))
    return list(dict.fromkeys(method for method, _ in arms)), sorted({bits for _, bits in arms})


def diverged(outcomes):
    """How many replicas diverged: ``0/30``."""
    return f"{int(outcomes['diverged_at'].notna().sum())}/{len(outcomes)}"
