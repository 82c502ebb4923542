"""Generators that stay at zero: a decoupled network is the frozen one, to the last bit."""

from dataclasses import replace

import numpy as np
import pytest

from synthgrad.core.setup import Setup
from synthgrad.core.training.loop import train
from synthgrad.search.searches import is_nested, without_generators

SMALL = {"bits": 4, "examples": 60, "heldout_examples": 20, "hidden": (7, 6), "epochs": 15}
DIGITS = {
    "task": "digits",
    "examples": 100,
    "heldout_examples": 30,
    "hidden": (7, 6),
    "epochs": 4,
    "activation": "relu",
    "loss": "cross-entropy",
    "forward_batchnorm": True,
    "bias": True,
    "shuffle": True,
}
VARIANTS = {
    "plain": {},
    "a hidden layer": {"generator_hidden": 5},
    "normalised steps": {"generator_step": "normalised"},
    "without a bias": {"generator_bias": False},
    "lazy": {"update_probability": 0.3},
    "lazy with a hidden layer": {"update_probability": 0.3, "generator_hidden": 5},
    "another last step": {"last_step_factor": 10.0},
    "nudged": {"nudged": True},
    "done early": {"done_after": 1, "step_size": 3.0, "bits": 3},
}
METHODS = ["local-loss", "dni[output]", "dni[label]", "dni[batchnorm]", "dni[output+label]"]
NOT_OF_THE_NETWORK = ("alignment", "norm_ratio", "synthetic_error")


def assert_same_runs(setup):
    assert is_nested(setup)
    twin = without_generators(setup, "frozen")
    one, other = (train(each, [3, 4], generator_step_size=[0.0, 0.0]) for each in (setup, twin))
    for name, values in one.measures.items():
        if not name.startswith(NOT_OF_THE_NETWORK):
            np.testing.assert_array_equal(values, other.measures[name], err_msg=name)
    for name in ("diverged_at", "done_at", "answers"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))
    return one


@pytest.mark.parametrize(
    ("method", "variant"),
    [
        (method, variant)
        for method in METHODS
        for variant, settings in VARIANTS.items()
        if method != "local-loss" or not any("generator" in name for name in settings)
    ],
)
def test_on_addition(method, variant):
    assert_same_runs(Setup(method, **{"step_size": 0.5} | SMALL | VARIANTS[variant]))


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("probability", [1.0, 0.3])
def test_on_digits(method, probability):
    setup = Setup(method, step_size=0.05, update_probability=probability, **DIGITS)
    history = assert_same_runs(setup)
    # Something is learnt in the last layer.
    accuracy = history.measures["bit_accuracy"]
    assert (accuracy[:, -1] > accuracy[:, 0]).all()


@pytest.mark.parametrize(
    "moved", [{"generator_scale": 0.2}, {"generator_shift": -0.1}, {"decouple_last": True}]
)
def test_generators_that_start_elsewhere_or_drive_the_last_layer_have_no_such_twin(moved):
    setup = Setup("dni[output]", step_size=0.5, generator_step_size=0.0, **SMALL | moved)
    assert not is_nested(setup)
    history, twin = (
        train(each, [3]) for each in (setup, replace(setup, method="frozen", decouple_last=False))
    )
    assert (history.measures["mse"] != twin.measures["mse"]).any()


def test_a_step_size_above_0_makes_another_network():
    setup = Setup("dni[output]", step_size=0.5, generator_step_size=0.01, **SMALL)
    history, twin = (train(each, [3]) for each in (setup, without_generators(setup, "frozen")))
    assert (history.measures["mse"] != twin.measures["mse"]).any()
