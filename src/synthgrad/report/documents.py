"""From a run to the generated TeX files of the paper: numbers, captions and booktabs tables."""

import importlib
import pkgutil
import re
from pathlib import Path

from synthgrad.report import captions, paper
from synthgrad.report.paper import number_functions
from synthgrad.report.tex import definitions
from synthgrad.study.tables import replacing

for topic in pkgutil.iter_modules(paper.__path__, f"{paper.__name__}."):
    importlib.import_module(topic.name)


READ = re.compile(r"\\(val|whenval|arm|asserts|ifrun)\{([^}#]+)\}")
"""Where the sources of the paper read a number."""

BEFORE_THE_NAME = {"asserts": "claim/", "ifrun": "has/"}
"""What the key begins with that a macro reads by a name."""


def documents(run, sources):
    """The texts of all generated files, by their names without ``.tex``.

    run : Run
    sources : list of the texts of the paper, whose numbers are generated
    """
    texts = {name: make(run) for name, make in paper.table.items()}
    texts["captions"] = captions.definitions()
    keys = set().union(*map(keys_read, [*sources, *texts.values()]))
    read = {key: text for key, text in values(run).items() if key in keys}
    return texts | {"numbers": definitions(read)}


def keys_read(source):
    """The keys of the numbers that a text of the paper reads."""
    return {BEFORE_THE_NAME.get(macro, "") + name for macro, name in READ.findall(source)}


def values(run):
    """All numbers that the prose may print, as a dict of key to TeX."""
    return {key: text for give in number_functions for key, text in give(run).items()}


def write(texts, paths):
    """Write each text to the one of the paths that has its name.

    Raises
    ------
    ValueError
        If texts and paths do not belong together one by one.
    """
    by_name = {Path(path).stem: Path(path) for path in paths}
    if by_name.keys() != texts.keys():
        raise ValueError(f"there are {sorted(texts)}, but asked for are {sorted(by_name)}")
    for name, path in by_name.items():
        with replacing(path) as temporary:
            temporary.write_text(texts[name], encoding="utf-8")
