"""Options that commands share: their types, and those that are settings of a run."""

from functools import reduce
from pathlib import Path

import click

from synthgrad.core.settings import Sizes, Whole
from synthgrad.core.setup import SETTINGS, Setup

SEED = click.IntRange(0, 2**32 - 1)
"""What NumPy's legacy generator takes."""

FOLDER_TO_WRITE = click.Path(file_okay=False, path_type=Path)
"""Where a command puts what it finds."""


class HiddenSizes(click.ParamType):
    """Units of the hidden layers, as in ``128,64``."""

    name = "sizes"

    def convert(self, value, param, ctx):
        if isinstance(value, tuple):
            return value
        try:
            return tuple(int(part) for part in value.split(","))
        except ValueError:
            self.fail(f"{value!r}; allowed are whole numbers joined by commas, as in 128,64")


class NumberOrWord(click.ParamType):
    """A whole number, or the one word that may stand in its place."""

    name = "number"

    def __init__(self, word):
        self.word = word

    def convert(self, value, param, ctx):
        if isinstance(value, int) or value == self.word:
            return value
        try:
            return int(value)
        except ValueError:
            self.fail(f"{value!r}; allowed are a whole number and {self.word}")


class Alternatives(click.ParamType):
    """Sizes to try one by one, as in ``64,256``: whole numbers of at least 1."""

    name = "sizes"

    def convert(self, value, param, ctx):
        try:
            sizes = [int(part) for part in value.split(",")]
        except ValueError:
            sizes = [0]
        if min(sizes) < 1:
            self.fail(f"{value!r}; allowed are whole numbers of at least 1 joined by commas")
        return sorted(set(sizes))


class EditionName(click.ParamType):
    """A published program."""

    name = "edition"

    def convert(self, value, param, ctx):
        from synthgrad.core.tutorial import EDITIONS

        if value not in EDITIONS:
            self.fail(f"{value!r}; allowed are {', '.join(EDITIONS)}")
        return value

    def shell_complete(self, ctx, param, incomplete):
        from click.shell_completion import CompletionItem

        from synthgrad.core.tutorial import EDITIONS

        return [CompletionItem(name) for name in EDITIONS if name.startswith(incomplete)]


def setting_options(*names):
    """Decorator of a command: options that are settings of a run, with their help and default."""
    return lambda command: reduce(
        lambda wrapped, name: _option(name)(wrapped), names[::-1], command
    )


def _option(name):
    default, allowed, help = SETTINGS[name]
    kind = type(default)
    if isinstance(allowed, Sizes):  # with its default as it is typed, not as click would show it
        kind = HiddenSizes()
        help += f"  [default: {','.join(map(str, default))}]"
    elif isinstance(allowed, Whole) and allowed.word:
        kind = NumberOrWord(allowed.word)
    shown = not isinstance(allowed, Sizes)
    return click.option(option_of(name), type=kind, default=default, show_default=shown, help=help)


def option_of(name):
    """The option that is a setting: ``--step-size`` for ``step_size``."""
    return f"--{name.replace('_', '-')}"


def setup_of(settings, replicas):
    """The setup of the options given; a refused one is named as the option it is."""
    from synthgrad.study import memory

    try:
        setup = Setup(**settings)
        memory.check(setup, replicas)
    except ValueError as error:
        name, rest = str(error).split(" ", 1)
        raise click.UsageError(f"{option_of(name)} {rest}") from None
    return setup


def check_writable(folder):
    """Refuse a folder that cannot be written to."""
    from synthgrad.study import config

    try:
        config.check_writable(folder)
    except config.ConfigError as error:
        raise click.UsageError(str(error)) from None
