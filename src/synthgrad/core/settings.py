"""A setting is said once: its default, what is allowed and a sentence of help, at its field.

Checks, messages, docstring, the schema of the config, the options of the command
line and the table in config/README.md all come from there.
"""

import sys
from abc import ABC, abstractmethod
from dataclasses import dataclass, field, fields
from typing import Any, ClassVar, NamedTuple, TypeVar

Settings = TypeVar("Settings")


class Allowed(ABC):
    """What a setting may be. Its `str` says so in words."""

    verb: ClassVar[str] = "is"
    """Between "allowed" and the words."""

    @abstractmethod
    def __contains__(self, value: object) -> bool: ...

    @property
    @abstractmethod
    def schema(self) -> dict[str, Any]:
        """The same as a JSON schema."""

    def show(self, value: object) -> str:
        """A value as messages and tables have it."""
        return repr(value)

    def check(self, name: str, value: object) -> None:
        """Refuse what is not allowed.

        Parameters
        ----------
        name : str
            Of the setting.
        value : object

        Raises
        ------
        ValueError
            Names the setting, its value and what is allowed.
        """
        if value not in self:
            raise ValueError(f"{name} is {self.show(value)}; allowed {self.verb} {self}")


@dataclass(frozen=True)
class Whole(Allowed):
    """A whole number from `least` on, to `most` if there is one, or the word `word`."""

    least: int
    most: int | None = None
    word: str | None = None

    def __contains__(self, value: object) -> bool:
        if isinstance(value, str):
            return value == self.word
        return (
            isinstance(value, int)
            and not isinstance(value, bool)
            and self.least <= value
            and (self.most is None or value <= self.most)
        )

    def __str__(self) -> str:
        span = (
            f"at least {self.least}" if self.most is None else f"from {self.least} to {self.most}"
        )
        return f"a whole number {span}" + (f" or {self.word}" if self.word else "")

    @property
    def schema(self) -> dict[str, Any]:
        most = {} if self.most is None else {"maximum": self.most}
        number = {"type": "integer", "minimum": self.least} | most
        return number if self.word is None else {"anyOf": [number, {"const": self.word}]}


@dataclass(frozen=True)
class Number(Allowed):
    """A finite number: at least `least`, more than `above`, at most `most` where given."""

    least: float | None = None
    above: float | None = None
    most: float | None = None

    def __contains__(self, value: object) -> bool:
        return (
            isinstance(value, int | float)
            and not isinstance(value, bool)
            # A comparison, since a whole number may be too large to become a float.
            and abs(value) <= sys.float_info.max
            and (self.least is None or value >= self.least)
            and (self.above is None or value > self.above)
            and (self.most is None or value <= self.most)
        )

    def __str__(self) -> str:
        limits = {"at least": self.least, "more than": self.above, "at most": self.most}
        said = [f"{words} {limit}" for words, limit in limits.items() if limit is not None]
        return "a finite number" + (f" of {' and '.join(said)}" if said else "")

    @property
    def schema(self) -> dict[str, Any]:
        limits = {"minimum": self.least, "exclusiveMinimum": self.above, "maximum": self.most}
        given = {name: limit for name, limit in limits.items() if limit is not None}
        return {"type": "number"} | given


class Flag(Allowed):
    """True or False."""

    def __contains__(self, value: object) -> bool:
        return isinstance(value, bool)

    def __str__(self) -> str:
        return "True or False"

    @property
    def schema(self) -> dict[str, Any]:
        return {"type": "boolean"}


class OneOf(Allowed):
    """One of several words."""

    def __init__(self, *words: str) -> None:
        self.words = words

    def __contains__(self, value: object) -> bool:
        return isinstance(value, str) and value in self.words

    def __str__(self) -> str:
        return " or ".join(self.words)

    @property
    def schema(self) -> dict[str, Any]:
        return {"enum": list(self.words)}


class Sizes(Allowed):
    """Units of one or more layers."""

    def __contains__(self, value: object) -> bool:
        return (
            isinstance(value, tuple) and bool(value) and all(units in Whole(1) for units in value)
        )

    def __str__(self) -> str:
        return "one or more layer sizes of at least 1"

    @property
    def schema(self) -> dict[str, Any]:
        return {"type": "array", "minItems": 1, "items": Whole(1).schema}

    def show(self, value: object) -> str:
        """Like a config, which has lists."""
        return repr(list(value) if isinstance(value, tuple) else value)


class Setting(NamedTuple):
    """A setting: its default, what is allowed, and what it means."""

    default: Any
    allowed: Allowed
    help: str


def setting(default: Any, allowed: Allowed, help: str) -> Any:
    """A field of a dataclass of settings.

    Parameters
    ----------
    default : object
    allowed : Allowed
    help : str
        A sentence.

    Returns
    -------
    Field
    """
    return field(default=default, metadata={"setting": Setting(default, allowed, help)})


def settings_of(described: Any) -> dict[str, Setting]:
    """All settings of a dataclass, by name, in order.

    Parameters
    ----------
    described : dataclass or an instance of one

    Returns
    -------
    dict of str to Setting
    """
    return {each.name: each.metadata["setting"] for each in fields(described)}


def documented(described: type[Settings]) -> type[Settings]:
    """Put the settings of a dataclass into its docstring, before what it raises.

    Parameters
    ----------
    described : dataclass

    Returns
    -------
    dataclass
        The same.
    """
    lines = ["Parameters", "----------"]
    for name, (default, allowed, help) in settings_of(described).items():
        lines += [f"{name} : {allowed}, default {allowed.show(default)}", f"    {help}"]
    before, raises, after = (described.__doc__ or "").partition("    Raises\n")
    section = "".join(f"    {line}\n" for line in lines)
    described.__doc__ = f"{before}{section}\n{raises}{after}"
    return described
