"""Layers as MPI ranks: whether decoupled ranks save time, and what a minibatch costs.

`run.ranks` is a dict of table name to data frame, empty where no ranks were run.
"""

import math

import numpy as np

from synthgrad.report import tex
from synthgrad.report.paper import numbers, table
from synthgrad.report.tex import MISSING, fixed
from synthgrad.study.ranks import IN_RANKS

KEYS = (
    *("answers", "saves", "never", "needs/least", "affords/least", "affords/most"),
    *("affords/most/network", "model/count", "model/error", "simulated/most"),
    *("simulated/most/workers", "simulated/most/conditioning"),
    *("share/output", "share/label", "slower/dni/least", "slower/local-loss/least"),
    *("slower/local-loss/most", "late/repredicted/diverged", "late/kept/diverged"),
)
"""Numbers that the prose names."""


@numbers
def rank_values(run):
    """All numbers; dashes where no ranks were run."""
    found = dict.fromkeys(KEYS, MISSING)
    if run.ranks:
        found |= _answers(run.ranks["decoupling_answer"])
        found |= _afforded(run.ranks["decoupling"])
        found |= _modelled(run.ranks["decoupling_model"], run.ranks["decoupling_simulated"])
        found |= _shares(run.ranks["decoupling_operations"])
        found |= _slower(run.ranks["decoupling_answer"])
        found |= _late(run.ranks["decoupling_learning"])
    has = {"has/decoupling": ""} if run.ranks else {}
    return has | {f"waiting/{key}": text for key, text in found.items()}


def _answers(answer):
    needs = answer["needs"].replace(np.inf, np.nan).min()
    return {
        "answers": str(len(answer)),
        "saves": str(int(answer["saves_time"].sum())),
        "never": str(int(np.isinf(answer["minibatches"]).sum())),
        "needs/least": fixed(needs, 1),
    }


def _afforded(summary):
    decoupled = summary[summary["way"] == "decoupled"]
    most = decoupled.loc[decoupled["affords"].idxmax()]
    has_generators = decoupled["conditioning"].map(IN_RANKS).str.startswith("dni")
    generators = decoupled.loc[has_generators, "affords"]
    return {
        "affords/least": fixed(generators.min(), 2),
        "affords/most": fixed(generators.max(), 2),
        "affords/most/network": (
            f"hidden layers {tex.escape(most['hidden'])}, minibatches of "
            f"{most['batch_size']}, {tex.method_name(IN_RANKS[most['conditioning']])}"
        ),
    }


def _modelled(model, simulated):
    found = {
        "model/count": str(len(model)),
        "model/error": fixed(100 * model["error"].abs().median(), 0),
    }
    if simulated.empty:
        return found
    most = simulated.loc[simulated["affords"].idxmax()]
    return found | {
        "simulated/most": fixed(most["affords"], 1),
        "simulated/most/workers": str(most["workers"]),
        "simulated/most/conditioning": tex.method_name(IN_RANKS[most["conditioning"]]),
    }


def _shares(operations):
    hidden = operations[operations["generator_share"] > 0]
    shares = hidden.groupby("conditioning")["generator_share"].median()
    return {
        f"share/{name}": fixed(100 * shares.get(name, math.nan), 0) for name in ("output", "label")
    }


def _slower(answer):
    """How many times as long decoupled ranks take to 95 % as the fastest backprop, where they get
    there: with generators, and with local losses."""
    slower = (answer["seconds"] / answer["rival_seconds"]).replace(np.inf, np.nan)
    local = answer["method"] == "local-loss"
    return {
        "slower/dni/least": fixed(np.floor(slower[~local].min()), 0),
        "slower/local-loss/least": fixed(slower[local].min(), 1),
        "slower/local-loss/most": fixed(slower[local].max(), 1),
    }


def _late(learning):
    """How many seeds diverged with generators of output and label, by what late targets meet."""
    labelled = learning[learning["method"] == "dni[output+label]"]
    return {
        f"late/{row['late_targets']}/diverged": tex.share(row["diverged"], row["seeds"])
        for row in labelled.to_dict("records")
    }


@table("waiting")
def waiting_table(run):
    """Minibatches needed and seconds taken to 95 % by decoupled ranks, beside backprop."""
    rows = run.ranks["decoupling_answer"].to_dict("records") if run.ranks else []
    lines = [
        tex.row(
            tex.method_name(row["method"]),
            str(row["bits"]),
            *(_or_never(row[name], 0) for name in ("minibatches", "rival_minibatches")),
            _or_never(row["needs"], 1),
            fixed(row["affords"], 2),
            *(_or_never(row[name], 2) for name in ("seconds", "rival_seconds")),
            tex.escape(row["rival"]),
        )
        for row in rows
    ]
    groups = [tex.span(2, "minibatches"), "", "", tex.span(2, "seconds")]
    header = [
        tex.row("", "", *groups, ""),
        r"\cmidrule(lr){3-4}\cmidrule(lr){7-8}",
        tex.row(
            "Method", "bits", "own", "backprop", "needs", "affords", "own", "backprop", "run in"
        ),
    ]
    return tex.table("lrrrrrrrl", header, [lines])


LATE = {
    "repredicted": "the present prediction",
    "kept": "that of the time",
    "none": "no targets",
}
"""What a late target is compared with (`pipeline.Stage`)."""


@table("late")
def late_table(run):
    """What decoupled ranks learn beside the same seeds in step, by what late targets meet."""
    rows = run.ranks["decoupling_learning"].to_dict("records") if run.ranks else []
    lines = [
        tex.row(
            tex.method_name(row["method"]),
            LATE[row["late_targets"]],
            f"{row['diverged']}/{row['seeds']}",
            f"{row['diverged_in_step']}/{row['seeds']}",
            *(fixed(row[name]) for name in ("score", "score_in_step", "difference")),
            tex.interval(row["ci_low"], row["ci_high"]),
            fixed(row["staleness_mean"], 1),
        )
        for row in rows
    ]
    groups = [tex.span(2, "diverged"), tex.span(2, "score")]
    header = [
        tex.row("", "", *groups, "", "", ""),
        r"\cmidrule(lr){3-4}\cmidrule(lr){5-6}",
        tex.row(
            *("Method", "targets meet", "ranks", "in step", "ranks", "in step"),
            *("difference", "", "late by"),
        ),
    ]
    return tex.table("llrrrrrlr", header, [lines])


def _or_never(value, digits):
    return r"$\infty$" if value == math.inf else fixed(value, digits)
