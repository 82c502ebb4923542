"""From the outcomes of all seeds to estimates and contrasts.

Each estimate draws from a random stream of its own, named after what it
estimates, so that adding a cell changes no other number.
"""

import zlib

import numpy as np
import pandas as pd

from synthgrad.core.setup import CONDITIONS, parse_conditions
from synthgrad.statistics import tests as statistics

MEASURES = ("accuracy_auc", "bit_accuracy", "sum_accuracy", "heldout_bit_accuracy")
"""Measures that are summarised and compared; the first is the primary outcome."""

TIME = "epochs_to_95"
"""Time to an event, which may not come within the epochs of a run."""

REFERENCES = ("backprop", "frozen")
"""What every arm of an experiment on methods is compared with."""

SMALLEST_EFFECT = 0.05
"""The smallest difference in the primary outcome that matters; the claims say why."""


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
    estimate (mean difference; of times, log2 of the ratio of their medians),
    interval, standard deviation of the differences, p-values, effect size, n, note.
    """
    rows = []
    for labels, by_method in _alike(outcomes):
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


def _alike(outcomes):
    """The outcomes of each method by seed, where all else is equal: pairs of labels and dict."""
    others = [key for key in arm_keys(outcomes) if key not in ("experiment", "cell", "method")]
    for experiment, arms in outcomes.groupby("experiment", sort=False):
        for level, runs in arms.groupby(others, sort=False, dropna=False):
            labels = {"experiment": experiment} | dict(zip(others, level, strict=True))
            by_method = runs.set_index("seed").groupby("method", sort=False)
            yield labels, dict(list(by_method))


def _contrasts(labels, method, reference, arm_runs, reference_runs, resamples, seed):
    for measure in (*MEASURES, TIME):
        pairs = pd.concat([arm_runs[measure], reference_runs[measure]], axis=1, join="inner")
        arm, other = (pairs if measure == TIME else pairs.dropna()).to_numpy(dtype=float).T
        if not len(arm):
            continue
        rng = stream(seed, "contrast", *labels.values(), method, reference, measure)
        if measure == TIME:
            budget = float(arm_runs["epochs"].max())
            contrast = statistics.time_contrast(arm, other, budget, rng, resamples)
        else:
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
            "sd": float(np.std(arm - other, ddof=1)) if len(arm) > 1 and measure != TIME else None,
            "p_value": contrast.p_value,
            "effect_size": contrast.effect_size,
            "note": contrast.note,
        }


def survive(outcomes):
    """Kaplan-Meier median of the epochs to 95 % bit accuracy of every arm, with its interval;
    infinite where it is not reached."""
    keys = arm_keys(outcomes)
    rows = []
    for arm, runs in outcomes.groupby(keys, sort=False, dropna=False):
        found = statistics.survival(runs[TIME], runs["epochs"])
        rows.append(
            dict(zip(keys, arm, strict=True))
            | {
                "n": found.n,
                "events": found.events,
                "median": found.median,
                "ci_low": found.low,
                "ci_high": found.high,
            }
        )
    return pd.DataFrame(rows)


def _factorials(outcomes):
    """The primary outcome by set of conditions, seeds as rows, wherever several conditions are
    run in all sets of them."""
    for labels, by_method in _alike(outcomes):
        by_set = {
            frozenset(parse_conditions(method)): runs[MEASURES[0]]
            for method, runs in by_method.items()
            if parse_conditions(method)
        }
        seen = frozenset().union(*by_set)
        if len(seen) > 1 and len(by_set) == 2 ** len(seen) - 1:
            yield labels, pd.DataFrame(by_set).dropna()


def rank(outcomes, resamples, seed):
    """Which set of conditions is best, by the primary outcome, and how sure that is.

    Returns a frame with a row a set: mean, its bootstrap probability of being the
    best, and of being within `SMALLEST_EFFECT` of the best.
    """
    rows = []
    for labels, table in _factorials(outcomes):
        rng = stream(seed, "ranking", *labels.values())
        found = statistics.ranking(table.to_numpy(), SMALLEST_EFFECT, rng, resamples)
        for place in np.argsort(-table.mean().to_numpy(), kind="stable"):
            rows.append(
                labels
                | {
                    "conditions": _joined(table.columns[place]),
                    "n": len(table),
                    "mean": table.iloc[:, place].mean(),
                    "p_best": found.best[place],
                    "p_near_best": found.near_best[place],
                }
            )
    return pd.DataFrame(rows)


def factorial(outcomes, resamples, seed):
    """Main effects and two-way interactions of the conditions on the primary outcome.

    Returns a frame with a row an effect, with interval and p-value; the effects
    of an experiment are a family.
    """
    rows = []
    for labels, table in _factorials(outcomes):
        cells = {conditions: table[conditions].to_numpy() for conditions in table}
        effects = statistics.factorial_effects(cells)
        for names, values in effects.items():
            name = _joined(names)
            rng = stream(seed, "factorial", *labels.values(), name)
            found = statistics.paired_contrast(values, np.zeros(len(values)), rng, resamples)
            rows.append(
                labels
                | {
                    "effect": name,
                    "estimate": found.interval.estimate,
                    "ci_low": found.interval.low,
                    "ci_high": found.interval.high,
                    "p_value": found.p_value,
                    "n": found.n,
                    "note": found.note,
                }
            )
    effects = pd.DataFrame(rows)
    if not effects.empty:
        family = effects.groupby("experiment", sort=False)["p_value"]
        effects["p_adjusted"] = family.transform(statistics.holm)
    return effects


def _joined(conditions):
    return "+".join(name for name in CONDITIONS if name in conditions)


def detectable(contrasts, seed):
    """What the seeds can show: the smallest differences in the primary outcome found with a
    power of 80 %, for a contrast on its own and as the strictest of its family.

    Returns a frame with a row an experiment, reference and number of contrasts
    tested together: effect in standard deviations of the paired differences,
    their median over the contrasts, and the product of the two.
    """
    if contrasts.empty:
        return pd.DataFrame()
    effects, rows = {}, []
    primary = contrasts[contrasts["measure"] == MEASURES[0]]
    for (experiment, reference), family in primary.groupby(["experiment", "reference"], sort=False):
        for tests in sorted({1, len(family)}):
            pairs = int(family["n"].max())
            if (pairs, tests) not in effects:
                rng = stream(seed, "power", pairs, tests)
                significance = (1 - statistics.CONFIDENCE) / tests
                effects[pairs, tests] = statistics.detectable_effect(pairs, significance, rng)
            effect = effects[pairs, tests]
            rows.append(
                {
                    "experiment": experiment,
                    "reference": reference,
                    "pairs": pairs,
                    "tests": tests,
                    "effect": effect,
                    "sd": family["sd"].median(),
                    "difference": effect * family["sd"].median(),
                    "note": "" if np.isfinite(effect) else "too few pairs for so small a p-value",
                }
            )
    return pd.DataFrame(rows)
