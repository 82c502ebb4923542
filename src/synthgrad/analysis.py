"""From the outcomes of all seeds to estimates and contrasts.

Each estimate draws from a random stream of its own, named after what it
estimates, so that adding a cell changes no other number.
"""

import zlib

import numpy as np
import pandas as pd

from . import statistics

MEASURES = ("accuracy_auc", "bit_accuracy", "sum_accuracy", "heldout_bit_accuracy")
"""Measures that are summarised and compared; the first is the primary outcome."""

REFERENCES = ("backprop", "frozen")
"""What every arm of an experiment on methods is compared with."""


def arm_keys(outcomes):
    """Columns that tell the arms of a table of outcomes apart."""
    start, stop = outcomes.columns.get_loc("method"), outcomes.columns.get_loc("seed")
    return ["experiment", "cell", *outcomes.columns[start:stop]]


def stream(seed, *names):
    """The random generator of one estimate."""
    return np.random.default_rng([seed, zlib.crc32("/".join(map(str, names)).encode())])


def summarise(outcomes, resamples, seed):
    """Mean over seeds of each measure and arm, with its interval.

    Returns a frame with the arm's columns and `measure, n, mean, ci_low,
    ci_high, ci_method, diverged`, without rows for measures that have no values.
    """
    keys = arm_keys(outcomes)
    rows = []
    for arm, runs in outcomes.groupby(keys, sort=False, dropna=False):
        labels = dict(zip(keys, arm, strict=True))
        for measure in MEASURES:
            values = runs[measure].dropna()
            if values.empty:
                continue
            rng = stream(seed, "mean", labels["experiment"], labels["cell"], measure)
            interval = statistics.mean_interval(values, rng, resamples)
            rows.append(
                labels
                | {
                    "measure": measure,
                    "n": len(values),
                    "mean": interval.estimate,
                    "ci_low": interval.low,
                    "ci_high": interval.high,
                    "ci_method": interval.method,
                    "diverged": int(runs["diverged_at"].notna().sum()),
                }
            )
    return pd.DataFrame(rows)


def compare(outcomes, resamples, seed):
    """Every method against every reference of its experiment, all else equal.

    A family, within which p-values are adjusted after Holm, is the contrasts of
    one experiment, measure and reference.

    Returns a frame with a row a contrast: where it belongs, arm, reference,
    estimate (mean difference), interval, p-values, effect size, n, note.
    """
    rows = []
    for experiment, arms in outcomes.groupby("experiment", sort=False):
        others = [key for key in arm_keys(outcomes) if key not in ("experiment", "cell", "method")]
        for level, runs in arms.groupby(others, sort=False, dropna=False):
            labels = {"experiment": experiment} | dict(zip(others, level, strict=True))
            by_method = dict(list(runs.groupby("method", sort=False)))
            for reference in REFERENCES:
                for method in by_method:
                    if method != reference and reference in by_method:
                        pair = by_method[method], by_method[reference]
                        rows += _contrasts(labels, method, reference, *pair, resamples, seed)
    contrasts = pd.DataFrame(rows)
    if not contrasts.empty:
        family = contrasts.groupby(["experiment", "measure", "reference"], sort=False)["p_value"]
        contrasts["p_adjusted"] = family.transform(statistics.holm)
    return contrasts


def _contrasts(labels, method, reference, arm_runs, reference_runs, resamples, seed):
    arm_runs = arm_runs.set_index("seed")
    reference_runs = reference_runs.set_index("seed")
    for measure in MEASURES:
        pairs = pd.concat([arm_runs[measure], reference_runs[measure]], axis=1, join="inner")
        arm, other = pairs.dropna().to_numpy().T
        if not len(arm):
            continue
        rng = stream(seed, "contrast", *labels.values(), method, reference, measure)
        contrast = statistics.paired_contrast(arm, other, rng, resamples)
        yield labels | {
            "measure": measure,
            "arm": method,
            "reference": reference,
            "n": contrast.n,
            "estimate": contrast.interval.estimate,
            "ci_low": contrast.interval.low,
            "ci_high": contrast.interval.high,
            "ci_method": contrast.interval.method,
            "p_value": contrast.p_value,
            "effect_size": contrast.effect_size,
            "note": contrast.note,
        }
