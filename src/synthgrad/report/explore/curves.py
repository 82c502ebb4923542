"""The experiments for the page: what can be chosen, and curves with intervals and seeds."""

import base64
import gzip
import json
import shlex

import numpy as np

from synthgrad.figures import style

MEASURES = {
    "bit_accuracy": "training bit accuracy",
    "heldout_bit_accuracy": "held-out bit accuracy",
    "sum_accuracy": "sums with all bits right (training)",
    "alignment_1": "alignment with the true gradient, layer 1 (cosine)",
    "alignment_2": "alignment with the true gradient, layer 2 (cosine)",
}
"""Measures that have curves: columns of the table of runs, and their names."""

OUTCOMES = {
    "accuracy_auc": "score",
    "accuracy_auc_300": "score in 300 epochs",
    "accuracy_auc_100": "score in 100 epochs",
    "bit_accuracy": "final bit accuracy",
    "epochs_to_95": "epochs to 95 %",
    "diverged_at": "diverged at",
}
"""What the page says of a seed: columns of the table of outcomes, and their names."""

SUMMARISED = [*OUTCOMES][:4]
"""The outcomes for which the summary has means with intervals."""

DIGITS = 5
"""Significant digits of all numbers in the page."""


def rounded(values):
    """Numbers as the page has them, None where there is none."""
    return [float(f"{value:.{DIGITS}g}") if np.isfinite(value) else None for value in values]


def packed(data):
    """Data that the page unpacks when it needs them: gzipped JSON in Base64."""
    text = json.dumps(data, separators=(",", ":"), allow_nan=False)
    return base64.b64encode(gzip.compress(text.encode(), mtime=0)).decode()


def experiments(tables, questions, advance=lambda: None):
    """All experiments with runs, by name.

    Parameters
    ----------
    tables : Tables
    questions : dict of what each experiment asks
    advance : function that is called after each cell
    """
    return {
        name: _experiment(name, tables, runs, questions.get(name, ""), advance)
        for name, runs in tables.runs.groupby("experiment", sort=False)
    }


def _experiment(name, tables, runs, question, advance):
    factors = varied(runs)
    outcomes = tables.outcomes[tables.outcomes["experiment"] == name]
    estimates = {measure: tables.estimates(name, measure) for measure in SUMMARISED}
    cells, curves = [], []
    for cell, of_cell in runs.groupby("cell", sort=False):
        first = of_cell.iloc[0]
        cells.append(
            {
                "cell": cell,
                "argument": shlex.quote(cell),
                "method": first["method"],
                "bits": int(first["bits"]),
                "settings": first[factors].fillna("none").to_dict(),
                "estimates": [_estimate(estimates[measure], cell) for measure in SUMMARISED],
            }
        )
        curves.append(_curves(tables, of_cell, outcomes[outcomes["cell"] == cell]))
        advance()
    return {
        "question": question,
        "factors": {each: sorted({cell["settings"][each] for cell in cells}) for each in factors},
        "cells": cells,
        "measures": [m for m in MEASURES if any(m in curve["curves"] for curve in curves)],
        "packed": packed(curves),
    }


def varied(runs):
    """The settings that differ between the cells of an experiment, apart from method and bits;
    without those that follow from the ones before them."""
    columns = list(runs.columns)
    settings = columns[columns.index("bits") + 1 : columns.index("seed")]
    cells = runs.drop_duplicates("cell")[settings].fillna("").astype(str)
    chosen = []
    for setting in settings:
        before = cells.groupby(chosen)[setting].nunique().max() if chosen else 0
        if cells[setting].nunique() > 1 and before != 1:
            chosen.append(setting)
    return chosen


def _estimate(estimates, cell):
    """Mean, interval and number of seeds of a summary, None if it has none."""
    if cell not in estimates.index:
        return None
    row = estimates.loc[cell]
    return [*rounded(row[["mean", "ci_low", "ci_high"]].astype(float)), int(row["n"])]


def _curves(tables, runs, outcomes):
    """The curves of a cell: by measure the mean, its interval and the values of each seed at each
    epoch; and the outcomes of each seed."""
    epochs = sorted(runs["epoch"].unique())
    curves = {}
    for measure in MEASURES:
        curve = tables.curve(runs, measure).set_index("epoch").reindex(epochs)
        if curve["mean"].notna().any():
            by_seed = runs.pivot(index="seed", columns="epoch", values=measure)
            curves[measure] = {
                "seeds": [rounded(values) for values in by_seed.to_numpy(float)],
                **{name: rounded(curve[name]) for name in ("mean", "low", "high")},
            }
    outcomes = outcomes.set_index("seed").sort_index()
    return {
        "epochs": list(map(int, epochs)),
        "seeds": list(map(int, outcomes.index)),
        "outcomes": [rounded(row) for row in outcomes[[*OUTCOMES]].to_numpy(float)],
        "curves": curves,
    }


def looks(methods):
    """How the page draws each method: its name, colour and dashes, as in the figures."""
    return {method: _look(style.look(method)) for method in style.in_order(methods)}


def _look(look):
    dashes = [] if look.dashes == "-" else [3 * length for length in look.dashes[1]]
    return {"name": look.name, "colour": look.colour, "dashes": dashes}
