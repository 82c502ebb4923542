"""From YAML files to plain data that a schema allows.

A mistake is told in one line to its author: the key, the value and what is allowed.
"""

import math
import os
import re
from difflib import get_close_matches
from functools import cache
from pathlib import Path

import yaml

FEW = 8
"""Of so many words a message names all, of more those that are like the wrong one."""


class ConfigError(ValueError):
    """A config that cannot be run; the message is one line for its author."""


def read_config(*paths):
    """The merged settings of YAML files, later ones overriding earlier ones, as Snakemake does."""
    merged = {}
    for path in paths:
        merged = _merge(merged, read_mapping(path))
    return merged


def read_mapping(path):
    """The content of a YAML file, which is a mapping and has no key twice.

    Raises
    ------
    ConfigError
        Names the file and what is wrong with it.
    """
    try:
        content = yaml.load(Path(path).read_text(encoding="utf-8"), _Loader)
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}; allowed is a YAML file") from None
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1
        raise ConfigError(f"{path}: line {line}: {error.problem}") from None
    except (yaml.YAMLError, ValueError) as error:
        raise ConfigError(f"{path}: {' '.join(str(error).split())}") from None
    if not isinstance(content, dict):
        raise ConfigError(f"{path} is {content!r}; allowed is a mapping of settings")
    return content


class _Loader(yaml.SafeLoader):
    """YAML in which a key is given once."""

    def construct_mapping(self, node, deep=False):
        keys = [key.value for key, _ in node.value]
        for number, (key, _) in enumerate(node.value):
            if key.value in keys[:number]:
                raise yaml.MarkedYAMLError(
                    problem=f"{key.value} is given twice; allowed is once",
                    problem_mark=key.start_mark,
                )
        return super().construct_mapping(node, deep)


def _merge(base, over):
    """`over` on top of `base`, mapping by mapping; lists and scalars are replaced."""
    merged = dict(base)
    for key, value in over.items():
        both = isinstance(value, dict) and isinstance(base.get(key), dict)
        merged[key] = _merge(base[key], value) if both else value
    return merged


def read_claims(path, schema_path):
    """The claims of a YAML file by id, checked against their schema (`read_judged`)."""
    return read_judged(path, schema_path)["claims"]


def read_judged(path, schema_path):
    """The claims of a YAML file and the alternatives under which they are judged again, checked.

    Raises
    ------
    ConfigError
        Names the file, the key, its value and what is allowed.
    """
    content = read_mapping(path)
    try:
        check(content, schema_path)
    except ConfigError as error:
        raise ConfigError(f"{path}: {error}") from None
    return content


_EXPONENT = r"[-+]?(\d+\.?\d*|\.\d+)[eE][-+]?\d+"


def with_numbers(content):
    """Plain data with text like 1e-1, in which YAML 1.1 sees no number, as the number it is."""
    if isinstance(content, dict):
        return {key: with_numbers(value) for key, value in content.items()}
    if isinstance(content, list):
        return [with_numbers(value) for value in content]
    if isinstance(content, str) and re.fullmatch(_EXPONENT, content):
        return float(content)
    return content


def check(content, schema_path):
    """Nothing if plain data is as its schema describes it.

    Raises
    ------
    ConfigError
        Names the key, its value and what is allowed.
    """
    from jsonschema.exceptions import best_match  # which jobs that train need not load

    error = best_match(_validator(schema_path).iter_errors(content))
    if error is not None:
        raise ConfigError(_explain(error))


@cache
def _validator(schema_path):
    import jsonschema

    types = jsonschema.Draft202012Validator.TYPE_CHECKER.redefine_many(
        {
            # JSON knows one kind of number, and 10.0 as a whole one; Python counts with 10 alone.
            "integer": lambda checker, value: _is_number(value) and isinstance(value, int),
            "number": lambda checker, value: _is_number(value) and -math.inf < value < math.inf,
        }
    )
    validator = jsonschema.validators.extend(jsonschema.Draft202012Validator, type_checker=types)
    return validator(yaml.safe_load(Path(schema_path).read_text(encoding="utf-8")))


def _is_number(value):
    return isinstance(value, int | float) and not isinstance(value, bool)


def _explain(error):
    """A line that names the key, the value and what is allowed."""
    path = [str(key) for key in error.absolute_path]
    where, limit = ".".join(path) or "the config", error.validator_value
    if error.validator == "additionalProperties":
        known = list(error.schema["properties"])
        unknown = next(str(key) for key in error.instance if key not in known)
        return (
            f"{'.'.join([*path, unknown])} is not a setting; allowed are {_nearest(unknown, known)}"
        )
    if error.validator == "required":
        missing = next(key for key in limit if key not in error.instance)
        return (
            f"{'.'.join([*path, missing])} is missing; allowed is {where} with {', '.join(limit)}"
        )
    if error.validator == "type":
        kinds = [limit] if isinstance(limit, str) else limit
        allowed = " or ".join(_KINDS[kind] for kind in kinds)
    elif error.validator == "enum":
        allowed = f"one of {_nearest(str(error.instance), limit)}"
    else:
        allowed = _ALLOWED[error.validator].format(limit)
    meaning = error.schema.get("description")
    said = f" ({meaning})" if meaning else ""
    return f"{where} is {error.instance!r}; allowed is {allowed}{said}"


def _nearest(word, known):
    """All known words if they are few, else those that a mistyped one may stand for."""
    near = get_close_matches(word, known) if len(known) > FEW else []
    return f"{', '.join(near)} and others" if near else ", ".join(known)


_ALLOWED = {
    "minimum": "at least {}",
    "maximum": "at most {}",
    "exclusiveMinimum": "more than {}",
    "minLength": "text of at least {} character",
    "maxLength": "text of at most {} characters",
    "minItems": "a list of at least {}",
    "maxItems": "a list of at most {}",
    "minProperties": "a mapping of at least {}",
    "maxProperties": "a mapping of at most {}",
    "uniqueItems": "a list of different values",
    "pattern": "text like {}",
}
"""What each keyword of the schema allows, in words."""

_KINDS = {
    "object": "a mapping",
    "array": "a list",
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "null": "null",
}


def check_writable(folder):
    """Nothing if a folder can be written to, or be made where it is to be.

    Raises
    ------
    ConfigError
        Names what is in the way.
    """
    folder = Path(folder)
    # Only the deepest that is there matters: who may not write to / may write far below it.
    there = next(each for each in (folder, *folder.parents) if os.access(each, os.F_OK))
    if not (there.is_dir() and os.access(there, os.W_OK | os.X_OK)):
        raise ConfigError(
            f"{there} is not a folder that can be written to; make it one or remove it"
        )
