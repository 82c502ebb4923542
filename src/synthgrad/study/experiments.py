"""What a study trains: experiments, their cells, and the jobs that search and train.

A cell is a setup with the evaluation seeds. Cells are named after what makes
them differ, so experiments that share a cell share its runs.
"""

from dataclasses import asdict, dataclass, replace
from functools import cached_property

from synthgrad.core.naming import setup_name
from synthgrad.core.setup import Setup, field_names
from synthgrad.search.searches import Level, Search, is_nested, searched_setup, without_generators
from synthgrad.search.spaces import STEP_SIZES, Space
from synthgrad.search.stages import Budget
from synthgrad.study.cost import replica_epoch
from synthgrad.study.jobs import packed


@dataclass(frozen=True)
class Tuning:
    """How a cell comes to its step sizes.

    budget : name of one of the study's budgets
    settings : (name, value) pairs that the searched setup has instead of the cell's
    triple : int from 1, which of the sets of tuning seeds decides between the finalists
    level : (setting, values) or None; the setting takes the value that serves backprop best
    shared : (setting, values) or None; the step sizes are those with the best mean score in the
        coarse stages of these values
    """

    budget: str
    settings: tuple = ()
    triple: int = 1
    level: tuple | None = None
    shared: tuple | None = None


@dataclass(frozen=True)
class Cell:
    """What is trained on the evaluation seeds.

    setup : Setup, whose step sizes do not count where there is a tuning
    tuning : Tuning or None
    edition : the published program it starts from, or None
    """

    setup: Setup
    tuning: Tuning | None = None
    edition: str | None = None

    @property
    def name(self):
        """The method or edition, each setting that differs from its default, and the tuning."""
        if self.tuning is None:
            return setup_name(self.setup, self.edition)
        level, shared = self.tuning.level, self.tuning.shared
        skipped = (*STEP_SIZES, *([level[0]] if level else []))
        parts = [setup_name(self.setup, skipped=skipped)]
        parts += [f"{level[0]}=best"] if level else []
        parts += [f"shared-over-{shared[0]}" if shared else "tuned"]
        parts += [f"triple={self.tuning.triple}"] if self.tuning.triple > 1 else []
        return ",".join(parts)

    @property
    def has_level(self):
        """Whether a search decides a setting besides the step sizes."""
        return self.tuning is not None and self.tuning.level is not None

    @property
    def as_chosen(self):
        """How its step sizes are chosen: ``given``, ``tuned`` or ``shared``."""
        if self.tuning is None:
            return "given"
        return "shared" if self.tuning.shared else "tuned"


@dataclass(frozen=True)
class Study:
    """A whole study.

    evaluation_seeds, tuning_seeds : range
    seeds_per_job : at most how many evaluation seeds of a cell a training job takes; None for all
    budgets : dict of name to Budget
    spaces : dict of task to a dict of ``plain``, ``dni``, ``local-loss`` to Space
    experiments : dict of experiment name to list of (factors, Cell), factors
        being the dict of settings that the experiment varies
    counts : dict of experiment name to how many evaluation seeds it has, from the first on
    decoupling : the config of what is measured in MPI ranks, None if nothing is
    """

    preset: str
    evaluation_seeds: range
    tuning_seeds: range
    seeds_per_job: int | None
    records: int
    resamples: int
    bootstrap_seed: int
    budgets: dict[str, Budget]
    spaces: dict[str, dict[str, Space]]
    experiments: dict
    counts: dict
    decoupling: dict | None = None

    @cached_property
    def cells(self):
        """Every cell once, by name."""
        return {cell.name: cell for listed in self.experiments.values() for _, cell in listed}

    def seeds(self, experiment):
        """The evaluation seeds of an experiment."""
        return self.evaluation_seeds[: self.counts[experiment]]

    @cached_property
    def seeds_of_cells(self):
        """The evaluation seeds that each cell is trained on, by its name: those of the largest
        experiment that has it."""
        found = {}
        for experiment, listed in self.experiments.items():
            for _, cell in listed:
                found[cell.name] = max(
                    found.get(cell.name, range(0)), self.seeds(experiment), key=len
                )
        return found

    def parts(self, cell):
        """The seeds of a cell, as far as a job takes them, in order."""
        whole = self.seeds_of_cells[cell.name]
        size = self.seeds_per_job or len(whole)
        return [whole[start : start + size] for start in range(0, len(whole), size)]

    @cached_property
    def jobs(self):
        """What each training job trains, a list of (Cell, seeds), by its name.

        Small cells of an experiment share a job, where starting would take longer than training.
        """
        jobs, seen = {}, set()
        for experiment, listed in self.experiments.items():
            new = {cell.name: cell for _, cell in listed if cell.name not in seen}
            seen |= set(new)
            units = [(cell, part) for cell in new.values() for part in self.parts(cell)]
            jobs |= packed(
                experiment, units, lambda unit: _epochs(unit) * replica_epoch(unit[0].setup)
            )
        return jobs

    @cached_property
    def search_jobs(self):
        """What each search job searches, a list of Search, by its name.

        Those that need others are in jobs of their own.
        """
        jobs, seen = {}, set()
        for experiment, listed in self.experiments.items():
            own = {}
            for _, cell in listed:
                for search in self.searches_of(cell):
                    own |= {each.name: each for each in (*search.needs(), search)}
            new = [search for name, search in own.items() if name not in seen]
            seen |= set(own)
            for name, needing in (("searches", False), ("later-searches", True)):
                units = [search for search in new if bool(search.needs()) is needing]
                jobs |= packed(
                    f"{experiment}-{name}",
                    units,
                    lambda search: search.replica_epochs() * replica_epoch(search.setup),
                )
        return jobs

    @cached_property
    def searches(self):
        """Every search once, by name, each after those that it needs."""
        return {search.name: search for own in self.search_jobs.values() for search in own}

    @cached_property
    def job_of_search(self):
        """The job that has each search, by its name."""
        return {search.name: job for job, own in self.search_jobs.items() for search in own}

    def searches_of(self, cell):
        """The searches that a cell's step sizes come from: for each level that they are shared
        over (else there is one) its own and, where 0 makes its generators do nothing, the twin."""
        tuning = cell.tuning
        if tuning is None:
            return []
        setup = replace(cell.setup, **dict(tuning.settings))
        setting, values = tuning.shared or (None, [None])
        setups = [replace(setup, **{setting: value}) if setting else setup for value in values]
        return [search for setup in setups for search in self._own_and_twin(setup, tuning)]

    def _own_and_twin(self, setup, tuning):
        setups = [setup, *([without_generators(setup, "frozen")] if is_nested(setup) else [])]
        return [self._search(searched_setup(each), tuning) for each in setups]

    def _search(self, setup, tuning):
        level = None
        if tuning.level:
            setting, values = tuning.level
            leaders = (
                without_generators(setup, "backprop", **{setting: value}) for value in values
            )
            level = Level(setting, tuple(self._plainly(each, tuning.budget) for each in leaders))
        search = replace(self._plainly(setup, tuning.budget), level=level)
        if tuning.triple == 1:
            return search
        size = search.budget.seeds
        first = (tuning.triple - 1) * size
        own = tuple(self.tuning_seeds[first : first + size])
        return replace(search, seeds=own, repeats=search)

    def _plainly(self, setup, budget):
        """The search of a setup that needs no other."""
        kind = "dni" if setup.conditions else "local-loss" if setup.has_generators else "plain"
        space = self.spaces[setup.task][kind]
        budget = self.budgets[budget]
        seeds = tuple(self.tuning_seeds[: budget.seeds])
        zero = setup.has_generators and not is_nested(setup)
        return Search(setup, replace(space, zero=zero), budget, seeds[0], seeds)

    def factors(self):
        """Names of all settings that some experiment varies, without those that have columns
        of their own in every table."""
        varied = {
            name
            for listed in self.experiments.values()
            for factors, _ in listed
            for name in factors
        }
        varied |= {cell.tuning.level[0] for cell in self.cells.values() if cell.has_level}
        order = ["edition", "tuning_seeds", *field_names()]
        return [name for name in order if name in varied - {"method", "bits", "epochs"}]


def _epochs(unit):
    cell, seeds = unit
    return len(seeds) * cell.setup.epochs


def cell_parameters(study, cell, seeds):
    """All that decides a cell's runs on these seeds, as plain data: when it changes, they are out
    of date."""
    parameters = {
        "cell": cell.name,
        "setup": asdict(cell.setup),
        "edition": cell.edition,
        "seeds": [seeds.start, len(seeds)],
        "records": study.records,
    }
    if cell.tuning:
        for name in STEP_SIZES:
            del parameters["setup"][name]
        searches = study.searches_of(cell)
        parameters["tuning"] = asdict(cell.tuning)
        parameters["searches"] = [search.parameters() for search in searches]
    return parameters


def job_parameters(study, job):
    """The same of all that a training job trains."""
    return [cell_parameters(study, *unit) for unit in study.jobs[job]]


def search_parameters(study, job):
    """All that decides the table of a search job, as plain data."""
    return [search.parameters() for search in study.search_jobs[job]]
