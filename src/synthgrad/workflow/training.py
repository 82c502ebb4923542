"""The jobs that search and train: the tables that they write, and what decides a job."""

from pathlib import Path

from synthgrad.study.experiments import job_parameters, search_parameters
from synthgrad.study.memory import megabytes

PUBLISHED = "published/searches"
"""Where the searches of the full study are published, apart from what is trained after them."""


def cell_tables(study, results):
    """Paths of the tables of all training jobs."""
    return [f"{results}/cells/{job}.parquet" for job in study.jobs]


def search_tables(study, folder):
    """Paths of the tables of all search jobs, in their folder."""
    return [f"{folder}/{job}.parquet" for job in study.search_jobs]


def searches_before(study, folder):
    """Input function: the tables that a search job reads."""

    def paths(wildcards):
        needed = [each for search in study.search_jobs[wildcards.job] for each in search.needs()]
        return tables_of(study, folder, needed)

    return paths


def searches_of_job(study, folder):
    """Input function: the tables from which the cells of a training job take their step sizes."""

    def paths(wildcards):
        cells = [cell for cell, _ in study.jobs[wildcards.job]]
        needed = [search for cell in cells for search in study.searches_of(cell)]
        return tables_of(study, folder, needed)

    return paths


def tables_of(study, folder, searches):
    """Paths of the tables that have these searches."""
    jobs = dict.fromkeys(study.job_of_search[search.name] for search in searches)
    return [f"{folder}/{job}.parquet" for job in jobs]


def by_job(paths):
    """Tables by the name of the job that made them, which is that of the file."""
    return {Path(path).stem: path for path in paths}


def parameters_of_training(study):
    """Params of the training rule: all that decides what a job trains."""
    return lambda wildcards: job_parameters(study, wildcards.job)


def parameters_of_search(study):
    """Params of the search rule: all that decides what a job finds."""
    return lambda wildcards: search_parameters(study, wildcards.job)


def training_memory(study):
    """Resource of the training rule: MB that a job needs at most."""
    return lambda wildcards: max(
        megabytes(cell.setup, len(seeds)) for cell, seeds in study.jobs[wildcards.job]
    )


def search_memory(study):
    """Resource of the search rule: MB that a job needs at most."""
    return lambda wildcards: max(
        megabytes(search.setup, search.budget.replicas)
        for search in study.search_jobs[wildcards.job]
    )
