"""The names of setups: what makes them differ from the defaults."""

from collections.abc import Sequence

from synthgrad.core.setup import Setup, field_names
from synthgrad.core.tutorial import EDITIONS


def setup_name(setup: Setup, edition: str | None = None, skipped: Sequence[str] = ()) -> str:
    """The method or edition, then each setting that differs from its default.

    Parameters
    ----------
    setup : Setup
    edition : str, optional
        The published program that the setup starts from, whose settings are the defaults then.
    skipped : sequence of str
        Settings that are not named.

    Returns
    -------
    str

    Examples
    --------
    >>> setup_name(Setup("dni[output]", bits=6, hidden=(64, 32)))
    'dni-output,bits=6,hidden=64-32'
    """
    base = EDITIONS[edition].setup if edition else Setup(method=setup.method)
    parts = [edition or method_slug(setup.method)]
    for name in field_names():
        value = getattr(setup, name)
        if name not in {"method", *skipped} and value != getattr(base, name):
            parts.append(f"{name}={setting_text(value)}")
    return ",".join(parts)


def method_slug(method: str) -> str:
    """A method's name without brackets.

    Parameters
    ----------
    method : str

    Returns
    -------
    str

    Examples
    --------
    >>> method_slug("dni[output]")
    'dni-output'
    """
    return method.replace("[", "-").replace("]", "")


def setting_text(value: object) -> str:
    """A setting as it stands in names and tables.

    Parameters
    ----------
    value : object

    Returns
    -------
    str

    Examples
    --------
    >>> setting_text((64, 32)), setting_text(True)
    ('64-32', 'true')
    """
    if isinstance(value, tuple):
        return "-".join(map(str, value))
    return str(value).lower() if isinstance(value, bool) else str(value)
