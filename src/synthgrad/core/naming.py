"""The names of cells and searches: what makes them differ from the defaults."""

from synthgrad.core.setup import Setup, field_names
from synthgrad.core.tutorial import EDITIONS


def setup_name(setup, edition=None, skipped=()):
    """The method or edition, then each setting that differs from its default."""
    base = EDITIONS[edition].setup if edition else Setup(method=setup.method)
    parts = [edition or method_slug(setup.method)]
    for name in field_names():
        value = getattr(setup, name)
        if name not in {"method", *skipped} and value != getattr(base, name):
            parts.append(f"{name}={setting_text(value)}")
    return ",".join(parts)


def method_slug(method):
    """A method's name without brackets: ``dni[output]`` gives ``dni-output``."""
    return method.replace("[", "-").replace("]", "")


def setting_text(value):
    """A setting as it stands in names and tables."""
    if isinstance(value, tuple):
        return "-".join(map(str, value))
    return str(value).lower() if isinstance(value, bool) else str(value)
