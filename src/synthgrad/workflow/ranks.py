"""Layers as MPI ranks: whether they can be run here, and the tables that come of it."""

from synthgrad.parallel import event_model, mpi
from synthgrad.parallel.arms import networks_of
from synthgrad.report.tables import IN_RANKS, RANKS, existing


def lacking():
    """What the experiment `decoupling` needs and is not installed; None if nothing is."""
    return mpi.missing() or event_model.missing()


def are_run(study):
    """Whether layers are run as MPI ranks: the study asks for it, and all is there."""
    return study.decoupling is not None and lacking() is None


def tables(study, results, names=RANKS):
    """Paths of the tables of the runs in ranks, none where there are no such runs."""
    return [f"{results}/{name}.csv" for name in names if are_run(study)]


def made_by(rule, results):
    """Paths of the tables that a rule makes, by its short names for them."""
    return {short: f"{results}/{name}.csv" for short, name in IN_RANKS[rule].items()}


def published_tables():
    """Paths of the same among the published tables, as far as they are there."""
    return list(existing("published", RANKS).values())


def are_published():
    """Whether there are published tables of runs in ranks."""
    return bool(published_tables())


def seconds_to_95(study, results):
    """Path of the times that claims are judged by, besides the outcomes; none without ranks."""
    return tables(study, results, ["decoupling_seconds"])


def plan(study):
    """All that decides what is timed in ranks, as plain data."""
    networks = [list(network) for network in networks_of(study)]
    limits = {name: study.decoupling[name] for name in ("repeats", "seconds")}
    return {"networks": networks} | limits


def whole_machine(cores):
    """Threads of a job beside which nothing else may run, given the cores of the workflow.

    On a cluster, which gives each job cores of its own, two: one a rank.
    """
    return cores or 2
