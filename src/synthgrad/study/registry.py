"""Tables by name, each with the function that makes it.

``@table("name")`` before a function registers it, so that a new table is one new function. The
workflow has to know the names and does not import what makes the tables, which would take a
second in each of its jobs: it reads them in the source.
"""

import re
from pathlib import Path


class TableRegistry(dict):
    """Functions that make a table, by its name; called with a name it is the decorator."""

    def __call__(self, name):
        """Register the function that makes the table of this name."""

        def register(function):
            self[name] = function
            return function

        return register


def registered_tables(folder):
    """Names of the tables that the modules in a folder register, in their order."""
    sources = (path.read_text(encoding="utf-8") for path in sorted(Path(folder).glob("*.py")))
    return re.findall(r'^@table\("([a-z_-]+)"\)$', "".join(sources), re.MULTILINE)
