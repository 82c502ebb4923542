"""What the best linear generator represents: by hand, by least squares, along a path."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

from synthgrad.core.kernels import reference
from synthgrad.core.network.normalisation import EPSILON
from synthgrad.core.setup import Setup
from synthgrad.core.training.loop import train
from synthgrad.outcomes.best_linear import along_path, best_linear

BATCHES = 4


def with_ones(seen):
    return np.concatenate([np.ones((*seen.shape[:2], 1)), seen], axis=2)


def best(seen, gradient):
    return best_linear(seen, gradient, BATCHES, reference)


def test_a_gradient_that_is_linear_in_the_label_is_all_represented():
    label = np.array([[[0.0], [1.0], [1.0], [0.0]]])
    gradient = label @ np.array([[[2.0, -1.0]]]) + np.array([0.5, 3.0])
    found = best(with_ones(label), gradient)
    np.testing.assert_allclose(found.share, 1)
    np.testing.assert_allclose(found.alignment, 1)


def test_of_one_that_is_orthogonal_to_all_that_is_seen_nothing_is():
    label = np.array([[[0.0], [0.0], [1.0], [1.0]]])
    gradient = np.array([[[1.0], [-1.0], [2.0], [-2.0]]])
    assert best(with_ones(label), gradient).share == pytest.approx(0, abs=1e-15)


def test_half_of_a_sum_of_both_is():
    seen = np.array([[[1.0], [1.0], [-1.0], [-1.0]]])
    gradient = seen + np.array([[[1.0], [-1.0], [1.0], [-1.0]]])
    found = best(seen, gradient)
    assert found.share == pytest.approx(0.5)
    # Two of the four examples have no gradient, and the other two the sign of what is seen.
    assert found.alignment == pytest.approx(1)


def test_it_is_the_least_squares_fit_of_every_replica():
    rng = np.random.default_rng(0)
    seen, gradient = rng.normal(size=(3, 20, 5)), rng.normal(size=(3, 20, 4))
    seen[:, :, 4] = seen[:, :, 0] + seen[:, :, 1]  # which adds nothing
    found = best(seen, gradient)
    for k in range(3):
        fit = seen[k] @ np.linalg.lstsq(seen[k], gradient[k])[0]
        share = 1 - ((gradient[k] - fit) ** 2).sum() / (gradient[k] ** 2).sum()
        cosines = [a @ b / np.sqrt((a @ a) * (b @ b)) for a, b in zip(fit, gradient[k])]
        assert found.share[k] == pytest.approx(share, rel=1e-9)
        assert found.alignment[k] == pytest.approx(np.mean(cosines), rel=1e-9)


def test_after_an_epoch_it_is_what_a_generator_has_come_to_on_minibatches_that_are_all_alike():
    rng = np.random.default_rng(0)
    batch, target = rng.normal(size=(6, 3)) * [1.0, 0.3, 0.1], rng.normal(size=(6, 2))
    weights = np.zeros((3, 2))
    step_size = 1 / np.linalg.eigvalsh(batch.T @ batch)[-1]
    for _ in range(BATCHES):
        weights -= step_size * batch.T @ (batch @ weights - target)
    left = ((batch @ weights - batch @ np.linalg.lstsq(batch, target)[0]) ** 2).sum()
    seen, gradient = (np.tile(each, (1, BATCHES, 1)) for each in (batch, target))
    found = best(seen, gradient)
    expected = found.share - left / (target**2).sum()
    assert 0.1 < expected[0] < found.share[0] - 0.01
    np.testing.assert_allclose(found.reached, expected, rtol=1e-9)


def test_the_flatter_what_is_seen_the_slower():
    rng = np.random.default_rng(0)
    seen, gradient = rng.normal(size=(1, 40, 4)), rng.normal(size=(1, 40, 3))
    steep, flat = (best(with_ones(0.5 + spread * seen), gradient) for spread in (0.5, 0.01))
    np.testing.assert_allclose(steep.share, flat.share, rtol=1e-6)
    assert flat.reached < steep.reached


def test_a_layer_without_gradient_has_no_share():
    found = best(np.ones((1, 4, 1)), np.zeros((1, 4, 2)))
    assert np.isnan([found.share, found.reached, found.alignment]).all()


SETUP = Setup("dni[output+label]", bits=3, hidden=(6, 5), examples=40, epochs=9, step_size=0.5)


def normalised(hidden):
    """By minibatch, as a generator is shown it."""
    batches = hidden.reshape(-1, SETUP.batch_size, hidden.shape[1])
    centred = batches - batches.mean(axis=1, keepdims=True)
    spread = np.sqrt((centred**2).mean(axis=1, keepdims=True) + EPSILON)
    return (centred / spread).reshape(hidden.shape)


@pytest.mark.parametrize("conditions", [(), ("label",), ("output", "label"), ("batchnorm",)])
def test_along_a_path_it_is_that_of_the_last_hidden_layer_as_it_is(conditions):
    expected = {}

    def watch(epoch, _accuracy, stack):
        inputs, targets = (each[0] for each in stack.training[:2])
        first, second, last = (layer.linear.weights[0] for layer in stack.layers)
        hidden = expit(expit(inputs @ first) @ second)
        output = expit(hidden @ last)
        gradient = ((output - targets) * output * (1 - output)) @ last.T
        arrays = {"label": targets, "output": hidden, "batchnorm": normalised(hidden)}
        seen = np.column_stack([np.ones(len(hidden)), *(arrays[name] for name in conditions)])
        residual = gradient - seen @ np.linalg.lstsq(seen, gradient)[0]
        expected[epoch] = 1 - (residual**2).sum() / (gradient**2).sum()

    train(SETUP, [3], watch=watch)
    rows = pd.DataFrame(along_path(SETUP, 3, [conditions]))
    assert set(rows["condition"]) == {"+".join(conditions) or "none"}
    rows = rows[rows["layer"] == 2]
    assert rows["epoch"].iloc[[0, -1]].tolist() == [0, 9]
    found = [expected[epoch] for epoch in rows["epoch"]]
    np.testing.assert_allclose(rows["share"], found, rtol=1e-8)


def test_a_path_that_diverges_has_nothing():
    assert along_path(replace(SETUP, step_size=1e300), 3, [("label",)]) == []
