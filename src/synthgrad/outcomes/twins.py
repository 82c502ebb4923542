"""Outcomes that hold each network of a cell beside another: that of its twin.

The twin of a cell is trained in the same way but for one thing. Where a cell is its own twin, each
of its networks is held beside that of the next seed, which is the yardstick.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from synthgrad.core.tasks import task_of
from synthgrad.study.likeness import (
    PRECISION,
    alike,
    beside,
    differing_bits,
    of_next_seed,
)


class Comparison(NamedTuple):
    """What is compared, and with whom.

    twin_of : from a cell and what is listed with it to its twin there, None if it has none
    columns : from a setup to the columns of a cell's table that are compared, by their outcome
    kind : of the numbers that are there as bytes (`cells.cell_columns`)
    compare : from the numbers of two networks to the outcome
    next_seed : whether it is always the twin's network of the next seed, which shares neither
        initial weights nor data
    """

    twin_of: Callable
    columns: Callable
    kind: type
    compare: Callable
    next_seed: bool

    def of_bytes(self, one, other):
        """The outcome from what two networks have in a cell's table."""
        return self.compare(np.frombuffer(one, self.kind), np.frombuffer(other, self.kind))


def backprop_twin(cell, listed):
    """What backprop trains, all else equal; None without probes."""
    if task_of(cell.setup).probes() is None:
        return None
    return _alike_but(cell, listed, method="backprop", update_probability=1.0)


def unmoved_twin(cell, listed):
    """What starts from weights that are not nudged; None without one that starts from such."""
    if _alike_but(cell, listed, nudged=True) is None:
        return None
    return _alike_but(cell, listed, nudged=False)


def _alike_but(cell, listed, **changed):
    """The cell among those listed that differs in these settings alone."""
    name = replace(cell, setup=replace(cell.setup, **changed)).name
    return next((other for _, other in listed if other.name == name), None)


def _layer_columns(setup):
    layers = range(1, len(setup.hidden) + 1)
    return {f"likeness_{k}": f"dissimilarity_{k}" for k in layers}


LIKENESS = Comparison(backprop_twin, _layer_columns, PRECISION, alike, next_seed=True)
"""How alike what each hidden layer makes of the probes is to what it does after backprop of another
seed."""

DIFFERING_BITS = Comparison(
    unmoved_twin,
    lambda setup: {"differing_bits": "answers"},
    np.uint8,
    differing_bits,
    next_seed=False,
)
"""Share of the output bits that a move of each initial weight by one last place changes."""

COMPARISONS = (LIKENESS, DIFFERING_BITS)


def beside_twins(trained, listed, cell, chosen, columns, seeds, depth):
    """The columns `likeness_k`, for so many layers, and `differing_bits` of a cell: a row a seed,
    NaN where it has no twin.

    trained : `cells.Trained`
    chosen : how the step sizes of the runs were chosen; the twin's are chosen alike, if they can be
    columns : of the cell's runs on these seeds
    """
    names = [*(f"likeness_{k}" for k in range(1, depth + 1)), "differing_bits"]
    found = dict.fromkeys(names, np.full(len(seeds), np.nan))
    for comparison in COMPARISONS:
        twin = comparison.twin_of(cell, listed)
        if twin is None:
            continue
        own = left_behind(columns, cell.setup, comparison)
        theirs = trained(twin, seeds)
        of_twin = theirs.get(chosen, theirs[twin.as_chosen])
        is_own = twin.name == cell.name
        other = own if is_own else left_behind(of_twin, cell.setup, comparison)
        for outcome in own:
            networks = other[outcome]
            if is_own or comparison.next_seed:
                networks = of_next_seed(networks)
            found[outcome] = beside(own[outcome], networks, comparison.compare)
    return found


def dissimilarities(columns, setup):
    """For each hidden layer of a cell the dissimilarities of the probes, a list by seed."""
    return list(left_behind(columns, setup, LIKENESS).values())


def left_behind(columns, setup, comparison):
    """What the networks of a cell leave to be compared: for each outcome a list of arrays, by
    seed."""
    return {
        outcome: [
            np.frombuffer(each, comparison.kind) for each in columns[name] if each is not None
        ]
        for outcome, name in comparison.columns(setup).items()
    }
