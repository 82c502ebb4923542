"""What counts as right in each task, and as chance."""

import numpy as np
import pytest

from synthgrad.core.kernels import chosen
from synthgrad.core.tasks import addition, digits
from synthgrad.core.training.measures import squared_error


def stack(*rows):
    """One replica whose examples are the rows."""
    return np.array([rows], dtype=float)


def test_bit_accuracy_counts_bits_and_sum_accuracy_examples_with_all_bits_right():
    outputs = stack([0.9, 0.2, 0.51], [0.4, 0.49, 0.8], [0.1, 0.9, 0.9], [0.7, 0.7, 0.1])
    targets = stack([1, 0, 1], [1, 0, 1], [0, 0, 0], [1, 1, 0])
    present = np.ones((1, 4), bool)
    # Right bits: 3 + 2 + 1 + 3 of 12; examples without a wrong bit: the first and the last.
    assert addition.bit_accuracy(outputs, targets, present) == pytest.approx([9 / 12])
    assert addition.sum_accuracy(outputs, targets, present).tolist() == [0.5]


def test_an_output_of_exactly_one_half_says_0():
    outputs, present = stack([0.5]), np.array([[True]])
    assert addition.bit_accuracy(outputs, stack([0]), present).tolist() == [1]
    assert addition.bit_accuracy(outputs, stack([1]), present).tolist() == [0]


def test_padding_is_left_out():
    outputs = np.array([[[0.9, 0.9], [0.9, 0.9]], [[0.9, 0.9], [0.9, 0.9]]])
    targets = np.array([[[1.0, 1.0], [0.0, 0.0]], [[1.0, 1.0], [0.0, 0.0]]])
    present = np.array([[True, True], [True, False]])
    assert addition.bit_accuracy(outputs, targets, present).tolist() == [0.5, 1]
    assert addition.sum_accuracy(outputs, targets, present).tolist() == [0.5, 1]
    np.testing.assert_allclose(
        squared_error(outputs, targets, present, chosen()), [(0.01 + 0.81) / 2, 0.01]
    )


def error(*arrays):
    return squared_error(*arrays, chosen())


@pytest.mark.parametrize("measure", [error, addition.bit_accuracy, addition.sum_accuracy])
@pytest.mark.parametrize("examples", [0, 2])
def test_no_examples_have_no_accuracy(measure, examples):
    outputs = np.zeros((1, examples, 3))
    assert np.isnan(measure(outputs, outputs, np.zeros((1, examples), bool))).tolist() == [True]


def test_a_replica_without_examples_does_not_touch_its_neighbour():
    outputs = np.ones((2, 1, 3))
    present = np.array([[False], [True]])
    assert np.array_equal(
        addition.bit_accuracy(outputs, outputs, present), [np.nan, 1], equal_nan=True
    )


def test_the_best_constant_says_what_most_targets_say():
    targets = stack([1, 0, 1], [1, 0, 0], [1, 1, 0], [0, 0, 1])
    # The last bit is a tie, in which either digit is as good.
    constant = addition.best_constant(targets, np.ones((1, 4), bool))
    assert constant.tolist() == [[[1, 0, 0]]]
    # Without the first two examples, of 1 1 0 and 0 0 1 nothing is more frequent.
    present = np.array([[False, False, True, True]])
    assert addition.best_constant(targets, present).tolist() == [[[0, 0, 0]]]
    present = np.array([[True, False, True, False]])
    assert addition.best_constant(targets, present).tolist() == [[[1, 0, 0]]]


def test_no_constant_gets_more_bits_right_than_the_best_one():
    targets = np.random.RandomState(0).randint(0, 2, (3, 7, 4)).astype(float)
    present = np.random.RandomState(1).rand(3, 7) < 0.7
    best = addition.bit_accuracy(addition.best_constant(targets, present), targets, present)
    for number in range(2**4):
        constant = np.array([int(digit) for digit in f"{number:04b}"]) * np.ones((3, 1, 1))
        assert np.all(addition.bit_accuracy(constant, targets, present) <= best)


def test_the_label_is_the_largest_output_and_of_equals_the_first():
    outputs = np.array([[[0.2, 0.7, 0.1], [0.4, 0.4, 0.2], [0.4, 0.4, 0.2], [0.0, 0.1, 0.0]]])
    targets = np.eye(3)[[[1, 0, 1, 2]]]
    assert digits.label_accuracy(outputs, targets, np.ones((1, 4), bool)).tolist() == [0.5]


def test_the_most_frequent_label_is_counted_where_examples_are_present():
    targets = np.eye(3)[[[2, 1, 2, 1, 1], [0, 0, 1, 1, 2]]]
    present = np.array([[1, 1, 1, 0, 0], [1, 1, 1, 1, 1]], bool)
    constant = digits.most_frequent_label(targets, present)
    assert constant.tolist() == [[[0, 0, 1]], [[1, 0, 0]]]
