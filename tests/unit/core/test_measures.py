import numpy as np
import pytest

from synthgrad.core.kernels import chosen
from synthgrad.core.network.activations import ACTIVATIONS
from synthgrad.core.network.dni import DecoupledLayer, Generator
from synthgrad.core.network.layers import Layer, Linear, StepSize
from synthgrad.core.training import measures

KERNELS = chosen()


def stack(*rows):
    """One replica whose examples are the rows."""
    return np.array([rows], dtype=float)


def test_squared_error_is_the_mean_over_examples_and_bits():
    outputs, targets = stack([0.5, 1], [0, 0]), stack([1, 1], [0, 1])
    # (1/4 + 0 + 0 + 1) / 4
    assert measures.squared_error(outputs, targets, np.array([[True, True]]), KERNELS).tolist() == [
        0.3125
    ]


def test_the_tutorials_error_worked_by_hand():
    # f' of an output o is o (1 - o): |(3/4 - 1) 3/16| + |(1/2 - 0) 1/4| + 0
    assert measures.tutorial_error(stack([0.75, 0.5], [1, 0]), stack([1, 0], [0, 0]), KERNELS) == [
        3 / 64 + 8 / 64
    ]
    two = np.array([[[0.5]], [[0.75]]])
    assert measures.tutorial_error(two, np.zeros((2, 1, 1)), KERNELS).tolist() == [1 / 8, 9 / 64]


def test_the_tutorials_error_vanishes_where_units_saturate_on_the_wrong_side():
    assert measures.tutorial_error(stack([1, 0]), stack([0, 1]), KERNELS).tolist() == [0]


def test_absolute_sum_is_one_number_a_replica():
    values = np.array([[[1.0, -2.0], [3.0, -4.0]], [[0.5, 0.0], [0.0, -0.25]]])
    assert measures.absolute_sum(values, KERNELS).tolist() == [10, 0.75]


@pytest.mark.parametrize(
    ("synthetic", "true", "cosine"),
    [
        ([3, 4], [4, 3], 24 / 25),
        ([3, 4], [3, 4], 1),
        ([3, 4], [-30, -40], -1),
        ([3, 4], [-4, 3], 0),
    ],
)
def test_alignment_is_the_cosine(synthetic, true, cosine):
    assert measures.alignment(stack(synthetic), stack(true), KERNELS) == pytest.approx([cosine])


def test_alignment_is_averaged_over_examples_not_over_units():
    synthetic, true = stack([1, 0], [1, 0], [2, 0]), stack([1, 0], [0, 5], [1, 1])
    assert measures.alignment(synthetic, true, KERNELS) == pytest.approx(
        [(1 + 0 + np.sqrt(0.5)) / 3]
    )


def test_alignment_leaves_out_examples_without_a_gradient():
    synthetic, true = stack([1, 0], [0, 0], [1, 0], [0, 0]), stack([1, 1], [1, 0], [0, 0], [0, 0])
    assert measures.alignment(synthetic, true, KERNELS) == pytest.approx([np.sqrt(0.5)])


def test_alignment_of_zero_gradients_is_undefined():
    zero, some = stack([0, 0], [0, 0]), stack([1, 2], [3, 4])
    for pair in [(zero, some), (some, zero), (zero, zero)]:
        assert np.isnan(measures.alignment(*pair, KERNELS)).tolist() == [True]
    both = measures.alignment(np.concatenate([zero, some]), np.concatenate([some, some]), KERNELS)
    assert np.isnan(both[0])
    assert both[1] == pytest.approx(1)


def test_norm_ratio_compares_lengths_over_all_examples_together():
    # Lengths 5 and 13; neither the mean of the examples' own ratios nor the ratio of their means.
    synthetic, true = stack([3, 0], [0, 4]), stack([0, 5], [12, 0])
    assert measures.norm_ratio(synthetic, true, KERNELS) == pytest.approx([5 / 13])


def test_norm_ratio_without_a_true_gradient_is_undefined_and_without_a_synthetic_one_0():
    zero, some = stack([0, 0]), stack([1, 2])
    assert np.isnan(measures.norm_ratio(some, zero, KERNELS)).tolist() == [True]
    assert np.isnan(measures.norm_ratio(zero, zero, KERNELS)).tolist() == [True]
    assert measures.norm_ratio(zero, some, KERNELS).tolist() == [0]


def test_spread_is_over_examples_and_averaged_over_units():
    # Standard deviations over the two examples: 1/2, 0 and 1/8.
    assert measures.spread(stack([0, 0.3, 0.25], [1, 0.3, 0.5]), KERNELS) == pytest.approx(
        [0.625 / 3]
    )


def test_flat_representations_have_no_spread_and_are_all_similar():
    flat = np.full((1, 6, 4), 0.4)
    assert measures.spread(flat, KERNELS) == pytest.approx([0], abs=1e-15)
    assert measures.similarity(flat, KERNELS) == pytest.approx([1])


def test_similarity_worked_by_hand():
    # Cosines of the three pairs: 0, 3/5 and 4/5.
    assert measures.similarity(stack([1, 0], [0, 2], [3, 4]), KERNELS) == pytest.approx([1.4 / 3])


def test_similarity_is_the_mean_cosine_over_all_pairs():
    hidden = np.random.RandomState(0).randn(3, 9, 5)
    brute_force = [
        np.mean(
            [
                a @ b / (np.linalg.norm(a) * np.linalg.norm(b))
                for i, a in enumerate(examples)
                for b in examples[:i]
            ]
        )
        for examples in hidden
    ]
    np.testing.assert_allclose(measures.similarity(hidden, KERNELS), brute_force, rtol=1e-12)


def test_similarity_takes_a_cosine_with_zero_as_zero_and_needs_a_pair():
    assert measures.similarity(stack([1, 0], [0, 0], [1, 0]), KERNELS) == pytest.approx([1 / 3])
    assert np.isnan(measures.similarity(np.ones((2, 1, 4)), KERNELS)).tolist() == [True, True]


def test_saturation_is_the_share_outside_the_closed_interval():
    hidden = stack([0.01, 0.99, 0.5], [0.0099, 0.9901, 0.02])
    assert measures.saturation(hidden) == pytest.approx([2 / 6])
    assert measures.saturation(np.array([[[0.0]], [[0.5]]])).tolist() == [1, 0]


def layers_with(weights, bias=None, generator=None):
    """A single layer of two replicas with one unit, from values a replica."""

    def linear(values, bias_values=None):
        def shaped(values):
            return np.array(values, dtype=float).reshape(2, 1, 1)

        bias = None if bias_values is None else shaped(bias_values)
        return Linear(shaped(values), bias)

    step_size = StepSize(np.ones((2, 1, 1)))
    parts = linear(weights, bias), ACTIVATIONS["sigmoid"], step_size
    if generator is None:
        return [Layer(*parts)]
    own = Generator(linear(generator), step_size)
    return [DecoupledLayer(*parts, generator=own, conditions=("output",))]


def test_the_largest_weight_is_that_of_any_layer_biases_included_generators_not():
    layers = layers_with([1, -7], bias=[-2, 3]) + layers_with([0.5, 4], generator=[100, 100])
    assert measures.largest_weight(layers).tolist() == [2, 7]


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_a_replica_is_finite_if_all_parameters_are_generators_included(bad):
    fine = layers_with([1, 2], [3, 4], [5, 6])
    assert measures.is_finite(fine).tolist() == [True, True]
    assert measures.is_finite(layers_with([1, bad]) + fine).tolist() == [True, False]
    assert measures.is_finite(fine + layers_with([1, 1], bias=[bad, 1])).tolist() == [False, True]
    assert measures.is_finite(layers_with([1, 1], None, [1, bad])).tolist() == [True, False]
