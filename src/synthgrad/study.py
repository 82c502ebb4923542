"""From the config to what is to be trained: experiments, cells, setups.

A cell is a setup with the evaluation seeds. Cells are named after what makes
them differ, so experiments that share a cell share its runs.
"""

from dataclasses import asdict, dataclass, replace
from itertools import product
from pathlib import Path

import jsonschema
import yaml

from .editions import EDITIONS
from .setups import Setup, field_names


class ConfigError(ValueError):
    """A config that cannot be run; the message is one line for its author."""


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
        """File name: the method or edition, then each setting that differs from its default."""
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

    experiments : dict of experiment name to list of (factors, Cell), factors
        being the dict of settings that the experiment varies
    """

    preset: str
    evaluation_seeds: range
    tuning_seeds: range
    records: int
    resamples: int
    bootstrap_seed: int
    tuning_epochs: int
    step_sizes: tuple[float, ...]
    generator_step_sizes: tuple[float, ...]
    experiments: dict

    def cells(self):
        """Every cell once, by name."""
        return {cell.name: cell for listed in self.experiments.values() for _, cell in listed}

    def grid(self, setup):
        """The (step size, generator step size) pairs to try for a setup, in order."""
        generator = self.generator_step_sizes if setup.conditions else (0.0,)
        return list(product(self.step_sizes, generator))

    def factors(self):
        """Names of all settings that some experiment varies, without method and bits."""
        varied = {
            name
            for listed in self.experiments.values()
            for factors, _ in listed
            for name in factors
        }
        order = ["edition", *field_names()]
        return [name for name in order if name in varied - {"method", "bits"}]


def method_slug(method):
    """A method's name without brackets: ``dni[output]`` gives ``dni-output``."""
    return method.replace("[", "-").replace("]", "")


def setting_text(value):
    """A setting as it stands in file names and tables."""
    if isinstance(value, tuple):
        return "-".join(map(str, value))
    return str(value).lower() if isinstance(value, bool) else str(value)


def read_config(*paths):
    """The merged settings of one or more YAML files, later ones overriding earlier ones."""
    merged = {}
    for path in paths:
        try:
            config = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
            raise ConfigError(f"{path}: {' '.join(str(error).split())}") from None
        if not isinstance(config, dict):
            raise ConfigError(f"{path}: is not a mapping of settings")
        merged = _merge(merged, config)
    return merged


def parse_study(config, schema_path):
    """Check a config against its schema and expand it.

    Raises
    ------
    ConfigError
        Names the key, its value and what is allowed.
    """
    _check_schema(config, schema_path)
    seeds = {name: _seed_range(config["seeds"][name]) for name in ("evaluation", "tuning")}
    shared = set(seeds["evaluation"]) & set(seeds["tuning"])
    if shared:
        raise ConfigError(
            f"seeds.tuning: seed {min(shared)} is an evaluation seed too; allowed are other seeds"
        )
    return Study(
        preset=config["preset"],
        evaluation_seeds=seeds["evaluation"],
        tuning_seeds=seeds["tuning"],
        records=config["records"],
        resamples=config["bootstrap"]["resamples"],
        bootstrap_seed=config["bootstrap"]["seed"],
        tuning_epochs=config["tuning"]["epochs"],
        step_sizes=tuple(sorted(map(float, config["tuning"]["step_size"]))),
        generator_step_sizes=tuple(sorted(map(float, config["tuning"]["generator_step_size"]))),
        experiments={
            name: _expand(name, experiment, config["defaults"])
            for name, experiment in config["experiments"].items()
        },
    )


def _merge(base, over):
    """`over` on top of `base`, mapping by mapping; lists and scalars are replaced."""
    merged = dict(base)
    for key, value in over.items():
        both = isinstance(value, dict) and isinstance(base.get(key), dict)
        merged[key] = _merge(base[key], value) if both else value
    return merged


def _check_schema(config, schema_path):
    schema = yaml.safe_load(Path(schema_path).read_text(encoding="utf-8"))
    validator = jsonschema.Draft202012Validator(schema)
    error = jsonschema.exceptions.best_match(validator.iter_errors(config))
    if error is not None:
        raise ConfigError(" ".join(_explain(error).split()))


def _explain(error):
    """A line that names the key, the value and what is allowed."""
    path = list(map(str, error.absolute_path))
    if error.validator == "additionalProperties":
        allowed = error.schema["properties"]
        unknown = next(key for key in error.instance if key not in allowed)
        key = ".".join([*path, str(unknown)])
        return f"{key} is not a setting; allowed are {', '.join(allowed)}"
    meaning = error.schema.get("description")
    where = ".".join(path) or "the config"
    return f"{where}: {error.message}" + (f" ({meaning})" if meaning else "")


def _seed_range(seeds):
    return range(seeds["first"], seeds["first"] + seeds["count"])


def _expand(name, experiment, defaults):
    """All combinations of what an experiment varies, as (factors, Cell) pairs."""
    vary = experiment["vary"]
    listed = []
    for values in product(*vary.values()):
        factors = dict(zip(vary, values, strict=True))
        try:
            cell = _cell(experiment.get("fix", {}) | factors, defaults, experiment["step_sizes"])
        except (ValueError, TypeError) as error:
            raise ConfigError(f"experiments.{name}: {error}") from None
        factors = {key: _hashable(value) for key, value in factors.items()}
        listed.append((factors, cell))
    return listed


def _cell(settings, defaults, step_sizes):
    settings = {key: _hashable(value) for key, value in settings.items()}
    edition = settings.pop("edition", None)
    if edition is None:
        setup = Setup(**{key: _hashable(value) for key, value in defaults.items()} | settings)
    elif edition in EDITIONS:
        setup = replace(EDITIONS[edition].setup, **settings)
    else:
        raise ConfigError(f"edition is {edition!r}; allowed are {', '.join(EDITIONS)}")
    return Cell(setup, step_sizes == "tuned", edition)


def _hashable(value):
    return tuple(value) if isinstance(value, list) else value


def cell_parameters(study, cell):
    """All that decides a cell's runs, as plain data: when it changes, they are out of date."""
    parameters = {
        "setup": asdict(cell.setup),
        "edition": cell.edition,
        "seeds": [study.evaluation_seeds.start, len(study.evaluation_seeds)],
        "records": study.records,
    }
    if cell.tuned:
        del parameters["setup"]["step_size"], parameters["setup"]["generator_step_size"]
        parameters["tuning"] = tuning_parameters(study, cell)
    return parameters


def tuning_parameters(study, cell):
    """All that decides a cell's tuning runs, as plain data."""
    return {
        "setup": asdict(tuning_setup(study, cell)),
        "seeds": [study.tuning_seeds.start, len(study.tuning_seeds)],
        "grid": study.grid(cell.setup),
    }


def tuning_setup(study, cell):
    """The setup of a cell's tuning runs, whose step sizes come from the grid."""
    return replace(
        cell.setup,
        epochs=study.tuning_epochs,
        heldout_examples=0,
        step_size=Setup.step_size,
        generator_step_size=Setup.generator_step_size,
    )
