"""How a contrast is compared: from its two sides to where the effect lies and two p-values.

Each kind of contrast comes to a `Located`: an estimate, its interval, and one-sided tests that
the interval inverts. The direction of a contrast says above and below what.
"""

from dataclasses import dataclass, field
from functools import partial
from itertools import product

import numpy as np

from synthgrad.claims.contrasts import NotInRun, budgets, levels, pairs
from synthgrad.statistics import ONE_SIDED
from synthgrad.statistics.correlations import correlation, row_correlations
from synthgrad.statistics.divergence import difference_bounds, worst
from synthgrad.statistics.paired import LEAST_PAIRS, Located, SignFlips, signed_ranks
from synthgrad.statistics.ranking import lead
from synthgrad.statistics.survival import time_bounds

LEAST_UNITS = 6
"""Fewer units of a correlation are not tested."""

TESTS = SIGNED_RANKS, SIGN_FLIPS = ("signed ranks", "sign flips")
"""Which tests a contrast can be decided by; the first is the rule."""


AS_FIRST = "as first"
"""The direction of a contrast that takes it from another one."""


class NotTested(Exception):
    """A contrast cannot be tested; the message says why."""


def repetitions(results, contrast):
    """The contrast for each level of the columns in `each`, as far as the run has them."""
    shared, columns = contrast.get("where", {}), contrast.get("each", [])
    arm = shared | contrast["arm"]
    for chosen in product(*(levels(results, arm, column) or [None] for column in columns)):
        found = {column: level for column, level in zip(columns, chosen) if level is not None}
        name = ", ".join([contrast["name"], *(f"{key} {text}" for key, text in found.items())])
        yield contrast | {"name": name, "where": shared | found}


def compare(results, contrast, rng):
    """What a contrast comes to, before its p-values are adjusted: a dict, a row of the table.

    rng : of the test, where it draws
    """
    return decide(locate(results, contrast), rng)


@dataclass(frozen=True)
class Compared:
    """What a contrast comes to, whatever its smallest effect and test.

    row : dict, of the table
    cells : list of (experiment, cell), of both sides
    located : Located, None if there is nothing to test
    by_seed : the differences behind it, as bounds, None if its units are not seeds
    """

    row: dict
    cells: list = field(default_factory=list)
    located: Located | None = None
    by_seed: tuple | None = None


def locate(results, contrast, without_diverged=False):
    """The `Compared` of a contrast, with or without the seeds on which a run diverged."""
    row = {
        "contrast": contrast["name"],
        "kind": contrast["kind"],
        "measure": described_measure(contrast),
        "direction": contrast["direction"],
        "smallest_effect": contrast.get("smallest_effect", 0.0),
    }
    try:
        sides = pairs(results, contrast)
        if without_diverged:
            kept = ~np.logical_or(*sides.diverged)
            sides = type(sides)(*(side.at(side.measured.index[kept]) for side in sides))
        row |= told(sides)
        cells = [cell for side in sides for cell in side.cells]
        if contrast["kind"] == "identity":
            return Compared(row | compare_identity(*sides.arrays), cells)
        located, by_seed = KINDS[contrast["kind"]](sides, results, contrast)
        row["direction"] = direction_of(results, contrast)
    except (NotInRun, NotTested) as reason:
        return Compared(row | untested(str(reason)))
    least, units = (LEAST_PAIRS, "pairs") if by_seed else (LEAST_UNITS, "units")
    if located.n < least:
        return Compared(row | untested(f"fewer than {least} {units}"))
    row |= {"estimate": located.estimate, "ci_low": located.low, "ci_high": located.high}
    return Compared(row | {"n": located.n, "note": bounded(by_seed)}, cells, located, by_seed)


def decide(compared, rng, test=SIGNED_RANKS, times=1):
    """The row of a contrast with its p-values, of a test and with so many times its smallest
    effect."""
    row, decides = compared.row, compared.located
    if decides is None:
        return row
    if test == SIGN_FLIPS:
        if not compared.by_seed:
            return row | untested("has no seeds to flip")
        decides = _sign_flips(*compared.by_seed, rng)
    smallest = times * row["smallest_effect"]
    p_supports, p_against = p_values(decides, row["direction"], smallest)
    decided = {"smallest_effect": smallest, "p_supports": p_supports, "p_against": p_against}
    return row | decided | {"tested": True}


def untested(reason):
    """What a row has of a contrast that is not tested."""
    names = ("estimate", "ci_low", "ci_high", "p_supports", "p_against", "n")
    return dict.fromkeys(names, np.nan) | {"note": reason, "tested": False}


def p_values(located, direction, smallest):
    """For what is claimed, and against it: two one-sided tests against the smallest effect.

    located : what has `above` and `below`
    """
    if direction == "same":
        inside = max(located.above(-smallest), located.below(smallest))
        return inside, min(located.above(smallest), located.below(-smallest))
    threshold = smallest if direction in ("more", "not more") else -smallest
    above, below = located.above(threshold), located.below(threshold)
    return (above, below) if direction in ("more", "not less") else (below, above)


def direction_of(results, contrast):
    """The direction of a contrast: its own or, "as first", that which its `first` shows: more,
    less or the same.

    Raises
    ------
    NotTested
        If the first one is undecided.
    """
    if contrast["direction"] != AS_FIRST:
        return contrast["direction"]
    first = {key: contrast[key] for key in ("kind", "arm", "reference")} | contrast["first"]
    located, _ = KINDS[first["kind"]](pairs(results, first), results, first)
    for direction in ("more", "less", "same"):
        if p_values(located, direction, first["smallest_effect"])[0] <= ONE_SIDED:
            return direction
    raise NotTested("undecided where the direction is taken from")


def described_measure(contrast):
    """The measures of a contrast in words: one, or those of arm and reference."""
    sides = [contrast["arm"], contrast.get("reference")]
    shared = contrast.get("measure", contrast.get("where", {}).get("measure"))
    found = [side.get("measure", shared) for side in sides if isinstance(side, dict)]
    return " and ".join(dict.fromkeys(found))


def told(sides):
    """Names of the cells of both sides, and on how many seeds they diverged."""
    found = {}
    for name, side in zip(("arm", "reference"), sides, strict=True):
        found[f"{name}_cells"] = "; ".join(dict.fromkeys(": ".join(cell) for cell in side.cells))
        found[f"{name}_diverged"] = int(side.diverged.sum())
    return found


def bounded(by_seed):
    """A note on seeds of which no value, or a bound alone, is known."""
    if not by_seed:
        return ""
    unknown = np.less(*by_seed).reshape(len(by_seed[0]), -1).any(axis=1).sum()
    return f"{unknown} seeds known within bounds alone" if unknown else ""


def compare_identity(arm, reference):
    """Whether all seeds have the same numbers: nothing is estimated, nothing tested."""
    same = (arm == reference) | (np.isnan(arm) & np.isnan(reference))
    distances = np.nan_to_num(np.abs(arm - reference), nan=np.inf, posinf=np.inf)
    largest = float(np.where(same, 0.0, distances).max())
    note = "largest difference on any seed; nothing is estimated, nothing tested"
    row = untested(note) | dict.fromkeys(("estimate", "ci_low", "ci_high"), largest)
    return row | {"n": len(arm), "tested": True}


def _of_seeds(lows, highs=None):
    """Where differences lie that there is one of for each seed, and their bounds."""
    highs = lows if highs is None else highs
    if np.isinf(lows).all() and np.isinf(highs).all():
        raise NotTested("on no seed is anything known of the difference")
    return signed_ranks(lows, highs), (lows, highs)


def _known(values):
    """Values by seed as bounds, infinite where there is none."""
    missing = np.isnan(values)
    return np.where(missing, -np.inf, values), np.where(missing, np.inf, values)


def _difference(sides, results, contrast):
    return _of_seeds(*difference_bounds(*sides.arrays, *sides.diverged))


def _time(sides, results, contrast):
    arm, reference = sides.arrays
    if np.isnan(arm).all() and np.isnan(reference).all():
        raise NotTested("no seed of either arm gets there")
    longest = [each.loc[sides.arm.measured.index] for each in budgets(results, contrast)]
    return _of_seeds(*time_bounds(arm, reference, *longest))


def _trend(sides, results, contrast):
    arm, _ = sides.arrays
    if arm.ndim < 2 or arm.shape[1] < 3:
        raise NotTested("a trend needs three levels or more")
    return _of_seeds(
        *_known(row_correlations(arm, np.broadcast_to(range(arm.shape[1]), arm.shape)))
    )


def _arms(sides, results, contrast):
    return _of_seeds(*_known(row_correlations(*sides.arrays)))


def _units(sides, results, contrast):
    if len(sides.arm.measured) < LEAST_PAIRS:
        raise NotTested(f"fewer than {LEAST_PAIRS} seeds")
    return correlation(*(np.mean(each, axis=0) for each in sides.arrays)), None


def _best(sides, results, contrast):
    candidates, others = (side.measured.to_numpy(dtype=float) for side in sides)
    each = candidates[:, :, None], others[:, None, :]
    lowest = worst(contrast["measure"])
    lows, highs = difference_bounds(*each, *(values == lowest for values in each))
    return lead(lows, highs), (lows, highs)


def _sign_flips(lows, highs, rng):
    """The test by sign flips of differences by seed, or of those behind a `Lead`."""
    if lows.ndim == 1:
        return SignFlips(lows, highs, rng)
    return lead(lows, highs, partial(SignFlips, rng=rng))


KINDS = {
    "difference": _difference,
    "time": _time,
    "trend": _trend,
    "arms": _arms,
    "units": _units,
    "best": _best,
}
"""How each kind of contrast is compared: from its sides to a `Located` and the differences by
seed behind it, as bounds, or None if its units are not seeds."""
