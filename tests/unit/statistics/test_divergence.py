"""What a run counts for that diverged."""

import numpy as np
import pytest

from synthgrad.statistics.divergence import WORST, difference_bounds, with_worst, worst
from synthgrad.statistics.paired import signed_ranks


def test_layers_and_budgets_have_the_worst_value_of_their_measure():
    assert worst("alignment_2") == worst("accuracy_auc_300") == worst("accuracy_auc") == -1.0
    assert worst("bit_accuracy") == 0.0
    assert np.isnan(worst("epochs_to_95"))
    assert np.isnan(worst("similarity_1"))


@pytest.mark.parametrize("measure", ["bit_accuracy", "accuracy_auc", "alignment_1"])
def test_an_arm_that_diverged_is_below_one_that_stays_below_chance(measure):
    """However bad the reference is, the arm is not above it, nor as good as it."""
    reference = np.full(12, {"bit_accuracy": 0.4}.get(measure, -0.3))
    gone, there = np.ones(12, bool), np.zeros(12, bool)
    # What the table has of a run that diverged, such as the accuracy of a constant, is not asked.
    arm = with_worst(np.full(12, 0.9), gone, measure)
    found = signed_ranks(*difference_bounds(arm, reference, gone, there))
    assert found.above(-0.05) == 1.0
    assert found.below(-0.05) == 2.0**-12


def test_two_that_diverged_show_nothing():
    gone = np.ones(12, bool)
    arm = with_worst(np.full(12, 0.9), gone, "bit_accuracy")
    found = signed_ranks(*difference_bounds(arm, arm, gone, gone))
    assert found.above(-9) == found.below(9) == 1.0
    assert (found.low, found.high) == (-np.inf, np.inf)


def test_every_worst_value_is_the_end_of_a_scale():
    assert set(WORST.values()) == {-1.0, 0.0, 1.0}
    assert [name for name, value in WORST.items() if value == 1.0] == ["mse"]
