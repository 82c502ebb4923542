import numpy as np
import pytest

from synthgrad.core.training.curves import accuracy_auc, at_equal_updates, epochs_to, final_slope


def test_accuracy_auc_is_0_for_chance_and_1_for_perfect_from_the_start():
    curve = np.array([[0.5, 0.75, 1], [0.6, 0.6, 0.6], [1, 1, 1], [0, 0.5, 0]])
    chance = np.array([0.5, 0.6, 0.7, 0.5])
    # (0 + 1/2 + 1) / 3; chance throughout; perfect throughout; (-1 + 0 - 1) / 3
    np.testing.assert_allclose(accuracy_auc(curve, chance), [0.5, 0, 1, -2 / 3], atol=1e-15)


def test_a_score_over_the_first_epochs_is_that_of_a_shorter_curve():
    rng = np.random.RandomState(0)
    curve, chance = rng.rand(3, 40), rng.rand(3) / 2
    for epochs in (1, 17, 40):
        first = accuracy_auc(curve, chance, epochs)
        np.testing.assert_array_equal(first, accuracy_auc(curve[:, :epochs], chance))
    np.testing.assert_array_equal(accuracy_auc(curve, chance, 41), [np.nan] * 3)


@pytest.mark.parametrize(("epochs", "last"), [(2, 2), (3, 2), (29, 2), (30, 3), (105, 10)])
def test_a_final_slope_is_that_of_the_line_through_the_last_tenth(epochs, last):
    curve = np.random.RandomState(1).rand(4, epochs)
    numbers = np.arange(epochs)[-last:]
    slopes = np.polyfit(numbers, curve[:, -last:].T, 1)[0]
    np.testing.assert_allclose(final_slope(curve), 100 * slopes, rtol=1e-9)


def test_an_even_curve_has_no_slope_and_a_single_epoch_none_that_is_known():
    even = np.repeat([[0.1], [0.7], [1.0]], 600, axis=1)
    assert final_slope(even).tolist() == [0, 0, 0]
    assert np.isnan(final_slope(even[:, :1])).all()


def test_epochs_are_counted_from_1_and_never_reached_is_nan():
    curve = np.array([[0.95, 1, 1], [0.5, 0.949, 0.95], [0.1, 0.96, 0.2], [0.9, 0.94, 0.9]])
    reached = epochs_to(curve, 0.95)
    assert np.array_equal(reached, [1, 3, 2, np.nan], equal_nan=True)


def test_at_equal_updates_is_read_later_where_updates_are_rarer():
    curve = np.arange(1, 41)[None] / 100.0
    for probability, epoch in ((1, 2), (0.5, 4), (0.1, 20), (0.05, 40)):
        assert at_equal_updates(curve, probability).tolist() == [epoch / 100]
    assert np.isnan(at_equal_updates(curve, 0.01)).all()
    assert np.isnan(at_equal_updates(curve[:, :5], 1)).all()
