"""The jobs that train: the tables that they write, and what decides a job and its memory."""

from synthgrad.study.experiments import (
    cell_parameters,
    job_name,
    tuning_parameters,
    tuning_replicas,
)
from synthgrad.study.memory import megabytes


def cell_tables(study, results):
    """Paths of the tables of all training jobs: one a cell, or one a part of its seeds."""
    return [f"{results}/cells/{name}.parquet" for name in study.jobs()]


def tuning_tables(study, results):
    """Paths of the tuning tables of all tuned cells."""
    return [f"{results}/tuning/{name}.parquet" for name in study.tunings()]


def tuning_table(study, results):
    """Input function: the tuning table of the cell that a job trains, if it is tuned."""
    jobs = study.jobs()

    def table(wildcards):
        cell, _ = jobs[wildcards.cell]
        return [f"{results}/tuning/{job_name(cell.name)}.parquet"] if cell.tuned else []

    return table


def parameters_of_training(study):
    """Params of the training rule: all that decides what a job trains."""
    jobs = study.jobs()
    return lambda wildcards: cell_parameters(study, *jobs[wildcards.cell])


def parameters_of_tuning(study):
    """Params of the tuning rule: all that decides the sweep of a cell."""
    cells = study.tunings()
    return lambda wildcards: tuning_parameters(study, cells[wildcards.cell])


def training_memory(study):
    """Resource of the training rule: MB that a job needs at most."""
    jobs = study.jobs()

    def needed(wildcards):
        cell, seeds = jobs[wildcards.cell]
        return megabytes(cell.setup, len(seeds))

    return needed


def tuning_memory(study):
    """Resource of the tuning rule: MB that a job needs at most."""
    cells = study.tunings()

    def needed(wildcards):
        cell = cells[wildcards.cell]
        return megabytes(cell.setup, tuning_replicas(study, cell))

    return needed
