"""What the workflow asks of the package: parameters, dependencies and messages.

Keeps the Snakefiles free of functions, and importable without Snakemake.
"""

import os
import shutil
import sys
from pathlib import Path

from . import study as studies

PACKAGE = Path(__file__).parent

CORE = (
    "setups",
    "task",
    "conditioning",
    "kernels",
    "compiled",
    "network",
    "methods",
    "measures",
    "training",
)
"""Modules that decide what training gives."""

STAGES = {
    "training": (*CORE, "editions", "records"),
    "tuning": (*CORE, "tuning", "records"),
    "tables": ("study", "measures", "tuning", "records"),
    "analysis": ("statistics", "analysis"),
    "manifest": ("manifest",),
    "report": (
        "setups",
        "editions",
        "study",
        "statistics",
        "analysis",
        "findings",
        "report",
        "report_numbers",
        "report_tables",
        "tex",
    ),
    "paper": ("typeset",),
}
"""Modules whose content decides the output of a stage; an edit to one reruns it."""

FIGURES = ("learning-curves", "accuracy-by-width", "autopsy", "editions")
"""Every figure, by the name of its module in `figures/`."""

PAPER_TABLES = (
    "tuned",
    "headline",
    "outcomes",
    "contrasts",
    "programs",
    "editions",
    "signs",
    "manifest",
)
"""The generated tables of the paper; its numbers are a file of their own."""


def share_package():
    """Let jobs that run in a conda environment of their own find this package."""
    os.environ["PYTHONPATH"] = str(PACKAGE.parent)


def study_or_exit(config, schema):
    """The study of a config; or one line on stderr and exit status 2."""
    try:
        return studies.parse_study(config, schema)
    except studies.ConfigError as error:
        _exit(error)


def writable_or_exit(results):
    """Nothing if results can be written there; or one line on stderr and exit status 2."""
    for folder in (*reversed(Path(results).parents), Path(results)):
        if folder.exists() and not (folder.is_dir() and os.access(folder, os.W_OK | os.X_OK)):
            _exit(f"{folder} is not a folder that can be written to; make it one or remove it")


def _exit(error):
    sys.stderr.write(f"synthgrad: error: {error}\n")
    raise SystemExit(2)


def sources(stage):
    """Paths of the modules that decide the output of a stage."""
    return [str(PACKAGE / f"{name}.py") for name in STAGES[stage]]


def figure_sources(wildcards):
    """Input function: paths of the modules that decide a figure."""
    module = wildcards.figure.replace("-", "_")
    names = ("figures/tables", "figures/style", f"figures/{module}", "statistics", "analysis")
    return [str(PACKAGE / f"{name}.py") for name in names]


def figure_files(folder):
    """Paths of all figures in a folder, each as PDF and as PNG."""
    return [f"{folder}/{name}.{kind}" for name in FIGURES for kind in ("pdf", "png")]


def paper_sources(folder):
    """Paths of all that the paper is written in."""
    kinds = {".tex", ".sty", ".bib"}
    return sorted(str(path) for path in Path(folder).rglob("*") if path.suffix in kinds)


def tuning_table(study, results):
    """Input function: the tuning table of a cell, if it is tuned."""
    cells = study.cells()
    return lambda wildcards: (
        [f"{results}/tuning/{wildcards.cell}.parquet"] if cells[wildcards.cell].tuned else []
    )


def cell_parameters(study):
    """Params of the training rule: all that decides the runs of a cell."""
    cells = study.cells()
    return lambda wildcards: studies.cell_parameters(study, cells[wildcards.cell])


def tuning_parameters(study):
    """Params of the tuning rule: all that decides the sweep of a cell."""
    cells = study.cells()
    return lambda wildcards: studies.tuning_parameters(study, cells[wildcards.cell])


def cell_tables(study, results):
    """Paths of the tables of all cells."""
    return [f"{results}/cells/{name}.parquet" for name in study.cells()]


def tuning_tables(study, results):
    """Paths of the tuning tables of all tuned cells."""
    return [
        f"{results}/tuning/{name}.parquet" for name, cell in study.cells().items() if cell.tuned
    ]


def has_latex():
    """Whether the paper can be typeset here."""
    return all(shutil.which(program) for program in ("latexmk", "pdflatex", "bibtex"))


def final_targets(results):
    """What a run ends with: the paper or, without LaTeX, all that goes into it."""
    return f"{results}/synthgrad.pdf" if has_latex() else f"{results}/paper/numbers.tex"


def closing_message(results):
    """The last words of a run."""
    if not has_latex():
        return (
            f"Everything but the PDF is in {results}: LaTeX is missing. "
            "`paper/ensure-tex.sh` installs it or says how."
        )
    report = Path(results) / "synthgrad.pdf"
    return f"The report is {report}" if report.exists() else f"The results are in {results}"
