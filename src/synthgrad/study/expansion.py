"""From the config to what is to be trained: every combination of what an experiment varies."""

from dataclasses import replace
from itertools import product
from math import prod

from synthgrad.core.setup import Setup
from synthgrad.core.tasks import TASKS
from synthgrad.core.tutorial import EDITIONS
from synthgrad.search.spaces import Space
from synthgrad.search.stages import Budget
from synthgrad.study import memory
from synthgrad.study.config import ConfigError, check, with_numbers
from synthgrad.study.experiments import IN_RANKS, STUDIED_IN_RANKS, Cell, Study, Tuning
from synthgrad.study.naming import STEP_SIZES

DEFAULT_BUDGET = "side"
"""Of the searches of an experiment that names none."""

MOST_CELLS = 10_000
"""Of one experiment; Snakemake plans this many jobs in minutes."""


def parse_study(config, schema_path=None):
    """Check a config against its schema, unless that has been done, and expand it.

    Raises
    ------
    ConfigError
        Names the key, its value and what is allowed.
    """
    config = with_numbers(config)
    if schema_path:
        check(config, schema_path)
    _check_across(config)
    experiments = {name: each for name, each in config["experiments"].items() if each is not None}
    study = Study(
        preset=config["preset"],
        evaluation_seeds=_seed_range(config["seeds"]["evaluation"]),
        tuning_seeds=_seed_range(config["seeds"]["tuning"]),
        seeds_per_job=config["seeds"].get("per_job"),
        records=config["records"],
        resamples=config["bootstrap"]["resamples"],
        bootstrap_seed=config["bootstrap"]["seed"],
        budgets=_budgets(config["search"]["budgets"]),
        spaces=_spaces(config["search"]["spaces"]),
        experiments={
            name: _expand(name, experiment, config["defaults"])
            for name, experiment in experiments.items()
        },
        counts={
            name: experiment.get("seeds", config["seeds"]["evaluation"]["count"])
            for name, experiment in experiments.items()
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
    for name, budget in config["search"]["budgets"].items():
        if budget["seeds"] > len(tuning):
            raise ConfigError(
                f"search.budgets.{name}.seeds is {budget['seeds']}; allowed are at most the "
                f"{len(tuning)} of seeds.tuning"
            )
    for name, experiment in config["experiments"].items():
        _check_experiment(name, experiment or {}, config)
    if not any(config["experiments"].values()):
        raise ConfigError("experiments are all null; allowed is at least one that is not")
    if "edition" in config["defaults"]:
        raise ConfigError(
            f"defaults.edition is {config['defaults']['edition']!r}; allowed only in vary and fix "
            "of an experiment"
        )


def _check_experiment(name, experiment, config):
    """Refuse keys of an experiment that name what is not there."""
    most = config["seeds"]["evaluation"]["count"]
    if experiment.get("seeds", 0) > most:
        raise ConfigError(
            f"experiments.{name}.seeds is {experiment['seeds']}; allowed are at most the {most} of "
            "seeds.evaluation"
        )
    budgets = config["search"]["budgets"]
    if experiment.get("search", DEFAULT_BUDGET) not in budgets:
        raise ConfigError(
            f"experiments.{name}.search is {experiment.get('search', DEFAULT_BUDGET)!r}; allowed "
            f"are {', '.join(budgets)}"
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


def _budgets(budgets):
    return {name: Budget(**budget) for name, budget in budgets.items()}


def _spaces(spaces):
    """The spaces of each task by kind of method: those of ``addition`` where a task has none."""

    def space(decades):
        return Space(**{name: tuple(ends) for name, ends in decades.items()})

    return {
        task: {
            kind: space(decades)
            for kind, decades in (spaces["addition"] | spaces.get(task, {})).items()
        }
        for task in TASKS
    }


def _seed_range(seeds):
    return range(seeds["first"], seeds["first"] + seeds["count"])


def _expand(name, experiment, defaults):
    """All combinations of what an experiment varies, block by block, as (factors, Cell) pairs.

    All have the same factors: what a block does not vary is as the cell has it.
    """
    vary, fix = experiment["vary"], experiment.get("fix", {})
    found = []
    for block in vary if isinstance(vary, list) else [vary]:
        levels = [
            # A level that is a mapping changes several settings together, or others.
            [
                {factor: None} | level if isinstance(level, dict) else {factor: level}
                for level in values
            ]
            for factor, values in block.items()
        ]
        _check_combinations(name, levels, fix, experiment["step_sizes"])
        for combination in product(*levels):
            factors = {key: value for level in combination for key, value in level.items()}
            try:
                named = {key: value for key, value in factors.items() if value is not None}
                cell = _cell(fix | named, defaults, experiment)
            except ValueError as error:
                raise ConfigError(f"experiments.{name}: {error}") from None
            found.append((factors, cell))
    names = dict.fromkeys(key for factors, _ in found for key in factors)
    return [({key: _level(key, *each) for key in names}, each[1]) for each in found]


def _level(key, factors, cell):
    """What a cell has of a factor."""
    return _hashable(factors[key] if key in factors else getattr(cell.setup, key, None))


def _check_combinations(name, levels, fix, step_sizes):
    """Refuse what would silently train something else than it says."""
    where = f"experiments.{name}"
    for values in levels:
        for factor, value in (setting for level in values for setting in level.items()):
            if factor in fix:
                raise ConfigError(
                    f"{where}.fix.{factor} is {fix[factor]!r}; allowed is to vary it or to fix it"
                )
            if step_sizes != "given" and factor in STEP_SIZES:
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
    """Refuse a cell whose jobs need too much memory."""
    try:
        memory.check(cell.setup, max(map(len, study.parts(cell))))
        for search in study.searches_of(cell):
            memory.check(search.setup, search.budget.replicas)
    except ValueError as error:
        raise ConfigError(f"experiments.{experiment}: {error}") from None


def _cell(settings, defaults, experiment):
    settings = {key: _hashable(value) for key, value in settings.items()}
    edition, triple = settings.pop("edition", None), settings.pop("tuning_seeds", 1)
    tuning = _tuning(experiment, triple)
    if edition is None:
        setup = Setup(**{key: _hashable(value) for key, value in defaults.items()} | settings)
    elif edition in list(EDITIONS):  # which may be compared with what is no text
        setup = replace(EDITIONS[edition].setup, **settings)
    else:
        raise ValueError(f"edition is {edition!r}; allowed are {', '.join(EDITIONS)}")
    return Cell(setup, tuning, edition)


def _tuning(experiment, triple):
    """How the cells of an experiment come to their step sizes."""
    if experiment["step_sizes"] == "given":
        return None
    return Tuning(
        budget=experiment.get("search", DEFAULT_BUDGET),
        settings=tuple(sorted(experiment.get("searched", {}).items())),
        triple=triple,
        level=_one_setting(experiment.get("best_for_backprop")),
        shared=_one_setting(experiment.get("shared_over")),
    )


def _one_setting(values):
    """A mapping with one key as a (setting, values) pair; None without it."""
    return None if values is None else next((key, tuple(each)) for key, each in values.items())


def _hashable(value):
    return tuple(value) if isinstance(value, list) else value
