"""What a number of seeds can show: every kind of contrast on made-up seeds, decided as claims are.

At the boundary, where the effect is exactly the smallest that matters, either decision is wrong: a
contrast is decided for and against there in at most 2.5 % of the draws each. Beyond it, the
smallest effect is looked for that is found in 80 % of them.
"""

from bisect import bisect_left
from collections.abc import Callable
from functools import cache
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy import stats

from synthgrad.statistics import ONE_SIDED
from synthgrad.statistics.correlations import Correlation, row_correlations
from synthgrad.statistics.paired import signed_ranks
from synthgrad.statistics.ranking import lead
from synthgrad.statistics.streams import stream
from synthgrad.statistics.survival import time_bounds

SEEDS = (30, 15, 10)

UNITS = (15, 8)
"""As many as there are sets of conditions, and as there are of those with the label."""

FAMILY = 40
"""Contrasts that are tested together, about as many as in the largest family of the claims."""

POWER = 0.8
"""How often the smallest effect is found."""

LEVELS = 5
"""Levels of a trend, and arms across which two measures are correlated."""

ARMS = 3
"""Of which the best is sought, on either side."""

CENSORED = 1 / 3
"""Share of an arm's times that are beyond its budget; none of its reference's are."""


class Kind(NamedTuple):
    """A kind of contrast, with draws of it.

    draw : from an effect, (draws, seeds or units) and a random generator to as many `Located`
    boundary : the effect that is as often estimated above the threshold as below it
    threshold : the smallest effect that matters, in the unit of the estimate
    largest : effects are tried up to this one
    sizes : numbers of seeds, or of units
    """

    draw: Callable
    boundary: float = 0.0
    threshold: float = 0.0
    largest: float = 5.0
    sizes: tuple = SEEDS


def _difference(effect, shape, rng):
    return map(signed_ranks, effect + rng.standard_normal(shape))


def _time(effect, shape, rng):
    """The arm takes longer by the effect, in doublings, whose difference has a spread of 1."""
    arm, reference = np.exp2(rng.normal(0, np.sqrt(0.5), (2, *shape)))
    budget = np.exp2(stats.norm.isf(CENSORED, scale=np.sqrt(0.5)))
    longer = 2**effect
    arm = longer * np.where(arm > budget, np.nan, arm)
    return map(signed_ranks, *time_bounds(arm, reference, longer * budget, np.inf))


def _trend(effect, shape, rng):
    """The last level is above the first by the effect."""
    values = np.linspace(0, effect, LEVELS) + rng.standard_normal((*shape, LEVELS))
    levels = np.broadcast_to(range(LEVELS), values.shape)
    return map(signed_ranks, row_correlations(values, levels))


def _arms(effect, shape, rng):
    return map(signed_ranks, row_correlations(*_correlated(effect, (*shape, LEVELS), rng)))


def _units(effect, shape, rng):
    found = row_correlations(*_correlated(effect, shape, rng))
    return (Correlation(each, shape[1]) for each in found)


def _correlated(by, shape, rng):
    one, other = rng.standard_normal((2, *shape))
    return one, by * one + np.sqrt(1 - by**2) * other


def _best(effect, shape, rng):
    """All candidates are ahead of all others by the effect."""
    candidates, others = rng.normal(0, np.sqrt(0.5), (2, *shape, ARMS))
    differences = effect + candidates[..., :, None] - others[..., None, :]
    return map(lead, differences, differences)


KINDS = {
    "difference": Kind(_difference),
    "time": Kind(_time),
    "trend": Kind(_trend, boundary=1.45, threshold=0.5),
    "arms": Kind(_arms, boundary=0.345, threshold=0.3, largest=1.0),
    # Of normal measures with this correlation that of their ranks is 0.3.
    "units": Kind(_units, 2 * np.sin(np.pi * 0.3 / 6), 0.3, largest=1.0, sizes=UNITS),
    "best": Kind(_best),
}
"""Each kind, with thresholds of correlations as in the claims. Differences of two arms have a
standard deviation of 1; so have the values of a trend."""


def simulated_contrasts(seed, draws):
    """What each kind of contrast can show with each number of seeds, by simulation.

    Parameters
    ----------
    seed : int
        Of the random streams.
    draws : int
        How many contrasts are drawn at the boundary, and a fifth of them at each effect beyond it.

    Returns
    -------
    DataFrame
        A row a kind and number of seeds or units: how often the interval at the boundary
        covers it (`coverage`), how often the contrast is decided there as above or below it
        (`above`, `below`), and the smallest effect beyond it that is found, by a contrast alone
        (`effect`) and by the strictest of a `family`; NaN where none is.
    """
    rows = []
    for name, kind in KINDS.items():
        for n in kind.sizes:
            rng = stream(seed, "boundary", name, n)
            drawn = [*kind.draw(kind.boundary, (draws, n), rng)]
            noise = stream(seed, "beyond", name, n).integers(2**32)
            alone, strictest = smallest_effects(kind, n, noise, draws // 5)
            rows.append(
                {
                    "kind": name,
                    "n": n,
                    "draws": draws,
                    "threshold": kind.threshold,
                    "coverage": np.mean([d.low <= kind.threshold <= d.high for d in drawn]),
                    "above": np.mean([d.above(kind.threshold) <= ONE_SIDED for d in drawn]),
                    "below": np.mean([d.below(kind.threshold) <= ONE_SIDED for d in drawn]),
                    "effect": alone,
                    "family": FAMILY,
                    "effect_in_family": strictest,
                }
            )
    return pd.DataFrame(rows)


def smallest_effects(kind, n, seed, draws, levels=(ONE_SIDED, ONE_SIDED / FAMILY)):
    """How far beyond the boundary an effect is that is found with this `POWER` at each of the
    levels; NaN where none is that is tried. All effects are tried on the same noise."""
    effects = np.arange(kind.boundary, kind.largest, 0.01)

    @cache
    def within_power(place):
        rng = np.random.default_rng(seed)
        drawn = kind.draw(effects[place], (draws, n), rng)
        return np.quantile([each.above(kind.threshold) for each in drawn], POWER)

    found = []
    for level in levels:
        place = bisect_left(range(len(effects)), -level, key=lambda place: -within_power(place))
        found.append(effects[place] - kind.boundary if place < len(effects) else np.nan)
    return found
