from itertools import combinations

import numpy as np
import pytest

from synthgrad.core.kernels import chosen
from synthgrad.core.network.conditions import CONDITION, Condition, assemble, condition_size
from synthgrad.core.network.normalisation import EPSILON, normalise
from synthgrad.core.setup import CONDITIONS, Setup, methods_with
from synthgrad.core.training.loop import train

KERNELS = chosen()

SUBSETS = [subset for n in (1, 2, 3, 4) for subset in combinations(CONDITIONS, n)]


def test_normalised_units_worked_by_hand():
    # The first unit has mean 3 and variance 4, the second mean 0 and variance 1.
    output = np.array([[[1.0, -1.0], [5.0, 1.0]]])
    expected = [[-2 / np.sqrt(4 + 1e-5), -1 / np.sqrt(1 + 1e-5)]]
    expected += [[2 / np.sqrt(4 + 1e-5), 1 / np.sqrt(1 + 1e-5)]]
    np.testing.assert_allclose(normalise(output, KERNELS)[0], expected, rtol=1e-14)


def test_normalised_units_have_mean_0_and_almost_variance_1():
    output = np.random.RandomState(0).rand(3, 10, 4)
    result = normalise(output, KERNELS)
    np.testing.assert_allclose(result.mean(axis=1), 0, atol=1e-14)
    variance = output.var(axis=1)
    np.testing.assert_allclose(result.var(axis=1), variance / (variance + EPSILON), rtol=1e-12)


def test_a_unit_that_says_the_same_for_every_example_is_normalised_to_0():
    assert normalise(np.full((2, 5, 3), 0.25), KERNELS).tolist() == np.zeros((2, 5, 3)).tolist()


def test_a_single_example_is_normalised_to_0():
    assert normalise(np.array([[[0.3, 0.9]]]), KERNELS).tolist() == [[[0.0, 0.0]]]


def test_normalisation_does_not_mix_replicas():
    output = np.random.RandomState(0).rand(3, 10, 4)
    for replica in range(3):
        assert np.array_equal(
            normalise(output, KERNELS)[replica], normalise(output[[replica]], KERNELS)[0]
        )


def test_normalisation_leaves_the_output_as_it_was():
    output = np.random.RandomState(0).rand(2, 5, 3)
    before = output.copy()
    normalise(output, KERNELS)
    assert np.array_equal(output, before)


@pytest.mark.parametrize("conditions", SUBSETS)
def test_conditions_stand_side_by_side_in_the_order_of_their_names(conditions):
    random = np.random.RandomState(1)
    inputs, output, labels = (random.rand(2, 6, units) for units in (8, 5, 4))
    columns = {
        "input": inputs,
        "output": output,
        "label": labels,
        "batchnorm": normalise(output, KERNELS),
    }
    seen = assemble(conditions, inputs, output, labels, KERNELS)
    assert seen.shape == (2, 6, condition_size(conditions, 8, 5, 4))
    start = 0
    for name in ("input", "output", "label", "batchnorm"):
        if name in conditions:
            width = columns[name].shape[-1]
            assert np.array_equal(seen[..., start : start + width], columns[name])
            start += width
    assert start == seen.shape[-1]


@pytest.mark.parametrize(
    ("conditions", "size"),
    [
        (("input",), 24),
        (("output",), 64),
        (("label",), 12),
        (("batchnorm",), 64),
        (("output", "label"), 76),
        (("input", "output", "label", "batchnorm"), 164),
    ],
)
def test_sizes_at_a_hidden_layer_of_the_tutorial(conditions, size):
    assert condition_size(conditions, inputs=24, units=64, labels=12) == size


def test_a_condition_more_is_an_entry_in_two_lists(monkeypatch):
    """As CONTRIBUTING says: what else there is works it out from these."""
    monkeypatch.setitem(CONDITION, "centred", Condition("labels", normalised=True))
    methods = methods_with((*CONDITIONS, "centred"))
    monkeypatch.setattr("synthgrad.core.setup.CONDITIONS_OF", methods)
    setup = Setup("dni[output+centred]", bits=3, examples=20, hidden=(5, 4), epochs=2)
    assert condition_size(setup.conditions, *setup.sizes[:2], setup.sizes[-1]) == 5 + 3
    history = train(setup, [0, 1])
    assert np.isfinite(history.measures["mse"]).all()
