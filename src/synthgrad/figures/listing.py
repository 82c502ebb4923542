"""Which figures there are, and what the module of each says at its top.

The modules are read, not imported: the workflow does without Matplotlib.
"""

import ast
import importlib
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path

GALLERY = Path(__file__).with_name("gallery")


@dataclass(frozen=True)
class Figure:
    """The constants of a module of the gallery: ``CAPTION = ...`` and so on."""

    caption: str  # in the TeX of the paper
    experiment: str | None = None  # which it cannot do without
    tables: tuple = ()  # CSV tables that it is drawn from, and others are not
    category: str = "Ablations"  # in the HTML report
    explore: str | None = None  # what a click opens in the page to explore, "" for nothing

    @property
    def opens(self):
        """What a click on the figure opens in the page to explore, as the address of the page has
        it after ``#``: its experiment, if the module does not say; "" if nothing."""
        if self.explore is not None:
            return self.explore
        return f"experiment={self.experiment}" if self.experiment else ""


NAMES = {field.name for field in fields(Figure)}


@cache
def figures():
    """Every figure, by its name."""
    paths = sorted(GALLERY.glob("[!_]*.py"))
    return {path.stem.replace("_", "-"): _read(path) for path in paths}


def own_tables():
    """Names of the tables that only some figures are drawn from: all that modules name."""
    return sorted({table for figure in figures().values() for table in figure.tables})


def module(name):
    """The module that draws a figure."""
    return importlib.import_module(f"synthgrad.figures.gallery.{name.replace('-', '_')}")


def _read(path):
    said = {}
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        match node:
            case ast.Assign(targets=[ast.Name(name)]) if name.lower() in NAMES:
                said[name.lower()] = ast.literal_eval(node.value)
    return Figure(**said)
