"""Public functions of the core that no test calls, from the report of `coverage json`.

``python tests/uncalled.py REPORT`` names them and exits with 1 if there are any.
"""

import json
import sys
from pathlib import Path

from package import PACKAGE, core


def uncalled(report):
    """Names of public functions and methods of the core of which no line was run.

    Parameters
    ----------
    report : dict
        What `coverage json` writes.

    Returns
    -------
    list of str
        Such as ``network.Layer.forward``.

    Raises
    ------
    KeyError
        If the report leaves out a module of the core.
    """
    # Figures have some of the same names, in a folder of their own.
    paths = {Path(name): about for name, about in report["files"].items()}
    modules = {
        str(path.with_suffix("")).partition(f"{PACKAGE.name}/")[2]: about
        for path, about in paths.items()
    }
    return [
        f"{module}.{name}"
        for module in core()
        for name, lines in modules[module]["functions"].items()
        if lines["missing_lines"] and not lines["executed_lines"] and is_public(name)
    ]


def is_public(name):
    """Whether no part of a dotted name is private; the empty name is that of the module."""
    return bool(name) and not any(part.startswith("_") for part in name.split("."))


if __name__ == "__main__":
    found = uncalled(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")))
    if found:
        sys.exit(f"no test calls {', '.join(found)}")
