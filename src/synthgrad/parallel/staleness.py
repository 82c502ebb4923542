"""Does it matter for learning that decoupled generators are trained late?

Two ranks train the network of each seed decoupled, as it comes: how late a
target is depends on how the ranks happen to run, so no two runs are the same to
the last bit. The same seeds in lock-step are bit for bit the single process,
that is the study's own runs. Data flows from `train_decoupled` (the ranks) to `tables`.
"""

import json
from dataclasses import asdict, replace

import numpy as np
from threadpoolctl import threadpool_limits

from synthgrad.core.setup import Setup
from synthgrad.core.tasks import task_of
from synthgrad.core.training.curves import accuracy_auc, epochs_to
from synthgrad.core.training.history import recorded_epochs
from synthgrad.core.training.loop import train
from synthgrad.core.training.measures import is_finite
from synthgrad.parallel.arms import RANKS
from synthgrad.parallel.mpi import ending_together, launch, world
from synthgrad.parallel.pipeline import Stage
from synthgrad.parallel.timing import LIMIT

LONGEST = 3600
"""Seconds that all runs together may take."""

TABLES = ("runs", "outcomes")
"""A row an epoch recorded; a row a seed."""


def train_decoupled(comm, settings, seed):
    """Train one seed in decoupled ranks.

    Parameters
    ----------
    comm : mpi4py communicator of two ranks
    settings : dict, the fields of a `Setup`
    seed : int

    Returns
    -------
    dict of (epochs + 1,) arrays, on rank 0; None on the other
        `bit_accuracy` on the training examples, that of the best constant
        prediction from an epoch on after which a parameter is not finite;
        `staleness_mean` and `staleness_most` of the generator updates in an
        epoch, NaN at the start; `finite`.
    """
    setup = Setup(**settings)
    task = task_of(setup)
    stage = Stage(comm, setup, [seed], "decoupled", limit=LIMIT)
    rows = [_observe(task, stage)]
    for _ in range(setup.epochs):
        before = len(stage.staleness)
        stage.run(setup.batches)
        stage.gather()
        if comm.rank == 0:  # only there is the whole network as it now is
            rows.append(_observe(task, stage, stage.staleness[before:]))
    if comm.rank > 0:
        return None
    taken = {name: np.array([row[name] for row in rows]) for name in rows[0]}
    lost = ~np.logical_and.accumulate(taken["finite"])
    constant = task.constant_answer(stage.examples.targets, stage.examples.present)
    taken["chance"] = float(_accuracy(task, constant, stage.examples))
    taken["bit_accuracy"][lost] = taken["chance"]
    return taken


def _observe(task, stage, staleness=()):
    outputs = stage.examples.inputs
    with np.errstate(over="ignore", invalid="ignore"):
        for layer in stage.network:
            outputs = layer.forward(outputs, training=False)
    return {
        "bit_accuracy": float(_accuracy(task, outputs, stage.examples)),
        "finite": bool(is_finite(stage.network).all()),
        "staleness_mean": np.mean(staleness) if len(staleness) else np.nan,
        "staleness_most": max(staleness, default=np.nan),
    }


def _accuracy(task, outputs, examples):
    return task.accuracy(outputs, examples.targets, examples.present)[0]


def tables(labels, seed, taken, recorded):
    """What `train_decoupled` gave as rows of both tables.

    Parameters
    ----------
    labels : dict, the columns that tell the arm
    seed : int
    taken : dict, as of `train_decoupled`
    recorded : sequence of int, the epochs that are kept

    Returns
    -------
    runs : list of dict
    outcome : dict
    """
    labels = labels | {"seed": seed}
    curve, chance = taken["bit_accuracy"][None, 1:], np.array([taken["chance"]])
    names = ("bit_accuracy", "staleness_mean", "staleness_most")
    runs = [
        labels | {"epoch": epoch} | {name: taken[name][epoch] for name in names}
        for epoch in recorded
    ]
    lost = np.flatnonzero(~taken["finite"])
    outcome = labels | {
        "epochs": curve.shape[1],
        "chance": chance[0],
        "bit_accuracy": curve[0, -1],
        "accuracy_auc": accuracy_auc(curve, chance)[0],
        "epochs_to_95": epochs_to(curve, 0.95)[0],
        "staleness_mean": np.nanmean(taken["staleness_mean"]),
        "staleness_most": np.nanmax(taken["staleness_most"]),
        "diverged_at": lost[0] if len(lost) else np.nan,
    }
    return runs, outcome


def arms_of(study, outcomes):
    """The arms to train decoupled, with the step sizes that the study has chosen for them.

    Parameters
    ----------
    study : Study
    outcomes : DataFrame, its table of outcomes

    Returns
    -------
    list of (labels, settings), dicts
    """
    arms = []
    for cell in study.decoupled_cells():
        setup = cell.setup
        ends = outcomes[outcomes["cell"] == cell.name].iloc[0]
        sizes = {name: float(ends[name]) for name in ("step_size", "generator_step_size")}
        labels = {"cell": cell.name, "method": setup.method, "bits": setup.bits}
        arms.append((labels, asdict(replace(setup, **sizes))))
    return arms


def run_study(study, outcomes, paths):
    """Train what a study runs decoupled; its tables go to `paths`, as in `in_ranks`."""
    arms = arms_of(study, outcomes)
    # What is compiled is kept on disk, where two ranks at once could write over each other.
    with threadpool_limits(1):
        for _, settings in arms:
            train(replace(Setup(**settings), epochs=1), [0])
    in_ranks(arms, list(study.evaluation_seeds), study.records, paths, LONGEST)


def in_ranks(arms, seeds, records, paths, limit):
    """Train all arms on all seeds in ranks of their own.

    Parameters
    ----------
    arms : list of (labels, settings), dicts
    seeds : list of int
    records : int, about how many epochs are kept of every run
    paths : dict from each of `TABLES` to a path
    limit : int, seconds

    Raises
    ------
    mpi.RanksEnded
    """
    plan = {
        "arms": arms,
        "seeds": seeds,
        "records": records,
        "paths": {table: str(path) for table, path in paths.items()},
    }
    code = "import sys; from synthgrad.parallel.staleness import work; work(sys.argv[1])"
    launch(RANKS, ["-c", code, json.dumps(plan)], limit)


def work(plan):
    """What each rank does, by the plan of `in_ranks` as JSON."""
    comm = world(RANKS)
    with ending_together(comm), threadpool_limits(1):
        _work(comm, **json.loads(plan))


def _work(comm, arms, seeds, records, paths):
    from synthgrad.study.tables import write_csv

    rows = {table: [] for table in TABLES}
    for labels, settings in arms:
        recorded = recorded_epochs(settings["epochs"], records)
        for seed in seeds:
            taken = train_decoupled(comm, settings, seed)
            if comm.rank == 0:
                runs, outcome = tables(labels, seed, taken, recorded)
                rows["runs"] += runs
                rows["outcomes"].append(outcome)
    if comm.rank == 0:
        for table in TABLES:
            write_csv(rows[table], paths[table])
