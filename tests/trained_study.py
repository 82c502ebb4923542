"""Small studies that are searched, trained and gathered here, by the scripts of the workflow."""

import runpy
from functools import cache

from package import ROOT

from synthgrad.study.config import read_config
from synthgrad.study.expansion import parse_study
from synthgrad.study.experiments import job_parameters, search_parameters
from synthgrad.workflow.training import searches_before, searches_of_job

FULL = ROOT / "config" / "config.yaml"
SCHEMA = ROOT / "workflow" / "schemas" / "config.schema.yaml"

SEEDS = {"evaluation": {"first": 0, "count": 3}, "tuning": {"first": 9, "count": 3}}


def study_of(experiments, **others):
    """The full study with these experiments alone, on few seeds, and with other settings."""
    return parse_study(config_of(experiments, **others), SCHEMA)


def config_of(experiments, **others):
    """The config of that."""
    asked = {name: {"question": "?"} | each for name, each in experiments.items()}
    return read_config(FULL) | {"decoupling": None, "seeds": SEEDS, "experiments": asked} | others


@cache
def script(name):
    """The function `main` of a script of the workflow."""
    return runpy.run_path(str(ROOT / "workflow" / "scripts" / f"{name}.py"))["main"]


class Job:
    """What Snakemake hands to an input function."""

    def __init__(self, job):
        self.job = job


def search(study, folder):
    """Run all search jobs; the paths of their tables, by job."""
    paths, needed = {}, searches_before(study, folder)
    for job in study.search_jobs:
        paths[job] = folder / f"{job}.parquet"
        parameters = search_parameters(study, job)
        script("search")(study, job, needed(Job(job)), parameters, paths[job])
    return paths


def train(study, folder, searches="nowhere"):
    """Run all training jobs, given the folder of the searches; the paths of their tables."""
    paths, needed = {}, searches_of_job(study, searches)
    for job in study.jobs:
        paths[job] = folder / f"{job}.parquet"
        script("train")(study, job, needed(Job(job)), job_parameters(study, job), paths[job])
    return paths


TABLES = ("runs", "outcomes", "curves", "sweeps")


def tables(config, folder):
    """Search, train and gather the study of a config: its tables are in the folder then."""
    study = parse_study(config, SCHEMA)
    searches = search(study, folder / "searches").values()
    cells = train(study, folder / "cells", folder / "searches").values()
    paths = [*(folder / f"{name}.parquet" for name in TABLES), folder / "tuned.csv"]
    script("tables")(config, SCHEMA, cells, searches, *paths)
    return study
