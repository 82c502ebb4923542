"""Holm's adjustment of the p-values of a family."""

import numpy as np
import pytest
from scipy import stats

from synthgrad.statistics.multiplicity import holm


def test_holm_by_hand():
    # Sorted 0.01, 0.02, 0.03, 0.04 times 4, 3, 2, 1, made monotone.
    adjusted = holm([0.03, 0.01, 0.04, 0.02])
    assert adjusted == pytest.approx([0.06, 0.04, 0.06, 0.06])


def test_holm_leaves_what_was_not_tested_and_never_exceeds_one():
    adjusted = holm([np.nan, 0.9, 0.8])
    assert np.isnan(adjusted[0])
    assert adjusted[1:] == pytest.approx([1.0, 1.0])


@pytest.mark.slow
@pytest.mark.parametrize("same_reference", [True, False])
def test_families_of_thirty_pairs_err_in_at_most_one_of_twenty(same_reference):
    """Eight contrasts without an effect, with a reference in common or apart."""
    rng = np.random.default_rng(0)
    arms = rng.normal(size=(2000, 8, 30))
    references = rng.normal(size=(2000, 1 if same_reference else 8, 30))
    p_values = stats.wilcoxon(arms - references, axis=2).pvalue
    rejected = sum((holm(family) < 0.05).any() for family in p_values)
    assert rejected / 2000 <= 0.05 + 2 * np.sqrt(0.05 * 0.95 / 2000)
