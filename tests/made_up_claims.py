"""A made-up claim, claims judged with few resamples, and a made-up table of claims."""

import pandas as pd

from synthgrad.claims.judge import judge


def judged(claims, runs, outcomes):
    """The table of claims by the tables of a run."""
    return judge(claims, runs, outcomes, seed=0)


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
    return pd.DataFrame(
        [
            contrast_row("labels", "supports", 0.0001, figure="autopsy"),
            contrast_row("labels", "supports", 0.02, figure="autopsy"),
            contrast_row("depth", "supports"),
            contrast_row("depth", "undecided", 0.5),
            contrast_row("depth", "opposite", 0.04),
            contrast_row("depth", "opposite", 0.0004),
            contrast_row(
                "speed", "not tested", float("nan"), "not tested", note="no experiment", part=None
            ),
        ]
    )


def contrast_row(claim, shown, p=0.01, verdict="partly", **about):
    """A row of that table; `shown` is what the contrast shows."""
    return {
        "claim": claim,
        "edition": "later",
        "statement": f"About {claim}.",
        "contrast": f"{claim} {shown}",
        "estimate": 0.25,
        "ci_low": 0.2,
        "ci_high": 0.3,
        "p_adjusted": p,
        "n": 30,
        "verdict": verdict,
        "evidence": shown,
        "note": "",
        "part": "6",
        "figure": None,
    } | about
