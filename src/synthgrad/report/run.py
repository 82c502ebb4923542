"""What a run found: its tables, and the selections from them that the report tells of.

Pure functions of data frames, but for `read_run`. A selection of what a config
leaves out is empty.
"""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from synthgrad.core.tutorial import PUBLISHED_SEED
from synthgrad.statistics.estimates import MEASURES
from synthgrad.statistics.tests import SIGNIFICANCE
from synthgrad.study import tables as records
from synthgrad.study.experiments import Study

PRIMARY = MEASURES[0]
"""The outcome on which methods are compared."""


@dataclass(frozen=True)
class Run:
    """A run's study, tables (data frames) and manifest (dict); and what was measured apart from
    it: the cost of a training step, and how far the kernels of other CPUs are. `ranks` has the
    tables of layers as MPI ranks by name, if there are any."""

    study: Study
    runs: pd.DataFrame
    outcomes: pd.DataFrame
    summary: pd.DataFrame
    contrasts: pd.DataFrame
    survival: pd.DataFrame
    ranking: pd.DataFrame
    factorial: pd.DataFrame
    power: pd.DataFrame
    claims: pd.DataFrame
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


def read_run(
    study,
    runs,
    outcomes,
    summary,
    contrasts,
    survival,
    ranking,
    factorial,
    power,
    claims,
    tuned,
    manifest,
    benchmark=(),
    portability=(),
    ranks=(),
):
    """A `Run` from the paths of its tables and manifest; of what was measured apart there is one
    path or none, of the tables of ranks all or none."""
    return Run(
        study,
        records.read_table(runs, "runs").to_pandas(),
        records.read_table(outcomes, "outcomes").to_pandas(),
        records.read_csv(summary),
        records.read_csv(contrasts, ["experiment", "measure"]),
        records.read_csv(survival, ["experiment"]),
        records.read_csv(ranking, ["experiment"]),
        records.read_csv(factorial, ["experiment"]),
        records.read_csv(power, ["experiment"]),
        records.read_csv(claims),
        records.read_csv(tuned, ["cell", "step_size", "generator_step_size", "on_edge"]),
        json.loads(Path(manifest).read_text(encoding="utf-8")),
        records.read_csv(*benchmark) if benchmark else pd.DataFrame(columns=BENCHMARK),
        records.read_csv(*portability) if portability else pd.DataFrame(columns=PORTABILITY),
        {Path(path).stem: records.read_csv(path) for path in ranks},
    )


BENCHMARK = ["bits", "hidden", "method", "contestant", "microseconds", "times_engine", "bound"]
"""Columns of the benchmark that the report takes."""

PORTABILITY = ["kernels", "seconds", "run", "outcome", "largest"]
"""Columns of the comparison of kernels."""


def of_conditioning(table):
    """The rows of a table that are of the experiment on sets of conditions."""
    return table[table["experiment"] == "conditioning"]


def headline_medians(run):
    """Rows of the survival table by (method, bits)."""
    rows = run.survival[run.survival["experiment"] == "headline"].to_dict("records")
    return {(found["method"], found["bits"]): found for found in rows}


def headline_power(run):
    """Rows of the power table by (reference, single or family)."""
    rows = run.power[run.power["experiment"] == "headline"].to_dict("records")
    return {(row["reference"], "single" if row["tests"] == 1 else "family"): row for row in rows}


def methods_and_widths(run):
    """Methods of the headline in the order of the config, its widths in ascending order."""
    arms = run.cells("headline", lambda cell: (cell.setup.method, cell.setup.bits))
    return list(dict.fromkeys(method for method, _ in arms)), sorted({bits for _, bits in arms})


def is_decoupled(method):
    """Whether a method has generators."""
    return method.startswith("dni[")


def headline_estimates(run):
    """Rows of the summary by (method, bits, measure)."""
    rows = run.summary[run.summary["experiment"] == "headline"].to_dict("records")
    return {(found["method"], found["bits"], found["measure"]): found for found in rows}


def headline_choices(run):
    """Rows of the chosen step sizes that belong to the headline."""
    return run.tuned[run.tuned["cell"].isin(run.cells("headline"))]


def headline_contrasts(run):
    """Rows of the headline's contrasts on the primary outcome."""
    table = run.contrasts
    chosen = (table["experiment"] == "headline") & (table["measure"] == PRIMARY)
    return table[chosen].to_dict("records")


def side_of(contrast):
    """Where an arm is by the adjusted test: above or below its reference, or open."""
    if not contrast["p_adjusted"] < SIGNIFICANCE:
        return "open"
    return "above" if contrast["effect_size"] > 0 else "below"


def programs(run):
    """The cells that replay the published programs, by edition."""
    return run.cells("editions", lambda cell: cell.edition)


def program_ends(run, edition):
    """Outcomes of a replayed program, one row a seed."""
    cells = programs(run)
    return run.outcomes_of("editions", cells[edition].name if edition in cells else "")


@dataclass(frozen=True)
class Spread:
    """Median and quartiles over seeds; the published seed's value and, as text, its rank
    from the lowest. NaN and a dash where there is none."""

    median: float
    low: float
    high: float
    published: float
    rank: str

    @classmethod
    def of(cls, ends, name):
        """The spread of a column of outcomes, over the seeds that have a value."""
        ends = ends[ends[name].notna()]
        low, median, high = (
            np.quantile(ends[name], [0.25, 0.5, 0.75]) if len(ends) else [np.nan] * 3
        )
        published = ends.loc[ends["seed"] == PUBLISHED_SEED, name]
        if published.empty:
            return cls(median, low, high, np.nan, "---")
        rank = 1 + int((ends[name] < published.iloc[0]).sum())
        return cls(median, low, high, published.iloc[0], f"{rank}/{len(ends)}")


def sign_ends(run, directions):
    """A pair of update directions before and after training: two frames, by seed.

    directions : of the layers' and of the generators' updates

    The first printed error is that of the first pass; the other first values
    are those of the untrained network.
    """
    cells = run.cells(
        "signs", lambda cell: (cell.setup.step_direction, cell.setup.generator_step_direction)
    )
    name = cells[directions].name if directions in cells else ""
    recorded = run.runs_of("signs", name)
    untrained = recorded[recorded["epoch"] == 0].set_index("seed")
    first_pass = recorded[recorded["epoch"] == 1].set_index("seed")
    last = run.outcomes_of("signs", name).set_index("seed")
    return untrained.assign(printed_error=first_pass["printed_error"]).reindex(last.index), last
