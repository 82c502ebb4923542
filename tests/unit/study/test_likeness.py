import numpy as np
import pytest

from synthgrad.core.setup import Setup
from synthgrad.core.tasks.digits import PROBES
from synthgrad.core.training.loop import train
from synthgrad.study.likeness import alike, differing_bits, dissimilarity, likeness


def test_dissimilarity_is_one_minus_the_correlation_over_units():
    hidden = np.array([[1.0, 2.0, 3.0], [2.0, 4.0, 6.0], [3.0, 2.0, 1.0], [1.0, 0.0, 1.0]])
    expected = [1 - np.corrcoef(hidden)[i, j] for i in range(4) for j in range(i + 1, 4)]
    np.testing.assert_allclose(dissimilarity(hidden), expected, atol=1e-6)
    assert dissimilarity(hidden)[:2] == pytest.approx([0, 2])


def test_networks_are_alike_if_they_rank_pairs_alike():
    one = np.array([0.1, 0.5, 0.9, 1.4])
    assert alike(one, one**3) == pytest.approx(1)
    assert alike(one, -one) == pytest.approx(-1)
    # Two neighbours exchanged: 1 - 6 * 2 / (4 * 15).
    assert alike(one, one[[1, 0, 2, 3]]) == pytest.approx(0.8)


def test_likeness_needs_pairs_that_are_defined_and_differ():
    one = np.array([0.1, 0.5, 0.9, 1.4])
    gap = np.array([0.2, np.nan, 0.3, 0.4])
    assert alike(one, gap) == pytest.approx(1)
    assert np.isnan(alike(one, np.full(4, np.nan)))
    assert np.isnan(alike(one, np.ones(4)))


def test_an_arm_is_held_beside_the_next_seed_of_another_as_of_itself():
    arm, backprop = np.random.RandomState(0).rand(2, 3, 20)
    for one in (arm, backprop):
        around = [alike(one[s], backprop[(s + 1) % 3]) for s in range(3)]
        assert likeness(one, backprop).tolist() == around


def test_differing_bits_are_counted_and_a_network_that_diverged_has_none():
    one, other = np.array([0b11110000, 0b00000001], np.uint8), np.array([0b11010000, 0], np.uint8)
    assert differing_bits(one, other) == 2 / 16
    assert differing_bits(one, one) == 0
    assert differing_bits(one, ~one) == 1
    assert np.isnan([differing_bits(one, one[:0]), differing_bits(one[:0], one)]).all()


def test_units_in_another_order_or_scale_represent_the_same():
    hidden = np.random.RandomState(1).rand(10, 8)
    changed = hidden[:, ::-1] * 3 + 1
    assert alike(dissimilarity(hidden), dissimilarity(changed)) == pytest.approx(1)


def test_training_leaves_what_hidden_layers_make_of_the_probes():
    setup = Setup(
        task="digits",
        method="dni[label]",
        examples=60,
        heldout_examples=0,
        hidden=(8, 5),
        epochs=2,
    )
    history = train(setup, [0, 1, 2], generator_step_size=[0.01, 1e30, 0.01])
    first, second = history.representations
    assert (first.shape, second.shape) == ((3, PROBES, 8), (3, PROBES, 5))
    assert np.isnan(first).any(axis=(1, 2)).tolist() == [False, True, False]
    alone = train(setup, [2], generator_step_size=[0.01]).representations
    assert np.array_equal(alone[1][0], second[2])
    assert train(Setup(bits=3, examples=20, epochs=1), [0]).representations == []
