"""From the outcomes of all seeds to the tables of estimates and contrasts.

A function marked ``@table("name")`` makes one of them, a row an estimate. It takes the outcomes
and, as far as it needs them, the number of bootstrap `resamples` and the `seed` of the random
streams.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd

from synthgrad.core.setup import CONDITIONS, parse_conditions
from synthgrad.statistics.divergence import difference_bounds, with_worst
from synthgrad.statistics.factorial import factorial_effects
from synthgrad.statistics.intervals import mean_interval
from synthgrad.statistics.multiplicity import holm
from synthgrad.statistics.paired import contrast_of
from synthgrad.statistics.ranking import rank_arms
from synthgrad.statistics.simulations import simulated_contrasts
from synthgrad.statistics.streams import stream
from synthgrad.statistics.survival import kaplan_meier, time_bounds
from synthgrad.study.registry import TableRegistry

MEASURES = ("accuracy_auc", "bit_accuracy", "sum_accuracy", "heldout_bit_accuracy")
"""Measures that are summarised and compared."""

BY_BUDGET = ("accuracy_auc_100", "accuracy_auc_300", "final_slope")
"""Measures that are summarised alone: what the primary outcome is with fewer epochs, and how much
accuracy still rises after the last."""

PRIMARY = MEASURES[0]
"""The outcome on which methods are compared."""

TIME_TO_95 = "epochs_to_95"
"""Time to an event, which may not come within the epochs of a run."""

REFERENCES = ("backprop", "frozen")
"""What every arm of an experiment on methods is compared with."""

SMALLEST_EFFECT = 0.05
"""The smallest difference in the primary outcome that matters; the claims say why."""

table = TableRegistry()


def estimate_tables(outcomes, resamples, seed):
    """All tables of estimates, by name."""
    return {name: make(outcomes, resamples=resamples, seed=seed) for name, make in table.items()}


@table("summary")
def summarise(outcomes, resamples, seed):
    """Mean over seeds of each measure and arm, with its interval.

    Returns a frame with the arm's columns and `measure, n, mean, ci_low,
    ci_high, ci_method, diverged`, without rows for measures that have no values.
    """
    rows = []
    for labels, runs in _arms(outcomes):
        for measure in (*MEASURES, *filter(runs.columns.__contains__, BY_BUDGET)):
            values = runs[measure].dropna()
            if values.empty:
                continue
            rng = stream(seed, "mean", labels["experiment"], labels["cell"], measure)
            interval = mean_interval(values, rng, resamples)
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


def _arms(outcomes):
    """Every arm: a dict of the columns that tell it from others, and its runs."""
    columns = _arm_columns(outcomes)
    for arm, runs in outcomes.groupby(columns, sort=False, dropna=False):
        yield dict(zip(columns, arm, strict=True)), runs


def _arm_columns(outcomes):
    start, stop = outcomes.columns.get_loc("method"), outcomes.columns.get_loc("seed")
    return ["experiment", "cell", *outcomes.columns[start:stop]]


@table("statistics")
def compare(outcomes, **_):
    """Every method against every reference of its experiment, all else equal.

    A family, within which p-values are adjusted after Holm, is the contrasts of
    one experiment, measure and reference.

    Returns a frame with a row a contrast: where it belongs, arm, reference,
    estimate of the paired differences (`paired.signed_ranks`; of times, of the log2
    of their ratios), interval, standard deviation of the differences, p-values,
    effect size, n, note.
    """
    rows = []
    for pair in _pairs(outcomes):
        for measure in (*MEASURES, TIME_TO_95):
            if len(pair.values(measure)[0]):
                rows.append(_contrast(pair, measure))
    return _adjusted(pd.DataFrame(rows), ["experiment", "measure", "reference"])


class _Pair(NamedTuple):
    """The runs of a method and of its reference by seed, all else equal."""

    labels: dict
    method: str
    reference: str
    method_runs: pd.DataFrame
    reference_runs: pd.DataFrame

    def both(self, *columns):
        """Columns on both sides, a (seeds,) array each: those of the method, then the others."""
        sides = [self.method_runs[[*columns]], self.reference_runs[[*columns]]]
        return pd.concat(sides, axis=1, join="inner").to_numpy(dtype=float).T

    def values(self, measure):
        """A measure on both sides, two (seeds,) arrays; empty if it is not taken there."""
        found = self.both(measure)
        taken = measure == TIME_TO_95 or not np.isnan(found).all()
        return found if taken else found[:, :0]


def _pairs(outcomes):
    for labels, by_method in _all_else_equal(outcomes):
        for reference in filter(by_method.__contains__, REFERENCES):
            for method in by_method:
                if method != reference:
                    runs = by_method[method], by_method[reference]
                    yield _Pair(labels, method, reference, *runs)


def _all_else_equal(outcomes):
    """The outcomes of each method by seed, where all else is equal: pairs of labels and dict."""
    apart = ("experiment", "cell", "method")
    others = [column for column in _arm_columns(outcomes) if column not in apart]
    for experiment, arms in outcomes.groupby("experiment", sort=False):
        for level, runs in arms.groupby(others, sort=False, dropna=False):
            labels = {"experiment": experiment} | dict(zip(others, level, strict=True))
            by_method = runs.set_index("seed").groupby("method", sort=False)
            yield labels, dict(list(by_method))


def _contrast(pair, measure):
    """The row of a contrast, before its p-value is adjusted."""
    values, diverged = pair.values(measure), ~np.isnan(pair.both("diverged_at"))
    sides = [with_worst(*each, measure) for each in zip(values, diverged, strict=True)]
    if measure == TIME_TO_95:
        contrast = contrast_of(*time_bounds(*sides, *pair.both("epochs")))
    else:
        contrast = contrast_of(*difference_bounds(*sides, *diverged))
    return pair.labels | {
        "measure": measure,
        "arm": pair.method,
        "reference": pair.reference,
        "n": contrast.located.n,
        "estimate": contrast.located.estimate,
        "ci_low": contrast.located.low,
        "ci_high": contrast.located.high,
        "sd": np.nan if measure == TIME_TO_95 else _spread(*values),
        "p_value": contrast.p_value,
        "effect_size": contrast.effect_size,
        "note": contrast.note,
    }


def _spread(values, reference):
    """Standard deviation of paired differences; NaN of a single one."""
    differences = values - reference
    differences = differences[~np.isnan(differences)]
    return float(np.std(differences, ddof=1)) if len(differences) > 1 else np.nan


def _adjusted(contrasts, family):
    """The contrasts with their p-values adjusted among those that agree in some columns."""
    if not contrasts.empty:
        p_values = contrasts.groupby(family, sort=False)["p_value"]
        contrasts["p_adjusted"] = p_values.transform(holm)
    return contrasts


@table("survival")
def median_times(outcomes, **_):
    """Kaplan-Meier median of the epochs to 95 % bit accuracy of every arm, with its interval;
    infinite where it is not reached."""
    rows = []
    for labels, runs in _arms(outcomes):
        found = kaplan_meier(runs[TIME_TO_95], runs["epochs"])
        rows.append(
            labels
            | {
                "n": found.n,
                "events": found.events,
                "median": found.median,
                "ci_low": found.low,
                "ci_high": found.high,
            }
        )
    return pd.DataFrame(rows)


@table("ranking")
def rank_conditions(outcomes, resamples, seed):
    """Which set of conditions is best, by the primary outcome, and how sure that is.

    Returns a frame with a row a set: mean, its bootstrap probability of being the
    best, and of being within `SMALLEST_EFFECT` of the best.
    """
    rows = []
    for labels, scores in _factorials(outcomes):
        rng = stream(seed, "ranking", *labels.values())
        found = rank_arms(scores.to_numpy(), SMALLEST_EFFECT, rng, resamples)
        for place in np.argsort(-scores.mean().to_numpy(), kind="stable"):
            rows.append(
                labels
                | {
                    "conditions": _joined(scores.columns[place]),
                    "n": len(scores),
                    "mean": scores.iloc[:, place].mean(),
                    "p_best": found.best[place],
                    "p_near_best": found.near_best[place],
                }
            )
    return pd.DataFrame(rows)


def _factorials(outcomes):
    """The primary outcome by set of conditions, seeds as rows, wherever several conditions are
    run in all sets of them."""
    for labels, by_method in _all_else_equal(outcomes):
        by_set = {
            frozenset(parse_conditions(method)): runs[PRIMARY]
            for method, runs in by_method.items()
            if parse_conditions(method)
        }
        seen = frozenset().union(*by_set)
        if len(seen) > 1 and len(by_set) == 2 ** len(seen) - 1:
            yield labels, pd.DataFrame(by_set).dropna()


def _joined(conditions):
    return "+".join(name for name in CONDITIONS if name in conditions)


@table("factorial")
def condition_effects(outcomes, **_):
    """Main effects and two-way interactions of the conditions on the primary outcome.

    Returns a frame with a row an effect, with interval and p-value; the effects
    of an experiment are a family.
    """
    rows = []
    for labels, scores in _factorials(outcomes):
        cells = {conditions: scores[conditions].to_numpy() for conditions in scores}
        for names, values in factorial_effects(cells).items():
            found = contrast_of(values)
            rows.append(
                labels
                | {
                    "effect": _joined(names),
                    "estimate": found.located.estimate,
                    "ci_low": found.located.low,
                    "ci_high": found.located.high,
                    "p_value": found.p_value,
                    "n": found.located.n,
                    "note": found.note,
                }
            )
    return _adjusted(pd.DataFrame(rows), "experiment")


@table("simulations")
def simulations(outcomes, resamples, seed):
    """What each kind of contrast can show, whatever the outcomes (`simulated_contrasts`)."""
    return simulated_contrasts(seed, resamples // 5)
