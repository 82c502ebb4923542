"""From claims and the tables of a run to verdicts.

The claims are data (`config/claims.yaml`). Their schema tells the rule that
`evidence` and `verdict` follow.
"""

from itertools import product

import numpy as np
import pandas as pd

from synthgrad.claims import contrasts as selection
from synthgrad.statistics import tests as statistics
from synthgrad.statistics.estimates import stream

SUPPORTS, OPPOSITE, NO_DIFFERENCE, UNDECIDED = "supports", "opposite", "no difference", "undecided"
"""What a contrast shows, if it is tested."""

REPRODUCED, PARTLY, NOT_REPRODUCED, NOT_TESTED = VERDICTS = (
    "reproduced",
    "partly",
    "not reproduced",
    "not tested",
)

COLUMNS = [
    *("claim", "edition", "statement", "contrast", "estimate", "ci_low", "ci_high", "p_adjusted"),
    *("n", "verdict", "evidence", "note", "part", "figure", "direction", "smallest_effect"),
]
"""Columns of the table of claims, which has a row for each contrast."""


def judge(claims, runs, outcomes, resamples, seed, seconds=None):
    """Judge claims by the tables of a run, that of `clock.to_95` (`seconds`) among them if it
    has one.

    Each contrast draws from a random stream of its own, and p-values are
    adjusted after Holm within a family: those of the claims, and apart from them
    those of the question that a claim does not ask.

    Returns
    -------
    DataFrame with `COLUMNS`, a row a contrast; all rows of a claim have its verdict
    """
    results = selection.arrange(runs, outcomes, seconds)
    rows = []
    for name, claim in claims.items():
        about = {"claim": name, "part": "", "figure": "", "contrast": ""} | claim
        if "not_tested" in claim:
            rows.append(about | _untested(claim["not_tested"]))
            continue
        for contrast in claim["contrasts"]:
            for repetition in _repetitions(results, contrast):
                rng = stream(seed, "claim", name, repetition["name"])
                rows.append(about | _compare(results, repetition, rng, resamples))
    table = pd.DataFrame(rows)
    for p_value in ("p_adjusted", "p_other"):
        table[p_value] = table.groupby("family")[p_value].transform(statistics.holm)
    table["evidence"] = [evidence(row) for row in table.to_dict("records")]
    table["verdict"] = table.groupby("claim")["evidence"].transform(verdict)
    return table[COLUMNS]


def evidence(row):
    """What a contrast shows, from a dict of its interval, adjusted p-values, direction and
    smallest effect. `p_adjusted` tests what is claimed, `p_other` the difference or its
    absence, whichever is not claimed."""
    if not row["tested"]:
        return NOT_TESTED
    if row["kind"] == "identity":
        return SUPPORTS if row["estimate"] == 0 else OPPOSITE

    def within(region):
        return region[0] < row["ci_low"] and row["ci_high"] < region[1]

    claimed, opposite = regions(row["direction"], row["smallest_effect"])
    if row["p_adjusted"] < statistics.SIGNIFICANCE and within(claimed):
        return SUPPORTS
    claims_difference = row["direction"] in ("more", "less")
    p_difference = row["p_adjusted" if claims_difference else "p_other"]
    if p_difference < statistics.SIGNIFICANCE and any(map(within, opposite)):
        return OPPOSITE
    if claims_difference and row["p_other"] < statistics.SIGNIFICANCE:
        return NO_DIFFERENCE
    return UNDECIDED


def regions(direction, smallest):
    """Where a claim wants the effect to be, and the regions that contradict it."""
    below, above = (-np.inf, -smallest), (smallest, np.inf)
    return {
        "more": (above, [below]),
        "less": (below, [above]),
        "not less": ((-smallest, np.inf), [below]),
        "not more": ((-np.inf, smallest), [above]),
        "same": ((-smallest, smallest), [below, above]),
    }[direction]


def verdict(shown):
    """The verdict on a claim from what each of its contrasts shows."""
    if all(each == NOT_TESTED for each in shown):
        return NOT_TESTED
    supports = [each == SUPPORTS for each in shown]
    return REPRODUCED if all(supports) else PARTLY if any(supports) else NOT_REPRODUCED


def _repetitions(results, contrast):
    """The contrast for each level of the columns in `each`, as far as the run has them."""
    shared, columns = contrast.get("where", {}), contrast.get("each", [])
    arm = shared | contrast["arm"]
    for chosen in product(
        *(selection.levels(results, arm, column) or [None] for column in columns)
    ):
        found = {column: level for column, level in zip(columns, chosen) if level is not None}
        name = ", ".join([contrast["name"], *(f"{key} {text}" for key, text in found.items())])
        yield contrast | {"name": name, "where": shared | found}


def _compare(results, contrast, rng, resamples):
    """A contrast's row, before its p-values are adjusted."""
    row = {
        "contrast": contrast["name"],
        "kind": contrast["kind"],
        "direction": contrast["direction"],
        "smallest_effect": contrast.get("smallest_effect", 0.0),
    }
    try:
        arm, reference, left_out = selection.sides(results, contrast)
    except selection.NotInRun as reason:
        return row | _untested(str(reason))
    if contrast["kind"] == "trend" and arm.shape[1] < 3:
        return row | _untested("a trend needs three levels or more")
    claims_difference = row["direction"] in ("more", "less")
    smallest = row["smallest_effect"]
    bounds = (-smallest, smallest) if claims_difference else regions(row["direction"], smallest)[0]
    options = {"rng": rng, "resamples": resamples}
    if contrast["kind"] == "time":
        options["budget"], options["reference_budget"] = selection.budgets(results, contrast)
    result, p_within = COMPARE[contrast["kind"]](arm, reference, bounds, **options)
    p_values = (result.p_value, p_within) if claims_difference else (p_within, result.p_value)
    left_out = f"{left_out} seeds without a value left out" if left_out else ""
    return row | {
        "estimate": result.interval.estimate,
        "ci_low": result.interval.low,
        "ci_high": result.interval.high,
        "p_adjusted": p_values[0],
        "p_other": p_values[1],
        "n": result.n,
        "note": "; ".join(filter(None, [result.note, left_out])),
        "tested": contrast["kind"] == "identity" or not np.isnan(result.p_value),
    }


def _untested(reason):
    empty = dict.fromkeys(("estimate", "ci_low", "ci_high", "p_adjusted", "p_other"), np.nan)
    return empty | {"n": 0, "note": reason, "tested": False}


def _difference(arm, reference, bounds, **options):
    result = statistics.paired_contrast(arm, reference, **options)
    return result, statistics.within_bounds(arm - reference, *bounds)


def _identity(arm, reference, bounds, **_):
    same = (arm == reference) | (np.isnan(arm) & np.isnan(reference))
    distances = np.nan_to_num(np.abs(arm - reference), nan=np.inf, posinf=np.inf)
    largest = float(np.where(same, 0.0, distances).max())
    interval = statistics.Interval(largest, largest, largest, "constant")
    note = "largest difference on any seed; nothing is estimated, nothing tested"
    return statistics.Contrast(interval, np.nan, 0.0, len(arm), note), np.nan


def _time(arm, reference, bounds, **options):
    return statistics.time_contrast(arm, reference, **options), np.nan


def _trend(arm, reference, bounds, **options):
    _, p_within = _arms(arm, np.broadcast_to(np.arange(arm.shape[1]), arm.shape), bounds, **options)
    return statistics.trend(arm, **options), p_within


def _arms(arm, reference, bounds, **options):
    correlations = statistics.row_correlations(arm, reference)
    return _difference(correlations, np.zeros(len(correlations)), bounds, **options)


def _seeds(arm, reference, bounds, **options):
    return statistics.seed_correlation(arm, reference, **options), np.nan


def _best(arm, reference, bounds, **options):
    result = statistics.best_contrast(arm, reference, **options)
    return result, statistics.best_within_bounds(arm, reference, *bounds)


COMPARE = {
    "difference": _difference,
    "identity": _identity,
    "time": _time,
    "trend": _trend,
    "arms": _arms,
    "seeds": _seeds,
    "best": _best,
}
"""How each kind of contrast is compared: from arm and reference to a `statistics.Contrast` and
the p-value for the effect to lie within bounds, NaN where no such test is made."""
