"""A made-up claim, claims judged with few resamples, and a made-up table of claims."""

import json

import numpy as np
import pandas as pd
from made_up_results import EXPERIMENTS

from synthgrad.claims.judge import COLUMNS, judge


def judged(claims, runs, outcomes):
    """The table of claims by the tables of a run, as far as these are of experiments they name."""
    text = json.dumps(claims)
    unasked = [name for name in EXPERIMENTS if f'"{name}"' not in text]
    tables = [table[~table["experiment"].isin(unasked)] for table in (runs, outcomes)]
    return judge(claims, *tables, seed=0)


def claim(**contrast):
    """One claim, with one contrast of the score of two methods at 8 bits, changed by `contrast`."""
    contrast = {
        "name": "arm - reference",
        "kind": "difference",
        "measure": "accuracy_auc",
        "where": {"experiment": "headline", "bits": 8},
        "arm": {"method": "backprop"},
        "reference": {"method": "frozen"},
        "direction": "more",
        "smallest_effect": 0.05,
    } | contrast
    return {
        "c": {
            "statement": "something is so",
            "edition": "both",
            "written": "after a pilot",
            "family": "f",
            "contrasts": [contrast],
        }
    }


def three_claims():
    """A table of claims: one that is supported throughout, one in part, one not tested."""
    labels = {"verdict": "reproduced", "figure": "autopsy", "tested_contrasts": "2 of 2"}
    depth = {
        "verdict": "mixed",
        "changed": "Asked of arms that learn.",
        "tested_contrasts": "4 of 5",
    }
    speed = {"verdict": "not tested", "written": "after a pilot", "tested_contrasts": "0 of 1"}
    untested = dict.fromkeys((*NUMBERS, *P_VALUES, "n"), np.nan) | {"note": "no experiment"}
    table = pd.DataFrame(
        [
            contrast_row("labels", "supports", p_supports_holm=0.0001, **labels),
            contrast_row("labels", "supports", p_supports_holm=0.02, **labels),
            contrast_row("depth", "supports", **depth),
            contrast_row("depth", "undecided", p_supports_holm=0.5, **depth),
            contrast_row("depth", "against", p_against_holm=0.004, **depth),
            contrast_row("depth", "against", p_against_holm=0.0004, ci_low=-np.inf, **depth),
            contrast_row("depth", "not tested", **depth | untested),
            contrast_row("speed", "not tested", part=None, **speed | untested),
        ]
    )
    return table[COLUMNS]


NUMBERS = {"estimate": 0.25, "ci_low": 0.2, "ci_high": 0.3}
P_VALUES = dict.fromkeys(("p_supports", "p_against", "p_supports_holm", "p_against_holm"), 0.01)


def contrast_row(claim, shown, **about):
    """A row of that table; `shown` is what the contrast shows."""
    row = {
        "claim": claim,
        "edition": "later",
        "part": "6",
        "statement": f"About {claim}.",
        "written": "before the first results",
        "changed": None,
        "figure": None,
        "family": "f",
        "verdict": "partly",
        "tested_contrasts": "1 of 1",
        "contrast": f"{claim} {shown}",
        "kind": "difference",
        "measure": "accuracy_auc",
        "direction": "more",
        "smallest_effect": 0.05,
        "arm_cells": "headline: dni[label],bits=4,tuned",
        "reference_cells": "headline: frozen,bits=4,tuned",
        "n": 30,
        "arm_diverged": 0,
        "reference_diverged": 0,
        "alone": shown,
        "evidence": shown,
        "note": "",
    }
    return row | NUMBERS | P_VALUES | about
