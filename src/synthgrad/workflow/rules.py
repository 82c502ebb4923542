"""What the workflow asks of the package: parameters, dependencies and messages.

Keeps the Snakefiles free of functions, and importable without Snakemake.
"""

import argparse
import hashlib
import os
import shutil
import sys
from pathlib import Path

from synthgrad.parallel import event_model as simulation
from synthgrad.parallel import mpi, pipeline
from synthgrad.parallel import timing as decoupling
from synthgrad.study import config as configs
from synthgrad.study import experiments as studies
from synthgrad.study import memory
from synthgrad.workflow import outputs as catalogue

PACKAGE = Path(__file__).parents[1]


def share_with_jobs():
    """Tell the jobs, through the environment, where this package is."""
    # A conda environment of a job's own has the package's dependencies, not the package.
    os.environ["PYTHONPATH"] = str(PACKAGE.parent)


def readable_or_exit(*paths):
    """Nothing if these are config files; or one line on stderr and exit status 2."""
    try:
        configs.read_config(*paths)
    except configs.ConfigError as error:
        _exit(error)


def config_files(command):
    """The files that a Snakemake command line names with --configfile."""
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("--configfile", "--configfiles", nargs="*", default=[])
    return parser.parse_known_args(command[1:])[0].configfile


def study_or_exit(config, schema):
    """The study of a config; or one line on stderr and exit status 2."""
    try:
        study = studies.parse_study(config, schema)
        _check_ranks(study)
        return study
    except configs.ConfigError as error:
        _exit(error)


def _check_ranks(study):
    """Refuse runs in ranks that cannot be: of networks too large, or of draws while they train."""
    if study.decoupling is None:
        return
    where = "decoupling.networks"
    try:
        decoupling.check(decoupling.networks_of(study))
        where = f"experiments.{studies.STUDIED_IN_RANKS}"
        for cell in study.decoupled_cells():
            pipeline.require_fitting(cell.setup, "decoupled")
    except ValueError as error:
        raise configs.ConfigError(f"{where}: {error}") from None


def checked_claims_or_exit(path, schema):
    """The path of the claims; or one line on stderr and exit status 2."""
    try:
        configs.read_claims(path, schema)
    except configs.ConfigError as error:
        _exit(error)
    return path


def writable_or_exit(results):
    """Nothing if results can be written there; or one line on stderr and exit status 2."""
    try:
        configs.check_writable(results)
    except configs.ConfigError as error:
        _exit(error)


def _exit(error):
    sys.stderr.write(f"synthgrad: error: {error}\n")
    raise SystemExit(2)


def sources(stage):
    """Paths of the modules that decide the output of a stage."""
    return [str(PACKAGE / f"{name}.py") for name in catalogue.STAGES[stage]]


def digest(stage):
    """What the modules of a stage contain; as a parameter, an edit is seen whatever its time."""
    return _digest(sources(stage))


def _digest(paths):
    content = b"".join(Path(path).read_bytes() for path in paths)
    return hashlib.sha256(content).hexdigest()


def figure_sources(wildcards):
    """Input function: paths of the modules that decide a figure."""
    module = wildcards.figure.replace("-", "_")
    drawing = (f"figures/{name}" for name in ("tables", "style", "parts", module))
    further = catalogue.FIGURE_PARTS.get(wildcards.figure, ())
    names = (*drawing, *further, "core/setup", *catalogue.STATISTICS)
    return [str(PACKAGE / f"{name}.py") for name in names]


def figure_digest(wildcards):
    """Params of the rules that draw: what those modules contain."""
    return _digest(figure_sources(wildcards))


def measured_tables():
    """Paths of the tables that were measured apart from the study, as far as they are there, by
    the names that the report has for them."""
    paths = {name: f"published/{name}.csv" for name in catalogue.MEASURED}
    return {name: path for name, path in paths.items() if Path(path).exists()}


def published_tables():
    """Paths of the published tables that the report takes, by the names it has for them."""
    parquet = ("runs", "outcomes")
    csv = ("tuned", "summary", "survival", "ranking", "factorial", "power", "claims")
    return {
        **{name: f"published/{name}.parquet" for name in parquet},
        **{name: f"published/{name}.csv" for name in csv},
        "contrasts": "published/statistics.csv",
        "manifest": "published/manifest.json",
    }


def figure_category(wildcards):
    """Input function: where the HTML report has a figure."""
    name = wildcards.figure
    return catalogue.CATEGORIES.get(
        name, catalogue.CATEGORIES.get(catalogue.FIGURES[name], "Ablations")
    )


def figure_tables(folder):
    """Input function: tables in a folder that a figure alone is drawn from."""

    def tables(wildcards):
        return [
            f"{folder}/{name}.csv" for name in catalogue.FIGURE_TABLES.get(wildcards.figure, ())
        ]

    return tables


def figure_files(study, folder, kinds=("pdf", "png"), ranks=None):
    """Paths in a folder of all figures that a study has the runs for, in each format.

    `ranks` says whether there are runs in ranks, by default if the study has them.
    """
    present = {None, *study.experiments}
    if runs_ranks(study) if ranks is None else ranks:
        present.add("decoupling")
    drawn = [name for name, experiment in catalogue.FIGURES.items() if experiment in present]
    return [f"{folder}/{name}.{kind}" for name in drawn for kind in kinds]


def paper_sources(folder):
    """Paths of all that the paper is written in."""
    kinds = {".tex", ".sty", ".bib"}
    return sorted(str(path) for path in Path(folder).rglob("*") if path.suffix in kinds)


def questions(config):
    """Params of the rule of the pages: what each experiment of a config answers, by its name."""
    listed = config["experiments"].items()
    return {name: experiment["question"] for name, experiment in listed if experiment}


def tuning_table(study, results):
    """Input function: the tuning table of the cell that a job trains, if it is tuned."""
    jobs = study.jobs()

    def table(wildcards):
        cell, _ = jobs[wildcards.cell]
        return [f"{results}/tuning/{studies.job_name(cell.name)}.parquet"] if cell.tuned else []

    return table


def cell_parameters(study):
    """Params of the training rule: all that decides what a job trains."""
    jobs = study.jobs()
    return lambda wildcards: studies.cell_parameters(study, *jobs[wildcards.cell])


def tuning_parameters(study):
    """Params of the tuning rule: all that decides the sweep of a cell."""
    cells = study.tunings()
    return lambda wildcards: studies.tuning_parameters(study, cells[wildcards.cell])


def training_memory(study):
    """Resource of the training rule: MB that a job needs at most."""
    jobs = study.jobs()

    def needed(wildcards):
        cell, seeds = jobs[wildcards.cell]
        return memory.megabytes(cell.setup, len(seeds))

    return needed


def gathering_memory(study):
    """MB that gathering the tables needs at most: it has one cell at a time in memory."""
    seeds = len(study.evaluation_seeds)
    return max(memory.megabytes(cell.setup, seeds) for cell in study.cells().values())


def tuning_memory(study):
    """Resource of the tuning rule: MB that a job needs at most."""
    cells = study.tunings()

    def needed(wildcards):
        cell = cells[wildcards.cell]
        return memory.megabytes(cell.setup, studies.tuning_replicas(study, cell))

    return needed


def cell_tables(study, results):
    """Paths of the tables of all training jobs: one a cell, or one a part of its seeds."""
    return [f"{results}/cells/{name}.parquet" for name in study.jobs()]


def digits_tables(study, results):
    """Paths of the tables of the training jobs of the experiment on the digits."""
    cells = [cell for _, cell in study.experiments.get("digits", [])]
    return [f"{results}/cells/{name}.parquet" for cell in cells for name, _ in study.parts(cell)]


def tuning_tables(study, results):
    """Paths of the tuning tables of all tuned cells."""
    return [f"{results}/tuning/{name}.parquet" for name in study.tunings()]


def lacking():
    """What the experiment `decoupling` needs and is not installed; None if nothing is."""
    return mpi.missing() or simulation.missing()


def runs_ranks(study):
    """Whether layers are run as MPI ranks: the study asks for it, and all is there."""
    return study.decoupling is not None and lacking() is None


def decoupling_tables(study, results):
    """Paths of the tables of the runs in ranks, none where there are no such runs."""
    return [f"{results}/{name}.csv" for name in catalogue.DECOUPLING_TABLES if runs_ranks(study)]


def reported_ranks(study, results):
    """Paths of the tables of ranks that the report takes from a run; none where it has none."""
    return [f"{results}/{name}.csv" for name in catalogue.REPORTED_RANKS if runs_ranks(study)]


def published_ranks():
    """Paths of the same tables among the published ones, as far as they are there."""
    paths = [f"published/{name}.csv" for name in catalogue.REPORTED_RANKS]
    return [path for path in paths if Path(path).exists()]


def seconds_to_95(study, results):
    """Path of the times that the claims are judged by, besides the outcomes; none without ranks."""
    return [path for path in decoupling_tables(study, results) if "_seconds" in path]


def decoupling_plan(study):
    """All that decides what is timed in ranks, as plain data."""
    networks = [list(network) for network in decoupling.networks_of(study)]
    limits = {name: study.decoupling[name] for name in ("repeats", "seconds")}
    return {"networks": networks} | limits


def whole_machine(cores):
    """Threads of a job beside which nothing else may run, given the cores of the workflow.

    On a cluster, which gives each job cores of its own, two: one a rank.
    """
    return cores or 2


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
    if study.decoupling is not None and not runs_ranks(study):
        words = f"decoupling was left out: {lacking()} (make .venv/parallel)\n{words}"
    return words
