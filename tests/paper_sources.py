"""The sources of the paper, and what they ask for."""

import re

from package import ROOT

from synthgrad.report import captions

PAPER = ROOT / "paper"


def paper_sources():
    """The texts of all parts of the paper, by path; the captions are those of the figures."""
    parts = {path: path.read_text(encoding="utf-8") for path in PAPER.rglob("*.tex")}
    return parts | {PAPER / "captions.tex": captions.definitions()}


def keys_of_the_paper(macro="val"):
    """The keys that the paper hands to a macro."""
    text = "".join(paper_sources().values()) + (PAPER / "synthgrad.sty").read_text("utf-8")
    text = re.sub(r"^%.*", "", text, flags=re.M)
    return set(re.findall(rf"\\{macro}\{{([^#}}]+)\}}", text))


def rows(table):
    """The rows of a TeX table as lists of cells."""
    return [line.split(" & ") for line in table.splitlines() if " & " in line]
