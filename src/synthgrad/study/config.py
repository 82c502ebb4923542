"""From YAML files to a config: plain data that its schema allows.

Whatever a file contains, reading it runs nothing and guesses nothing. What is
refused is refused in one line for its author.
"""

import math
import os
from functools import cache
from pathlib import Path

import yaml

LONGEST_MESSAGE = 600
"""Characters; of a longer message, as about a long list, the middle is left out."""


RUNS_CODE = "__use_yte__"
"""The key by which a YAML file tells Snakemake to evaluate the expressions in it."""


class ConfigError(ValueError):
    """A config that cannot be run; the message is one line for its author."""

    def __init__(self, message):
        line = " ".join(str(message).split())
        line = "".join(c if c.isprintable() else ascii(c)[1:-1] for c in line)
        if len(line) > LONGEST_MESSAGE:
            line = f"{line[: LONGEST_MESSAGE // 2]} ... {line[-LONGEST_MESSAGE // 2 :]}"
        super().__init__(line)


def read_config(*paths):
    """The merged settings of one or more YAML files, later ones overriding earlier ones."""
    merged = {}
    for path in paths:
        config = read_mapping(path)
        if RUNS_CODE in config:
            # Snakemake would run what else the file says, before any schema is looked at.
            raise ConfigError(f"{path}: {RUNS_CODE} is not a setting; allowed is plain YAML")
        merged = _merge(merged, config)
    return merged


def read_mapping(path, loader=None):
    """The content of a YAML file, which is a mapping.

    Raises
    ------
    ConfigError
        Names the file and what is wrong with it.
    """
    try:
        content = yaml.load(Path(path).read_text(encoding="utf-8"), loader or _StrictLoader)
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}; allowed is a YAML file") from None
    except UnicodeDecodeError:
        raise ConfigError(f"{path}: is not text in UTF-8; allowed is a YAML file") from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise ConfigError(f"{path}: {_problem(error)}") from None
    if not isinstance(content, dict):
        found = "is empty" if content is None else f"is {content!r}"
        raise ConfigError(f"{path}: {found}; allowed is a mapping of settings")
    return content


def check(config, schema_path):
    """Nothing if a config is plain data as its schema describes it.

    Raises
    ------
    ConfigError
        Names the key, its value and what is allowed.
    """
    schema = check_schema(config, schema_path)
    # A value that is varied must be one that the setting may have.
    settings = _validator_class()({"$defs": schema["$defs"], "$ref": "#/$defs/settings"})
    for name, experiment in config["experiments"].items():
        for factor, values in experiment["vary"].items() if experiment else ():
            for value in values:
                if not isinstance(value, dict):
                    where = ("experiments", name, "vary")
                    _refuse(settings.iter_errors({factor: value}), where)


def check_schema(content, schema_path):
    """The schema, if the content of a file is plain data as that describes it.

    Raises
    ------
    ConfigError
        As `check` does.
    """
    _check_plain(content, "")
    schema = _read_schema(schema_path)
    _refuse(_validator_class()(schema).iter_errors(content))
    return schema


@cache
def _read_schema(path):
    return yaml.safe_load(Path(path).read_text(encoding="utf-8"))


def read_claims(path, schema_path):
    """The claims of a YAML file by id, checked against their schema.

    Contrasts repeat one another, so this file may use aliases, which a config may not.

    Raises
    ------
    ConfigError
        Names the file, the key, its value and what is allowed.
    """
    content = read_mapping(path, yaml.SafeLoader)
    try:
        check_schema(content, schema_path)
    except ConfigError as error:
        raise ConfigError(f"{path}: {error}") from None
    return content["claims"]


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


class _StrictLoader(yaml.SafeLoader):
    """YAML without what a config does not need and a reader could miss: tags, which
    can make objects; aliases, which can make a line a terabyte; a key given twice."""

    def compose_node(self, parent, index):
        event = self.peek_event()
        if isinstance(event, yaml.AliasEvent):
            raise yaml.MarkedYAMLError(
                problem=f"*{event.anchor} is an alias; allowed are values written out",
                problem_mark=event.start_mark,
            )
        if event.tag is not None:
            raise yaml.MarkedYAMLError(
                problem=f"{event.tag} is a tag; allowed are values without one",
                problem_mark=event.start_mark,
            )
        return super().compose_node(parent, index)

    def construct_mapping(self, node, deep=False):
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        for number, key in enumerate(keys):
            if key in keys[:number]:
                raise yaml.MarkedYAMLError(
                    problem=f"{key} is given twice; allowed is once",
                    problem_mark=node.value[number][0].start_mark,
                )
        return super().construct_mapping(node, deep)


def _problem(error):
    if isinstance(error, RecursionError):
        return "is nested too deeply; allowed is what the schema describes"
    mark = getattr(error, "problem_mark", None)
    if mark is None:
        return f"is not YAML: {error}"
    return f"line {mark.line + 1}: {error.problem or error.context}"


def _merge(base, over):
    """`over` on top of `base`, mapping by mapping; lists and scalars are replaced."""
    merged = dict(base)
    for key, value in over.items():
        both = isinstance(value, dict) and isinstance(base.get(key), dict)
        merged[key] = _merge(base[key], value) if both else value
    return merged


def _check_plain(value, key):
    """Refuse what no setting can be, whichever it is."""
    if isinstance(value, dict):
        for name, part in value.items():
            if not isinstance(name, str):
                raise ConfigError(f"{key or 'the config'} has the key {name!r}; allowed is text")
            _check_plain(name, f"{key or 'the config'} has a key that")
            _check_plain(part, f"{key}.{name}" if key else name)
    elif isinstance(value, list):
        for number, part in enumerate(value):
            _check_plain(part, f"{key}.{number}")
    elif isinstance(value, str):
        if not _is_unicode(value):
            raise ConfigError(f"{key} is {value!a}; allowed is text that UTF-8 can hold")
    elif isinstance(value, float):
        if not math.isfinite(value):
            raise ConfigError(f"{key} is {value}; allowed are finite numbers")
    elif value is not None and not isinstance(value, int):
        raise ConfigError(
            f"{key} is {value!r}; allowed are text, numbers, true and false, lists and mappings"
        )


def _is_unicode(text):
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _is_whole(checker, value):
    return isinstance(value, int) and not isinstance(value, bool)


@cache
def _validator_class():
    import jsonschema  # which jobs that train need not load

    return jsonschema.validators.extend(
        jsonschema.Draft202012Validator,
        # JSON knows one kind of number, and 10.0 as a whole one; Python counts with 10 alone.
        type_checker=jsonschema.Draft202012Validator.TYPE_CHECKER.redefine("integer", _is_whole),
    )


def _refuse(errors, where=()):
    from jsonschema.exceptions import best_match

    error = best_match(errors)
    if error is not None:
        raise ConfigError(_explain(error, [*where, *map(str, error.absolute_path)]))


def _explain(error, path):
    """A line that names the key, the value and what is allowed."""
    where, limit = ".".join(path) or "the config", error.validator_value
    meaning = error.schema.get("description")
    if error.validator == "additionalProperties":
        unknown = next(key for key in error.instance if key not in error.schema["properties"])
        known = ", ".join(error.schema["properties"])
        return f"{'.'.join([*path, unknown])} is not a setting; allowed are {known}"
    if error.validator == "required":
        missing = next(key for key in limit if key not in error.instance)
        return (
            f"{'.'.join([*path, missing])} is missing; allowed is {where} with {', '.join(limit)}"
        )
    allowed = _ALLOWED[error.validator].format(limit)
    if error.validator == "type":
        allowed = " or ".join(
            _KINDS[kind] for kind in ([limit] if isinstance(limit, str) else limit)
        )
    elif error.validator == "enum":
        allowed = f"one of {', '.join(limit)}"
    return f"{where} is {error.instance!r}; allowed is {allowed}" + (
        f" ({meaning})" * bool(meaning)
    )


_ALLOWED = {
    "type": "",
    "enum": "",
    "minimum": "at least {}",
    "maximum": "at most {}",
    "exclusiveMinimum": "more than {}",
    "minLength": "text of at least {} character",
    "maxLength": "text of at most {} characters",
    "minItems": "a list of at least {}",
    "minProperties": "a mapping of at least {}",
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
