"""From the config to what is to be trained: experiments, cells, setups.

A cell is a setup with the evaluation seeds. Cells are named after what makes
them differ, so experiments that share a cell share its runs.
"""

from dataclasses import asdict, dataclass, replace
from itertools import product
from math import prod

from synthgrad.core.setup import Setup, field_names
from synthgrad.core.tasks import TASKS, task_of
from synthgrad.core.tutorial import EDITIONS
from synthgrad.study import memory
from synthgrad.study.config import ConfigError, check, with_numbers
from synthgrad.study.tuning import Rung, grid_of

MOST_CELLS = 10_000
"""Of one experiment; Snakemake plans this many jobs in minutes."""

IN_RANKS = {
    "none": "backprop",
    "local-loss": "local-loss",
    "output": "dni[output]",
    "label": "dni[label]",
    "output+label": "dni[output+label]",
}
"""Methods whose layers are run as MPI ranks, by their names in the column `conditioning` of the
tables of times: what generators see, where there are any."""

STUDIED_IN_RANKS = "headline"
"""The experiment whose networks are run as MPI ranks, too."""

TIMED = "decoupling"
"""The name under which what is timed in ranks stands beside the experiments that train."""

LONGEST_NAME = 220
"""Characters of a cell's name; files may have 255, and get some added to theirs."""


@dataclass(frozen=True)
class Cell:
    """What one training job trains.

    setup : Setup, whose step sizes do not count where `tuned`
    tuned : whether the step sizes come from the tuning grid
    edition : the published program it starts from, or None
    """

    setup: Setup
    tuned: bool
    edition: str | None = None

    @property
    def name(self):
        """The method or edition, then each setting that differs from its default."""
        base = EDITIONS[self.edition].setup if self.edition else Setup(method=self.setup.method)
        skipped = {"method", *(("step_size", "generator_step_size") if self.tuned else ())}
        parts = [self.edition or method_slug(self.setup.method)]
        for name in field_names():
            value = getattr(self.setup, name)
            if name not in skipped and value != getattr(base, name):
                parts.append(f"{name}={setting_text(value)}")
        return ",".join([*parts, *(["tuned"] if self.tuned else [])])


@dataclass(frozen=True)
class Study:
    """A whole study.

    seeds_per_job : at most how many evaluation seeds a training job takes; None for all
    rungs : list of (share of a cell's epochs, tuning seeds, points that go on)
    grids : dict of task to the (step sizes, generator step sizes) to try
    experiments : dict of experiment name to list of (factors, Cell), factors
        being the dict of settings that the experiment varies
    decoupling : the config of what is measured in MPI ranks, None if nothing is
    """

    preset: str
    evaluation_seeds: range
    tuning_seeds: range
    seeds_per_job: int | None
    records: int
    resamples: int
    bootstrap_seed: int
    rungs: tuple[tuple[float, int, int], ...]
    grids: dict
    experiments: dict
    decoupling: dict | None = None

    def cells(self):
        """Every cell once, by name."""
        return {cell.name: cell for listed in self.experiments.values() for _, cell in listed}

    def cells_in_ranks(self):
        """The cells whose networks are timed as MPI ranks, too."""
        return [cell for _, cell in self.experiments.get(STUDIED_IN_RANKS, [])]

    def decoupled_cells(self):
        """Those of them that are trained in decoupled ranks."""
        decoupled = set(IN_RANKS.values()) - {IN_RANKS["none"]}
        return [
            cell
            for cell in self.cells_in_ranks()
            if cell.setup.method in decoupled and cell.setup.bits == self.decoupling["bits"]
        ]

    def seeds_in_ranks(self):
        """The evaluation seeds on which they are."""
        return self.evaluation_seeds[: self.decoupling.get("seeds")]

    def late_targets(self):
        """What late targets of generators are compared with there: one or both forms, the one that
        claims are about first."""
        return self.decoupling.get("late_targets", ["repredicted"])

    def jobs(self):
        """What each training job trains, (Cell, seeds), by name: a cell or a part of its seeds."""
        return {
            name: (cell, seeds)
            for cell in self.cells().values()
            for name, seeds in self.parts(cell)
        }

    def parts(self, cell):
        """The (name, seeds) of the jobs that train a cell, in the order of the seeds."""
        whole, name = self.evaluation_seeds, job_name(cell.name)
        size = self.seeds_per_job or len(whole)
        if size >= len(whole):
            return [(name, whole)]
        parts = [whole[start : start + size] for start in range(0, len(whole), size)]
        return [(f"{name}_seeds={seeds[0]}-{seeds[-1]}", seeds) for seeds in parts]

    def tunings(self):
        """The cell that each tuning job chooses step sizes for, by the job's name."""
        return {job_name(cell.name): cell for cell in self.cells().values() if cell.tuned}

    def grid(self, setup):
        """The (step size, generator step size) pairs to try for a setup, in order."""
        return grid_of(setup, *self.grids[setup.task])

    def factors(self):
        """Names of all settings that some experiment varies, without those that have columns
        of their own in every table."""
        varied = {
            name
            for listed in self.experiments.values()
            for factors, _ in listed
            for name in factors
        }
        order = ["edition", *field_names()]
        return [name for name in order if name in varied - {"method", "bits", "epochs"}]


def job_name(cell_name):
    """Name of a cell's jobs and their files. Without commas, since Snakemake
    cannot hand a wildcard with commas to a cluster."""
    return cell_name.replace(",", "_")


def method_slug(method):
    """A method's name without brackets: ``dni[output]`` gives ``dni-output``."""
    return method.replace("[", "-").replace("]", "")


def setting_text(value):
    """A setting as it stands in file names and tables."""
    if isinstance(value, tuple):
        return "-".join(map(str, value))
    return str(value).lower() if isinstance(value, bool) else str(value)


def parse_study(config, schema_path):
    """Check a config against its schema and expand it.

    Raises
    ------
    ConfigError
        Names the key, its value and what is allowed.
    """
    config = with_numbers(config)
    check(config, schema_path)
    _check_across(config)
    study = Study(
        preset=config["preset"],
        evaluation_seeds=_seed_range(config["seeds"]["evaluation"]),
        tuning_seeds=_seed_range(config["seeds"]["tuning"]),
        seeds_per_job=config["seeds"].get("per_job"),
        records=config["records"],
        resamples=config["bootstrap"]["resamples"],
        bootstrap_seed=config["bootstrap"]["seed"],
        rungs=tuple(
            (rung["budget"], rung["seeds"], rung["keep"]) for rung in config["tuning"]["rungs"]
        ),
        grids=_grids(config["tuning"]),
        experiments={
            name: _expand(name, experiment, config["defaults"])
            for name, experiment in config["experiments"].items()
            if experiment is not None
        },
        decoupling=config.get("decoupling"),
    )
    for experiment, listed in study.experiments.items():
        for _, cell in listed:
            _check_job(study, experiment, cell)
    if study.decoupling is not None:
        _check_decoupling(study)
    return study


def _check_across(config):
    """Refuse keys that are each allowed, but not together."""
    evaluation, tuning = (_seed_range(config["seeds"][name]) for name in ("evaluation", "tuning"))
    shared = set(evaluation) & set(tuning)
    if shared:
        raise ConfigError(
            f"seeds.tuning: seed {min(shared)} is an evaluation seed too; allowed are other seeds"
        )
    most = max(rung["seeds"] for rung in config["tuning"]["rungs"])
    if most > len(tuning):
        raise ConfigError(
            f"tuning.rungs: seeds is {most}; allowed are at most the {len(tuning)} of seeds.tuning"
        )
    if not any(config["experiments"].values()):
        raise ConfigError("experiments are all null; allowed is at least one that is not")
    if "edition" in config["defaults"]:
        raise ConfigError(
            f"defaults.edition is {config['defaults']['edition']!r}; allowed only in vary and fix "
            "of an experiment"
        )


def _check_decoupling(study):
    """Refuse runs in ranks that have no network to train or no backprop to be compared with."""
    bits = study.decoupling["bits"]
    backprop, *decoupled = IN_RANKS.values()
    rivals = {(cell.setup.method, cell.setup.bits) for cell in study.cells_in_ranks()}
    if (backprop, bits) not in rivals or not study.decoupled_cells():
        raise ConfigError(
            f"decoupling.bits is {bits}; allowed are widths at which "
            f"experiments.{STUDIED_IN_RANKS} has {backprop} and one of {', '.join(decoupled)}, "
            "or decoupling: null"
        )
    seeds, most = study.decoupling.get("seeds", 1), len(study.evaluation_seeds)
    if seeds > most:
        raise ConfigError(
            f"decoupling.seeds is {seeds}; allowed are at most the {most} of seeds.evaluation"
        )


def _grids(tuning):
    """The grid of each task: the common one where `tuning` has none for it."""

    def grid(values):
        return tuple(
            tuple(sorted(map(float, values[name]))) for name in ("step_size", "generator_step_size")
        )

    return {name: grid(tuning | tuning.get(name, {})) for name in TASKS}


def _seed_range(seeds):
    return range(seeds["first"], seeds["first"] + seeds["count"])


def _expand(name, experiment, defaults):
    """All combinations of what an experiment varies, as (factors, Cell) pairs."""
    vary, fix = experiment["vary"], experiment.get("fix", {})
    levels = [
        # A level that is a mapping changes several settings together.
        [level if isinstance(level, dict) else {factor: level} for level in values]
        for factor, values in vary.items()
    ]
    _check_combinations(name, levels, fix, experiment["step_sizes"])
    listed = []
    for combination in product(*levels):
        factors = {key: value for level in combination for key, value in level.items()}
        try:
            cell = _cell(fix | factors, defaults, experiment["step_sizes"])
        except ValueError as error:
            raise ConfigError(f"experiments.{name}: {error}") from None
        factors = {key: _hashable(value) for key, value in factors.items()}
        listed.append((factors, cell))
    return listed


def _check_combinations(name, levels, fix, step_sizes):
    """Refuse what would silently train something else than it says."""
    where = f"experiments.{name}"
    for values in levels:
        for factor, value in (setting for level in values for setting in level.items()):
            if factor in fix:
                raise ConfigError(
                    f"{where}.fix.{factor} is {fix[factor]!r}; allowed is to vary it or to fix it"
                )
            if step_sizes == "tuned" and factor in ("step_size", "generator_step_size"):
                raise ConfigError(
                    f"{where}.vary.{factor} is {value}; allowed only with step_sizes: given, "
                    "since tuning chooses it"
                )
    combinations = prod(map(len, levels))
    if combinations > MOST_CELLS:
        raise ConfigError(
            f"{where}.vary makes {combinations} cells; allowed are at most {MOST_CELLS}"
        )


def _check_job(study, experiment, cell):
    """Refuse a cell whose name no file can have, or whose jobs need too much memory."""
    if len(cell.name) > LONGEST_NAME:
        raise ConfigError(
            f"experiments.{experiment}: the cell {cell.name} has a name of {len(cell.name)} "
            f"characters; allowed are at most {LONGEST_NAME}"
        )
    try:
        memory.check(cell.setup, max(len(seeds) for _, seeds in study.parts(cell)))
        if cell.tuned:
            memory.check(tuning_setup(cell), tuning_replicas(study, cell))
    except ValueError as error:
        raise ConfigError(f"experiments.{experiment}: {error}") from None


def _cell(settings, defaults, step_sizes):
    settings = {key: _hashable(value) for key, value in settings.items()}
    edition = settings.pop("edition", None)
    if edition is None:
        setup = Setup(**{key: _hashable(value) for key, value in defaults.items()} | settings)
    elif edition in list(EDITIONS):  # which may be compared with what is no text
        setup = replace(EDITIONS[edition].setup, **settings)
    else:
        raise ValueError(f"edition is {edition!r}; allowed are {', '.join(EDITIONS)}")
    return Cell(setup, step_sizes == "tuned", edition)


def _hashable(value):
    return tuple(value) if isinstance(value, list) else value


def cell_parameters(study, cell, seeds=None):
    """All that decides a cell's runs on these seeds, by default all evaluation seeds, as plain
    data: when it changes, they are out of date."""
    seeds = study.evaluation_seeds if seeds is None else seeds
    parameters = {
        "setup": asdict(cell.setup),
        "edition": cell.edition,
        "seeds": [seeds.start, len(seeds)],
        "records": study.records,
    }
    if cell.tuned:
        del parameters["setup"]["step_size"], parameters["setup"]["generator_step_size"]
        parameters["tuning"] = tuning_parameters(study, cell)
    return parameters


def tuning_parameters(study, cell):
    """All that decides a cell's tuning runs, as plain data."""
    return {
        "setup": asdict(tuning_setup(cell)),
        "seeds": [study.tuning_seeds.start, len(study.tuning_seeds)],
        "grid": study.grid(cell.setup),
        "rungs": tuning_rungs(study, cell),
    }


def tuning_setup(cell):
    """The setup of a cell's tuning runs, whose step sizes come from the grid. They look at a
    validation set where the task has one, and else at nothing that is held out."""
    heldout = {"heldout_examples": 0}
    if "validation" in task_of(cell.setup).heldout_parts:
        heldout = {"heldout_part": "validation"}
    return replace(
        cell.setup,
        **heldout,
        step_size=Setup.step_size,
        generator_step_size=Setup.generator_step_size,
    )


def tuning_rungs(study, cell):
    """The rungs of a cell's tuning."""
    return [
        Rung(max(1, round(budget * cell.setup.epochs)), seeds, keep)
        for budget, seeds, keep in study.rungs
    ]


def tuning_replicas(study, cell):
    """How many replicas the largest rung of a cell's tuning has."""
    points, largest = len(study.grid(cell.setup)), 0
    for _, seeds, keep in study.rungs:
        largest = max(largest, points * seeds)
        points = min(points, keep)
    return largest
