"""Holm's adjustment of the p-values of a family."""

import numpy as np
import pytest
from scipy import stats

from synthgrad.claims.comparisons import p_values
from synthgrad.statistics import ONE_SIDED
from synthgrad.statistics.multiplicity import holm
from synthgrad.statistics.paired import signed_ranks


def test_holm_by_hand():
    # Sorted 0.01, 0.02, 0.03, 0.04 times 4, 3, 2, 1, made monotone.
    adjusted = holm([0.03, 0.01, 0.04, 0.02])
    assert adjusted == pytest.approx([0.06, 0.04, 0.06, 0.06])


def test_holm_leaves_what_was_not_tested_and_never_exceeds_one():
    adjusted = holm([np.nan, 0.9, 0.8])
    assert np.isnan(adjusted[0])
    assert adjusted[1:] == pytest.approx([1.0, 1.0])


@pytest.mark.slow
@pytest.mark.parametrize("seeds", [30, 15, 10])
@pytest.mark.parametrize("same_reference", [True, False])
def test_families_at_the_boundary_err_in_at_most_one_of_forty_either_way(same_reference, seeds):
    """Eight contrasts whose effects are exactly the smallest that matters, with a reference in
    common or apart: any decision is wrong."""
    rng, smallest, trials = np.random.default_rng(0), 0.05, 1000
    arms = smallest + rng.normal(size=(trials, 8, seeds))
    references = rng.normal(size=(trials, 1 if same_reference else 8, seeds))
    wrong = np.zeros(2)
    for family in arms - references:
        found = [signed_ranks(differences) for differences in family]
        sides = zip(*(p_values(each, "more", smallest) for each in found))
        wrong += [(holm(side) <= ONE_SIDED).any() for side in sides]
    assert (wrong <= stats.binom.ppf(0.999, trials, ONE_SIDED)).all()
