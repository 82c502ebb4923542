"""What a run found: its tables, and the selections from them that the report tells of.

Pure functions of data frames, but for `read_run`. A selection of what a config
leaves out is empty.
"""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from . import records, statistics
from .analysis import MEASURES
from .study import Study

PRIMARY = MEASURES[0]
"""The outcome on which methods are compared."""

SIGNIFICANCE = round(1 - statistics.CONFIDENCE, 6)
"""A contrast is settled if its adjusted p-value is less, in keeping with the intervals."""

PUBLISHED_SEED = 1
"""The seed of every program of the tutorial."""


@dataclass(frozen=True)
class Run:
    """A run's study, tables (data frames) and manifest (dict)."""

    study: Study
    runs: pd.DataFrame
    outcomes: pd.DataFrame
    summary: pd.DataFrame
    contrasts: pd.DataFrame
    tuned: pd.DataFrame
    manifest: dict

    def cells(self, experiment):
        """The cells of an experiment, in the order of the config; none if it is not run."""
        return [cell for _, cell in self.study.experiments.get(experiment, [])]

    def outcomes_of(self, experiment, cells=None):
        """Outcomes of an experiment, of some of its cells if they are named."""
        found = self.outcomes[self.outcomes["experiment"] == experiment]
        return found if cells is None else found[found["cell"].isin(cells)]


def read_run(study, runs, outcomes, summary, contrasts, tuned, manifest):
    """A `Run` from the paths of its tables and manifest."""
    return Run(
        study,
        records.read_table(runs, "runs").to_pandas(),
        records.read_table(outcomes, "outcomes").to_pandas(),
        pd.read_csv(summary),
        read_csv(contrasts, ["experiment", "measure"]),
        read_csv(tuned, ["cell", "step_size", "generator_step_size", "on_edge"]),
        json.loads(Path(manifest).read_text(encoding="utf-8")),
    )


def read_csv(path, columns):
    """A CSV table; an empty one with these columns where the study has no such rows."""
    try:
        return pd.read_csv(path)
    except pd.errors.EmptyDataError:
        return pd.DataFrame(columns=columns)


def methods_and_widths(run):
    """Methods of the headline in the order of the config, its widths in ascending order.

    Raises
    ------
    ValueError
        If the experiment varies more than method and bits.
    """
    cells = run.cells("headline")
    arms = {(cell.setup.method, cell.setup.bits) for cell in cells}
    if len(arms) < len({cell.name for cell in cells}):
        raise ValueError("experiments.headline: the report allows it to vary method and bits alone")
    methods = list(dict.fromkeys(cell.setup.method for cell in cells))
    return methods, sorted({bits for _, bits in arms})


def is_decoupled(method):
    """Whether a method has generators."""
    return method.startswith("dni[")


def headline_estimates(run):
    """Rows of the summary by (method, bits, measure)."""
    rows = run.summary[run.summary["experiment"] == "headline"].to_dict("records")
    return {(found["method"], found["bits"], found["measure"]): found for found in rows}


def headline_choices(run):
    """Rows of the chosen step sizes that belong to the headline."""
    names = [cell.name for cell in run.cells("headline")]
    return run.tuned[run.tuned["cell"].isin(names)]


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


def run_editions(run):
    """Names of the published programs that a run replays, in its order."""
    return list(dict.fromkeys(cell.edition for cell in run.cells("editions") if cell.edition))


def edition_ends(run, edition):
    """Outcomes of a replayed program, one row a seed; none if it is not run."""
    return run.outcomes_of(
        "editions", [cell.name for cell in run.cells("editions") if cell.edition == edition]
    )


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


def sign_ends(run, step, generator):
    """A pair of directions before and after training: two frames, by seed.

    The first printed error is that of the first pass, during which the network
    is already updated; the other measures are those of the untrained network.
    """
    names = [
        cell.name
        for cell in run.cells("signs")
        if (cell.setup.step_direction, cell.setup.generator_step_direction) == (step, generator)
    ]
    recorded = run.runs[(run.runs["experiment"] == "signs") & run.runs["cell"].isin(names)]
    untrained = recorded[recorded["epoch"] == 0].set_index("seed")
    first_pass = recorded[recorded["epoch"] == 1].set_index("seed")
    last = run.outcomes_of("signs", names).set_index("seed")
    return untrained.assign(printed_error=first_pass["printed_error"]).reindex(last.index), last
