"""Factorial designs: what each factor adds, and what two add together."""

from itertools import combinations

import numpy as np


def factorial_effects(cells):
    """Main effects and two-way interactions of a 2^k factorial, seed by seed.

    Parameters
    ----------
    cells : dict of frozenset to (n,) array
        The values of every seed for each set of factors that are present.

    Returns
    -------
    dict of tuple to (n,) array
        The effects in every seed of each factor and each two factors.

    Notes
    -----
    A main effect is what adding the factor changes, averaged over all sets of
    the other factors to which it can be added; an interaction is half of what
    the second factor adds to the effect of the first. With all 2^k cells this is
    Yates's analysis; where the empty set is missing, as no generator sees
    nothing, its comparisons are left out.
    """
    factors = sorted({factor for present in cells for factor in present})
    effects = {}
    for names in [*combinations(factors, 1), *combinations(factors, 2)]:
        subsets = [part for size in range(len(names) + 1) for part in combinations(names, size)]
        found = []
        for background in cells:
            corners = [background.union(part) for part in subsets]
            if background.isdisjoint(names) and all(corner in cells for corner in corners):
                signs = [(-1) ** (len(names) - len(part)) for part in subsets]
                changes = [sign * np.asarray(cells[it]) for sign, it in zip(signs, corners)]
                found.append(np.sum(changes, axis=0) / len(names))
        if found:
            effects[names] = np.mean(found, axis=0)
    return effects
