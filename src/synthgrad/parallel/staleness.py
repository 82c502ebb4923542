"""Does it matter for learning that decoupled generators are trained late?

Two ranks train the network of each seed decoupled, as it comes: how late a
target is depends on how the ranks happen to run, so no two runs are the same to
the last bit. The same seeds in lock-step are bit for bit the single process,
that is the study's own runs; so are those of layers with a loss of their own.
Data flows from `train_decoupled` (the ranks) to `tables` and `beside_in_step`.
"""

import json
from dataclasses import asdict, replace

import numpy as np
import pandas as pd

from synthgrad.core.kernels.engine.library import load
from synthgrad.core.setup import Setup
from synthgrad.core.tasks import task_of
from synthgrad.core.training.curves import accuracy_auc, epochs_to
from synthgrad.core.training.history import recorded_epochs
from synthgrad.core.training.measures import is_finite
from synthgrad.core.training.passes import Answers
from synthgrad.parallel.arms import RANKS
from synthgrad.parallel.mpi import ending_together, launch, world
from synthgrad.parallel.pipeline import Stage
from synthgrad.parallel.timing import LIMIT
from synthgrad.statistics.divergence import difference_bounds, with_worst
from synthgrad.statistics.paired import signed_ranks
from synthgrad.study.ranks import STUDIED_IN_RANKS, decoupled_cells, late_targets, seeds_in_ranks
from synthgrad.study.tuning import as_learning

LONGEST = 3600
"""Seconds that all runs together may take."""

TABLES = ("runs", "outcomes")
"""A row an epoch recorded; a row a seed."""

ARM = ["cell", "method", "bits", "late_targets"]
"""Columns that tell a run but for its seed."""

NONE = "none"
"""Stands for `late_targets` where there are no targets that could be late."""


def train_decoupled(comm, settings, seed, late_targets):
    """Train one seed in decoupled ranks.

    Parameters
    ----------
    comm : mpi4py communicator of two ranks
    settings : dict, the fields of a `Setup`
    seed : int
    late_targets : str
        As of a `Stage`, or `NONE`.

    Returns
    -------
    dict of (epochs + 1,) arrays, on rank 0; None on the other
        `bit_accuracy` on the training examples, that of the best constant
        prediction from an epoch on after which a parameter is not finite;
        `staleness_mean` and `staleness_most` of the generator updates in an
        epoch, NaN at the start and where there are none; `finite`.
    """
    setup = Setup(**settings)
    task = task_of(setup)
    options = {} if late_targets == NONE else {"late_targets": late_targets}
    stage = Stage(comm, setup, [seed], "decoupled", limit=LIMIT, **options)
    answers = Answers(stage.network, stage.examples)
    rows = [_observe(task, stage, answers)]
    for _ in range(setup.epochs):
        before = len(stage.staleness)
        stage.run(setup.batches)
        stage.gather()
        if comm.rank == 0:  # only there is the whole network as it now is
            rows.append(_observe(task, stage, answers, stage.staleness[before:]))
    if comm.rank > 0:
        return None
    taken = {name: np.array([row[name] for row in rows]) for name in rows[0]}
    lost = ~np.logical_and.accumulate(taken["finite"])
    constant = task.constant_answer(stage.examples.targets, stage.examples.present)
    taken["chance"] = float(_accuracy(task, constant, stage.examples))
    taken["bit_accuracy"][lost] = taken["chance"]
    return taken


def _observe(task, stage, answers, staleness=()):
    return {
        "bit_accuracy": float(_accuracy(task, answers.give(), stage.examples)),
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
        "staleness_mean": pd.Series(taken["staleness_mean"]).mean(),
        "staleness_most": pd.Series(taken["staleness_most"]).max(),
        "diverged_at": lost[0] if len(lost) else np.nan,
    }
    return runs, outcome


def arms_of(study, outcomes):
    """The arms to train decoupled, with the best step sizes that let their generators learn.

    Parameters
    ----------
    study : Study
    outcomes : DataFrame, its table of outcomes

    Returns
    -------
    list of (labels, settings), dicts
        Methods with generators have one for each form of late targets.
    """
    arms, learning = [], as_learning(outcomes)
    for cell in decoupled_cells(study):
        setup = cell.setup
        ends = learning[learning["cell"] == cell.name].iloc[0]
        sizes = {name: float(ends[name]) for name in ("step_size", "generator_step_size")}
        labels = {"cell": cell.name, "method": setup.method, "bits": setup.bits}
        for form in late_targets(study) if setup.conditions else [NONE]:
            arms.append((labels | {"late_targets": form}, asdict(replace(setup, **sizes))))
    return arms


def run_study(study, outcomes, paths):
    """Train what a study runs decoupled; its tables go to `paths`, as in `in_ranks`."""
    seeds = list(seeds_in_ranks(study))
    in_ranks(arms_of(study, outcomes), seeds, study.records, paths, LONGEST)


def beside_in_step(study, outcomes, decoupled):
    """What was learnt in decoupled ranks beside the same seeds in step, a row an arm.

    Parameters
    ----------
    study : Study
    outcomes : DataFrame, its table of outcomes
    decoupled : DataFrame, the outcomes of the runs in decoupled ranks

    Returns
    -------
    DataFrame
        `score` is the mean `accuracy_auc`; `difference` that of decoupled - in step,
        with its interval; `diverged` counts seeds.
    """
    studied, rows = as_learning(outcomes[outcomes["experiment"] == STUDIED_IN_RANKS]), []
    for labels, runs in decoupled.groupby(ARM, sort=False):
        own = studied[studied["cell"] == labels[0]]
        both = runs.merge(own, on="seed", suffixes=("", "_in_step"))
        scores = [both[name].to_numpy() for name in ("accuracy_auc", "accuracy_auc_in_step")]
        diverged = [both[f"diverged_at{side}"].notna().to_numpy() for side in ("", "_in_step")]
        sides = [with_worst(*each, "accuracy_auc") for each in zip(scores, diverged, strict=True)]
        found = signed_ranks(*difference_bounds(*sides, *diverged))
        rows.append(
            dict(zip(ARM, labels, strict=True))
            | {
                "seeds": len(both),
                "diverged": int(diverged[0].sum()),
                "diverged_in_step": int(diverged[1].sum()),
                "score": scores[0].mean(),
                "score_in_step": scores[1].mean(),
                "difference": found.estimate,
                "ci_low": found.low,
                "ci_high": found.high,
                "staleness_mean": both["staleness_mean"].mean(),
                "staleness_most": both["staleness_most"].max(),
            }
        )
    return pd.DataFrame(rows)


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
    load()  # compiled here, where needed, and not by two ranks at once
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
    with ending_together(comm):
        _work(comm, **json.loads(plan))


def _work(comm, arms, seeds, records, paths):
    from synthgrad.study.tables import write_csv

    rows = {table: [] for table in TABLES}
    for labels, settings in arms:
        recorded = recorded_epochs(settings["epochs"], records)
        for seed in seeds:
            taken = train_decoupled(comm, settings, seed, labels["late_targets"])
            if comm.rank == 0:
                runs, outcome = tables(labels, seed, taken, recorded)
                rows["runs"] += runs
                rows["outcomes"].append(outcome)
    if comm.rank == 0:
        for table in TABLES:
            write_csv(rows[table], paths[table])
