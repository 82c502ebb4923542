"""From a run to the generated TeX files of the paper: numbers, captions and booktabs tables."""

import importlib
import pkgutil
from pathlib import Path

from synthgrad.report import captions, paper
from synthgrad.report.tex import definitions
from synthgrad.study.tables import replacing

for topic in pkgutil.iter_modules(paper.__path__, f"{paper.__name__}."):
    importlib.import_module(topic.name)


def documents(run):
    """The texts of all generated files, by their names without ``.tex``."""
    tables = {name: make(run) for name, make in paper.table.items()}
    return {"numbers": definitions(values(run)), "captions": captions.definitions()} | tables


def values(run):
    """All numbers that the prose may print, as a dict of key to TeX."""
    return {key: text for give in paper.number_functions for key, text in give(run).items()}


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
