"""From the config to what is to be trained: every combination of what an experiment varies."""

from dataclasses import replace
from itertools import product
from math import prod

from synthgrad.core.setup import Setup, field_names
from synthgrad.core.tasks import TASKS
from synthgrad.core.tutorial import EDITIONS
from synthgrad.search.spaces import STEP_SIZES, Space
from synthgrad.search.stages import Budget
from synthgrad.study import memory
from synthgrad.study.config import ConfigError, check, with_numbers
from synthgrad.study.experiments import Cell, Study, Tuning
from synthgrad.study.ranks import IN_RANKS, STUDIED_IN_RANKS, cells_in_ranks, decoupled_cells

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
    _check_jobs(study)
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
        _check_points(f"search.budgets.{name}.points", budget["points"], config)
    for name, experiment in config["experiments"].items():
        _check_experiment(name, experiment or {}, config)
    if not any(config["experiments"].values()):
        raise ConfigError("experiments are all null; allowed is at least one that is not")
    if "edition" in config["defaults"]:
        raise ConfigError(
            f"defaults.edition is {config['defaults']['edition']!r}; allowed only in vary and fix "
            "of an experiment"
        )


def _check_points(where, points, config):
    """Refuse a space that is none, or a budget with less than where its search begins."""
    for task, spaces in config["search"]["spaces"].items():
        for kind, decades in spaces.items():
            for name, ends in decades.items():
                if ends[0] > ends[1]:
                    raise ConfigError(
                        f"search.spaces.{task}.{kind}.{name} is {ends}; allowed are two powers of "
                        "ten, the lower one first"
                    )
            first = len(replace(_space(decades), zero=kind != "plain").lattice())
            if points < first:
                raise ConfigError(
                    f"{where} is {points}; allowed are at least {first}, with which a search in "
                    f"search.spaces.{task}.{kind} begins"
                )


def _check_experiment(name, experiment, config):
    """Refuse keys of an experiment that name what is not there."""
    where, budgets = f"experiments.{name}", config["search"]["budgets"]
    most = config["seeds"]["evaluation"]["count"]
    if experiment.get("seeds", 0) > most:
        raise ConfigError(
            f"{where}.seeds is {experiment['seeds']}; allowed are at most the {most} of "
            "seeds.evaluation"
        )
    budget = experiment.get("search", DEFAULT_BUDGET)
    if budget not in budgets:
        raise ConfigError(f"{where}.search is {budget!r}; allowed are {', '.join(budgets)}")
    sets = config["seeds"]["tuning"]["count"] // budgets[budget]["seeds"]
    blocks = _blocks(experiment)
    for number in (each for block in blocks for each in block.get("tuning_seeds", [])):
        if type(number) is not int or number not in range(1, sets + 1):
            raise ConfigError(
                f"{where}.vary.tuning_seeds has {number!r}; allowed is a whole number from 1 to "
                f"{sets}, of sets of {budgets[budget]['seeds']} of seeds.tuning"
            )
        if number > 1 and "best_for_backprop" in experiment:
            raise ConfigError(
                f"{where}.vary.tuning_seeds has {number}; allowed with best_for_backprop is 1"
            )
    _check_step_sizes(where, experiment, blocks)


def _check_step_sizes(where, experiment, blocks):
    """Refuse what says two things of where the step sizes come from, or of what they go with."""
    if not experiment:
        return
    for key, way in (("shared_over", "shared"), ("best_for_backprop", "tuned")):
        if key in experiment and experiment["step_sizes"] != way:
            raise ConfigError(f"{where}.{key} is given; allowed with step_sizes: {way}")
        for setting in experiment.get(key, {}):
            known = [each for each in field_names() if each not in {"method", *STEP_SIZES}]
            if setting not in known:
                raise ConfigError(f"{where}.{key} has {setting}; allowed are other settings")
    if experiment["step_sizes"] == "shared" and "shared_over" not in experiment:
        raise ConfigError(f"{where}.shared_over is missing; allowed is step_sizes: shared with it")
    decided = set(experiment.get("best_for_backprop", {}))
    if twice := decided & {*experiment.get("fix", {}), *(key for block in blocks for key in block)}:
        raise ConfigError(
            f"{where}.best_for_backprop has {min(twice)}; allowed is what vary and fix have not"
        )


def _blocks(experiment):
    """The blocks of what an experiment varies."""
    vary = experiment.get("vary", [])
    return vary if isinstance(vary, list) else [vary]


def _check_decoupling(study):
    """Refuse runs in ranks that have no network to train or no backprop to be compared with."""
    bits = study.decoupling["bits"]
    backprop, *decoupled = IN_RANKS.values()
    rivals = {(cell.setup.method, cell.setup.bits) for cell in cells_in_ranks(study)}
    if (backprop, bits) not in rivals or not decoupled_cells(study):
        raise ConfigError(
            f"decoupling.bits is {bits}; allowed are those at which "
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
    return {
        task: {
            kind: _space(decades)
            for kind, decades in (spaces["addition"] | spaces.get(task, {})).items()
        }
        for task in TASKS
    }


def _space(decades):
    return Space(**{name: tuple(ends) for name, ends in decades.items()})


def _seed_range(seeds):
    return range(seeds["first"], seeds["first"] + seeds["count"])


def _expand(name, experiment, defaults):
    """All combinations of what an experiment varies, block by block, as (factors, Cell) pairs.

    All have the same factors: what a block does not vary is as the cell has it.
    """
    fix, found = experiment.get("fix", {}), []
    for block in _blocks(experiment):
        levels = [
            # A level that is a mapping changes several settings together, or others.
            [level if isinstance(level, dict) else {factor: level} for level in values]
            for factor, values in block.items()
        ]
        _check_combinations(name, levels, fix, experiment["step_sizes"])
        for combination in product(*levels):
            settings = {key: value for level in combination for key, value in level.items()}
            try:
                cell = _cell(fix | settings, defaults, experiment)
            except ValueError as error:
                raise ConfigError(f"experiments.{name}: {error}") from None
            # In place of a factor that a mapping leaves out stand the settings that it has.
            found.append((dict.fromkeys(block) | settings, cell))
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


def _check_jobs(study):
    """Refuse cells whose jobs need too much memory, or that have the name of others."""
    found = {}
    for experiment, listed in study.experiments.items():
        for _, cell in listed:
            try:
                memory.check(cell.setup, max(map(len, study.parts(cell))))
                searches = study.searches_of(cell)
                for search in searches:
                    memory.check(search.setup, search.budget.replicas)
            except ValueError as error:
                raise ConfigError(f"experiments.{experiment}: {error}") from None
            needed = [each for search in searches for each in search.needs()]
            for each in (cell, *searches, *needed):
                first, other = found.setdefault((type(each), each.name), (experiment, each))
                if other != each:
                    raise ConfigError(
                        f"experiments.{experiment} searches otherwise for the step sizes of "
                        f"{each.name} than experiments.{first}; allowed is the same search"
                    )


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
