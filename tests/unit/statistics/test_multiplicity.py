"""Holm's adjustment of the p-values of a family."""

import numpy as np
import pytest

from synthgrad.statistics.multiplicity import holm


def test_holm_by_hand():
    # Sorted 0.01, 0.02, 0.03, 0.04 times 4, 3, 2, 1, made monotone.
    adjusted = holm([0.03, 0.01, 0.04, 0.02])
    assert adjusted == pytest.approx([0.06, 0.04, 0.06, 0.06])


def test_holm_leaves_what_was_not_tested_and_never_exceeds_one():
    adjusted = holm([np.nan, 0.9, 0.8])
    assert np.isnan(adjusted[0])
    assert adjusted[1:] == pytest.approx([1.0, 1.0])
