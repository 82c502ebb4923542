"""How well a cell of a run agrees with the published one, on the seeds and epochs that both have.

It is *identical* to the last bit, of the *same distribution*, where a difference shows in neither
the score nor the final accuracy over the seeds, or *different*. Training is chaotic: where the
arithmetic rounds otherwise, a network soon has other numbers and still learns as well.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from synthgrad.claims.published import published_claims
from synthgrad.reproduce.parting import Parting, parting
from synthgrad.statistics.multiplicity import SIGNIFICANCE
from synthgrad.statistics.paired import LEAST_PAIRS, signed_ranks, two_sided

IDENTICAL, SAME, DIFFERENT = AGREEMENTS = "identical", "same distribution", "different"

MEASURES = {"accuracy_auc": "score", "bit_accuracy": "final accuracy"}
"""By which outcomes distributions are compared, each with its name."""

CELL = ["experiment", "cell"]
"""Columns that name a cell."""


@dataclass(frozen=True)
class Cell:
    """A cell of a run beside the published one.

    seeds, epochs : pairs of how many both have, and how many either
    lacking : how many seeds the published one alone has
    agreement : one of `AGREEMENTS`
    parting : the first value that is not the same, None if they are identical
    shifts : what the difference over the seeds is, in words; "" if they are identical
    too_few : whether it has shifts, and no more than too few seeds to test them
    """

    experiment: str
    cell: str
    seeds: tuple[int, int]
    epochs: tuple[int, int]
    lacking: int
    agreement: str
    parting: Parting | None = None
    shifts: str = ""
    too_few: bool = False


def by_cell(tables):
    """The frames of each cell: a dict from (experiment, cell) to runs, outcomes and, where there
    are any, curves."""
    parts = {
        kind: dict(list(tables[kind].groupby(CELL, sort=False))) for kind in ("runs", "outcomes")
    }
    curves = dict(list(tables["curves"].groupby("cell", sort=False))) if "curves" in tables else {}
    return {
        name: {"runs": parts["runs"][name], "outcomes": outcomes}
        | ({"curves": curves[name[1]]} if name[1] in curves else {})
        for name, outcomes in parts["outcomes"].items()
        if name in parts["runs"]
    }


def compare_cells(own, published):
    """A `Cell` for each that both have with a seed in common, from frames as of `by_cell`."""
    pairs = {name: (own[name], published[name]) for name in own if name in published}
    seeds = {name: _shared(pair, "outcomes", "seed") for name, pair in pairs.items()}
    partings = {name: parting(*pair) for name, pair in pairs.items() if seeds[name][0]}
    parted = {name: pairs[name] for name, found in partings.items() if found}
    shifts = dict(list(measure_shifts(parted).groupby(CELL)))
    cells = []
    for name, found in partings.items():
        own_seeds, published_seeds = (set(side["outcomes"]["seed"]) for side in pairs[name])
        lacking = len(published_seeds - own_seeds)
        about = *name, seeds[name], _shared(pairs[name], "runs", "epoch"), lacking
        if found is None:
            cells.append(Cell(*about, IDENTICAL))
            continue
        rows = shifts[name]
        agreement = DIFFERENT if rows["different"].any() else SAME
        too_few = bool(rows["n"].min() < LEAST_PAIRS)
        cells.append(Cell(*about, agreement, found, _shifts_text(rows, too_few), too_few))
    return cells


def _shared(pair, kind, key):
    """How many values of a key both sides of a cell have, and how many either."""
    one, other = (set(side[kind][key]) for side in pair)
    return len(one & other), len(one | other)


def measure_shifts(pairs):
    """How far the outcomes of cells are from the published ones, pair by pair of the seeds.

    P-values are those of Wilcoxon's signed-rank test, adjusted for the number of tests after
    Benjamini and Hochberg (1995). A shift makes a cell different if it is both significant and
    larger than the smallest effect that the claims about the measure count.

    Parameters
    ----------
    pairs : dict from (experiment, cell) to the frames of both sides

    Returns
    -------
    DataFrame with a row a cell and measure: experiment, cell, measure, n, shift, p_value, different
    """
    rows = []
    for name, sides in pairs.items():
        own, published = (side["outcomes"].set_index("seed") for side in sides)
        for measure in MEASURES:
            shift = (own[measure] - published[measure]).dropna().to_numpy()
            p_value = two_sided(signed_ranks(shift)) if len(shift) >= LEAST_PAIRS else np.nan
            mean = shift.mean() if len(shift) else np.nan
            rows.append((*name, measure, len(shift), mean, p_value))
    table = pd.DataFrame(rows, columns=[*CELL, "measure", "n", "shift", "p_value"])
    tested = table["p_value"].notna()
    adjusted = stats.false_discovery_control(table.loc[tested, "p_value"].astype(float))
    table.loc[tested, "p_value"] = adjusted
    smallest = table["measure"].map(smallest_effects()).astype(float)
    beyond = table["shift"].abs() > smallest
    return table.assign(different=beyond & (table["p_value"] < SIGNIFICANCE))


def _shifts_text(rows, too_few):
    said = []
    for row in rows.itertuples():
        tested = f"p {p_text(row.p_value)}" if row.n >= LEAST_PAIRS else "not tested"
        said.append(f"{MEASURES[row.measure]} {row.shift:+.3g} ({tested})")
    if too_few:
        said.append(f"too few seeds to tell, {LEAST_PAIRS} are needed")
    return "; ".join(said)


def p_text(p_value):
    """A p-value as it is told."""
    return "< 0.001" if p_value < 0.001 else f"= {p_value:.3f}"


def smallest_effects():
    """The smallest difference of each of `MEASURES` that a claim counts."""
    contrasts = [each for claim in published_claims().values() for each in claim["contrasts"]]
    counted = [
        (contrast.get("measure") or contrast["arm"].get("measure"), contrast["smallest_effect"])
        for contrast in contrasts
        if contrast["kind"] == "difference" and "smallest_effect" in contrast
    ]
    return {
        measure: min((effect for of, effect in counted if of == measure), default=0.0)
        for measure in MEASURES
    }
