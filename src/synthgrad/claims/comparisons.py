"""How a contrast is compared: from its two sides to an estimate, its interval and p-values."""

from itertools import product

import numpy as np

from synthgrad.claims.contrasts import NotInRun, budgets, levels, sides
from synthgrad.statistics.correlations import arm_correlation, row_correlations, seed_correlation
from synthgrad.statistics.intervals import Interval
from synthgrad.statistics.paired import Contrast, paired_contrast, within_bounds
from synthgrad.statistics.ranking import best_contrast, best_within_bounds
from synthgrad.statistics.survival import time_contrast
from synthgrad.statistics.trends import trend

DIFFERENCES = ("more", "less")
"""Directions that claim a difference; the others claim its absence or the lack of a harm."""


def repetitions(results, contrast):
    """The contrast for each level of the columns in `each`, as far as the run has them."""
    shared, columns = contrast.get("where", {}), contrast.get("each", [])
    arm = shared | contrast["arm"]
    for chosen in product(*(levels(results, arm, column) or [None] for column in columns)):
        found = {column: level for column, level in zip(columns, chosen) if level is not None}
        name = ", ".join([contrast["name"], *(f"{key} {text}" for key, text in found.items())])
        yield contrast | {"name": name, "where": shared | found}


def compare(results, contrast, rng, resamples):
    """The row of a contrast, before its p-values are adjusted.

    `p_adjusted` tests what is claimed, `p_other` the difference or its absence, whichever is
    not claimed.
    """
    direction, smallest = contrast["direction"], contrast.get("smallest_effect", 0.0)
    row = {"contrast": contrast["name"], "kind": contrast["kind"]}
    row |= {"direction": direction, "smallest_effect": smallest}
    try:
        arm, reference, left_out = sides(results, contrast)
    except NotInRun as reason:
        return row | untested(str(reason))
    if contrast["kind"] == "trend" and arm.shape[1] < 3:
        return row | untested("a trend needs three levels or more")
    claims_difference = direction in DIFFERENCES
    bounds = regions("same" if claims_difference else direction, smallest)[0]
    options = {"rng": rng, "resamples": resamples}
    if contrast["kind"] == "time":
        options["budget"], options["reference_budget"] = budgets(results, contrast)
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


def untested(reason):
    """What a row has of a contrast that is not tested."""
    empty = dict.fromkeys(("estimate", "ci_low", "ci_high", "p_adjusted", "p_other"), np.nan)
    return empty | {"n": 0, "note": reason, "tested": False}


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


def _difference(arm, reference, bounds, **options):
    result = paired_contrast(arm, reference, **options)
    return result, within_bounds(arm - reference, *bounds)


def _identity(arm, reference, bounds, **_):
    same = (arm == reference) | (np.isnan(arm) & np.isnan(reference))
    distances = np.nan_to_num(np.abs(arm - reference), nan=np.inf, posinf=np.inf)
    largest = float(np.where(same, 0.0, distances).max())
    interval = Interval(largest, largest, largest, "constant")
    note = "largest difference on any seed; nothing is estimated, nothing tested"
    return Contrast(interval, np.nan, 0.0, len(arm), note), np.nan


def _time(arm, reference, bounds, **options):
    return time_contrast(arm, reference, **options), np.nan


def _trend(arm, reference, bounds, **options):
    order = np.broadcast_to(np.arange(arm.shape[1]), arm.shape)
    # First, since published intervals of trends are of the draws that come after these.
    _, p_within = _arms(arm, order, bounds, **options)
    return trend(arm, **options), p_within


def _arms(arm, reference, bounds, **options):
    result = arm_correlation(arm, reference, **options)
    return result, within_bounds(row_correlations(arm, reference), *bounds)


def _seeds(arm, reference, bounds, **options):
    return seed_correlation(arm, reference, **options), np.nan


def _best(arm, reference, bounds, **options):
    result = best_contrast(arm, reference, **options)
    return result, best_within_bounds(arm, reference, *bounds)


COMPARE = {
    "difference": _difference,
    "identity": _identity,
    "time": _time,
    "trend": _trend,
    "arms": _arms,
    "seeds": _seeds,
    "best": _best,
}
"""How each kind of contrast is compared: from arm and reference to a `Contrast` and the p-value
for the effect to lie within bounds, NaN where no such test is made."""
