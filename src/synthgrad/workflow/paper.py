"""The paper: what it is written in, what it takes from a study, and the last words of a run."""

import shutil
from pathlib import Path

from synthgrad.report.tables import MEASURED, existing, paths_of_run
from synthgrad.study.registry import registered_tables
from synthgrad.workflow import ranks

PACKAGE = Path(__file__).parents[1]


def sources(folder):
    """Paths of all that the paper is written in."""
    kinds = {".tex", ".sty", ".bib"}
    return sorted(str(path) for path in Path(folder).rglob("*") if path.suffix in kinds)


def generated(results):
    """Paths of the files that the paper takes in and that are generated from results."""
    tables = registered_tables(PACKAGE / "report" / "paper")
    return [f"{results}/{name}.tex" for name in ("numbers", "captions", *tables)]


def reported_tables(results):
    """Paths of the tables of a run and of its manifest, and of the published tables that were
    measured apart, as far as they are there, by the names that the report has for them."""
    return paths_of_run(results) | existing("published", MEASURED)


def has_latex():
    """Whether the paper can be typeset here."""
    return all(shutil.which(program) for program in ("latexmk", "pdflatex", "bibtex"))


def final_targets(results):
    """What a run ends with: the paper or, without LaTeX, all that goes into it."""
    return f"{results}/synthgrad.pdf" if has_latex() else f"{results}/paper/numbers.tex"


def closing_message(study, results):
    """The last words of a run."""
    report = Path(results) / "synthgrad.pdf"
    words = f"The report is {report}" if report.exists() else f"The results are in {results}"
    if not has_latex():
        words = (
            f"Everything but the PDF is in {results}: LaTeX is missing. "
            "`paper/ensure-tex.sh` installs it or says how."
        )
    if study.decoupling is not None and not ranks.are_run(study):
        words = f"decoupling was left out: {ranks.lacking()} (make .venv/parallel)\n{words}"
    return words
