"""A random sample of published runs, trained again and compared to the last bit.

What a run is follows from the config that the manifest keeps and from the published step sizes:
no tuning is repeated. The draw goes round the experiments, so that a short check reaches them all.
"""

import random
import time
from collections import Counter
from dataclasses import dataclass, replace
from statistics import median
from typing import NamedTuple

import numpy as np
import pandas as pd

from synthgrad.outcomes.gather import cell_name, curve_rows, deepest, rows_of_cell
from synthgrad.outcomes.twins import COMPARISONS
from synthgrad.reproduce import manifest
from synthgrad.reproduce.agreement import by_cell
from synthgrad.reproduce.digests import digests, read_training_tables
from synthgrad.reproduce.parting import Parting, parting
from synthgrad.reproduce.receipt import machine_text
from synthgrad.search.spaces import STEP_SIZES
from synthgrad.study.cells import cell_columns
from synthgrad.study.config import read_config
from synthgrad.study.cost import replica_epoch
from synthgrad.study.expansion import parse_study
from synthgrad.study.experiments import Study
from synthgrad.study.published import shipped
from synthgrad.study.ranks import TIMED
from synthgrad.study.training import train_cell
from synthgrad.study.tuning import ABOVE_0


class Run(NamedTuple):
    """A published run: of a cell, by its name, in an experiment."""

    experiment: str
    cell: str
    seed: int


@dataclass(frozen=True)
class Published:
    """Published tables and the study that they are of.

    manifest : dict, empty where there is none
    frames : dict from (experiment, cell), of those that the study has, to frames as of `by_cell`
    digest : of all values in the tables
    """

    study: Study
    manifest: dict
    frames: dict
    digest: str

    def cell(self, run):
        """The cell of a run."""
        return self.study.cells[run.cell.removesuffix(f",{ABOVE_0}")]

    def rows(self, run):
        """The rows of a run in all tables."""
        frames = self.frames[run.experiment, run.cell]
        return {kind: frame[frame["seed"] == run.seed] for kind, frame in frames.items()}

    def all_runs(self):
        """Every `Run` in the tables."""
        return [
            Run(*name, int(seed))
            for name, frames in self.frames.items()
            for seed in frames["outcomes"]["seed"]
        ]


@dataclass(frozen=True)
class Check:
    """A run that was trained again: how long it took, and where it parts if it does."""

    run: Run
    seconds: float
    parting: Parting | None

    def __str__(self):
        run = self.run
        about = f"{self.seconds:7.1f} s  {run.experiment}/{run.cell}"
        if self.parting:
            return f"different {about}: {self.parting}"
        return f"identical {about}: seed {run.seed}"


def read_published(folder, progress=lambda what: None):
    """The `Published` of a folder.

    Parameters
    ----------
    folder : str or Path
    progress : callable
        Called with a text before each step that takes time.

    Raises
    ------
    DamagedTable, ConfigError
        If its tables or its config cannot be read.
    """
    progress("reading the tables")
    about = manifest.read(folder)
    tables = read_training_tables(folder)
    config = about.get("config") or read_config(shipped("config") / "config.yaml")
    study = parse_study(config, shipped("schemas") / "config.schema.yaml")
    known = {
        (experiment, cell_name(cell, chosen))
        for experiment, listed in study.experiments.items()
        for _, cell in listed
        for chosen in (cell.as_chosen, ABOVE_0)
    }
    frames = {name: frames for name, frames in by_cell(tables).items() if name in known}
    digest = digests(tables, lambda name: progress(f"digest of {name}"))["all"]
    return Published(study, about, frames, digest)


def draw(runs, seed):
    """Runs in a random order that goes round the experiments.

    Parameters
    ----------
    runs : list of Run
    seed : int

    Yields
    ------
    Run
        Each once.
    """
    generator = random.Random(seed)
    left = {}
    for run in generator.sample(runs, len(runs)):
        left.setdefault(run.experiment, []).append(run)
    while left:
        for experiment in generator.sample(sorted(left), len(left)):
            yield left[experiment].pop()
            if not left[experiment]:
                del left[experiment]


AROUND = 0.3
"""Seconds that a run may take beside training: a small one says nothing of how long a large one
takes."""


def check(published, runs, seconds, progress=lambda replicas: None):
    """Train runs again: always the first, then those that would end within these seconds.

    Of those that would, the next is always the first one of an experiment that has been checked
    least.

    Yields
    ------
    Check
    """
    began, paces, checked = time.perf_counter(), [], Counter()
    left = {run: _work(published.cell(run).setup) for run in runs}
    run = next(iter(left))
    retrained(published, run, progress, epochs=1)  # what is loaded on first use is not of this run
    while run:
        started = time.perf_counter()
        parted = parting(train_again(published, run, progress), published.rows(run))
        took = time.perf_counter() - started
        work = left.pop(run)
        if took > AROUND:
            paces.append((took - AROUND) / work)
        checked[run.experiment] += 1
        yield Check(run, took, parted)
        pace = median(paces) if paces else 0.0
        remaining = seconds - (time.perf_counter() - began)
        fitting = [run for run, work in left.items() if AROUND + pace * work <= remaining]
        run = min(fitting, key=lambda run: checked[run.experiment], default=None)


def _work(setup):
    return setup.epochs * replica_epoch(setup)


def train_again(published, run, progress=lambda replicas: None):
    """The rows of a run in the tables of runs, outcomes and curves as they come out now."""
    history = retrained(published, run, progress)
    depth = deepest(published.study)
    own = cell_columns(history)
    runs, outcomes = rows_of_cell(own, history.setup, depth)
    for comparison in COMPARISONS:
        if twin := twin_run(published, run, comparison):
            other = cell_columns(retrained(published, twin, progress))
            for outcome, name in comparison.columns(history.setup).items():
                outcomes[outcome] = comparison.of_bytes(own[name][-1], other[name][-1])
    rows = {"runs": runs, "outcomes": outcomes, "curves": curve_rows(own, history.setup)}
    return {kind: pd.DataFrame(columns) for kind, columns in rows.items()}


def retrained(published, run, progress, epochs=None):
    """The History of a run with the published step sizes, or of its first epochs."""
    cell, rows = published.cell(run), published.rows(run)
    outcome = rows["outcomes"].iloc[0]
    decided = outcome[list(STEP_SIZES)].dropna().to_dict()
    if cell.has_level:
        setting = cell.tuning.level[0]
        decided[setting] = float(outcome[setting])
    setup = replace(cell.setup, **decided, epochs=epochs or cell.setup.epochs)
    recorded = np.sort(rows["runs"]["epoch"].to_numpy())
    return train_cell(setup, cell.edition, [run.seed], recorded, progress)


def twin_run(published, run, comparison):
    """The run that another is held beside (`twins.beside_twins`), None if there is none."""
    listed = published.study.experiments[run.experiment]
    twin = comparison.twin_of(published.cell(run), listed)
    if twin is None:
        return None
    cell, seed = published.cell(run), run.seed
    if twin.name == cell.name or comparison.next_seed:
        seeds = published.frames[run.experiment, run.cell]["outcomes"]["seed"].tolist()
        seed = seeds[(seeds.index(seed) + 1) % len(seeds)]
    alike = run.cell.replace(cell.name, twin.name)  # with learning generators, if it can be
    known = (run.experiment, alike) in published.frames
    return run._replace(cell=alike if known else twin.name, seed=seed)


def as_data(published, checks, seed=None):
    """What was found, as plain data; `seed` is that of the draw, if there was one."""
    experiments = sorted({check.run.experiment for check in checks})
    others = {experiment for experiment, _ in published.frames} - {*experiments}
    machine = manifest.made_with()
    data = {
        "checked": len(checks),
        "identical": sum(check.parting is None for check in checks),
        "rows": [_row(check) for check in checks],
        "draw": seed,
        "experiments": experiments,
        "not_reached": [] if seed is None else sorted(others),
        "left_out": [TIMED] if published.study.decoupling else [],
        "digest": published.digest,
        "tables": {key: published.manifest.get(key) for key in ("date", "git_commit", "cpu")},
        "machine": machine,
    }
    return data | {"summary": summary(published, data)}


def _row(check):
    row = check.run._asdict() | {"seconds": round(check.seconds, 3)}
    row |= {"identical": check.parting is None}
    if check.parting is None:
        return row
    numbers = {
        name: float(value) if np.isfinite(value) else str(value)
        for name, value in (("own", check.parting.own), ("published", check.parting.published))
    }
    return row | {"epoch": check.parting.epoch, "measure": check.parting.measure} | numbers


def summary(published, data):
    """A few sentences for a review."""
    made, machine = published.manifest, data["machine"]
    how = "chosen by name" if data["draw"] is None else f"drawn at random (seed {data['draw']})"
    said = [
        f"{data['identical']} of {data['checked']} runs, {how} from the experiments "
        f"{', '.join(data['experiments'])}, came out identical to the tables when they were "
        "trained again with the step sizes there: every measure of every recorded epoch, to the "
        "last bit of what is recorded (at epochs before the last, measures of layers and of errors "
        "in single precision).",
        f"The values in the tables, of {made.get('date', 'an unknown date')}, have the digest "
        f"{data['digest']}.",
        machine_text(machine),
    ]
    if machine["kernels"] != "compiled":
        said.append(
            f"The kernels were not the compiled ones but those of {machine['kernels']}, which "
            "round otherwise: a difference says nothing of the tables."
        )
    if data["not_reached"]:
        said.append(f"Not reached in the time: {', '.join(data['not_reached'])}.")
    if data["left_out"]:
        said.append(f"Not checked: {', '.join(data['left_out'])}, which measures times.")
    differences = list(manifest.differences(machine, made))
    if data["identical"] < data["checked"] and differences:
        listed = "; ".join(f"{entry} {other}, here {own}" for entry, own, other in differences)
        said.append(f"The tables were made with something else: {listed}.")
    return " ".join(said)
