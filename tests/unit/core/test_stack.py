from dataclasses import replace

import numpy as np
import pytest

from synthgrad.core.arrays import select
from synthgrad.core.network.methods import forward
from synthgrad.core.setup import Setup
from synthgrad.core.training.passes import Answers, Epochs
from synthgrad.core.training.stack import draw_stack, stack_size, step_sizes

SETUP = Setup(bits=4, examples=30, heldout_examples=10, hidden=(6, 5))


def test_a_stack_fits_its_budget_of_bytes(monkeypatch):
    # 8*6 + 6*5 + 5*4 weights of 8 bytes.
    monkeypatch.setattr("synthgrad.core.training.stack.STACK_BYTES", 98 * 8 * 3)
    assert stack_size(SETUP) == 3
    # A network that is larger than the budget trains alone.
    monkeypatch.setattr("synthgrad.core.training.stack.STACK_BYTES", 8)
    assert stack_size(SETUP) == 1
    # Generators take room too.
    monkeypatch.setattr("synthgrad.core.training.stack.STACK_BYTES", 98 * 8 * 3)
    assert stack_size(replace(SETUP, method="dni[output]")) < 3


def test_step_sizes_are_those_given_or_those_of_the_setup():
    setup = replace(SETUP, step_size=0.5, generator_step_size=0.25)
    assert [sizes.tolist() for sizes in step_sizes(setup, 2)] == [[0.5, 0.5], [0.25, 0.25]]
    own, generators = step_sizes(setup, 2, step_size=[1, 2], generator_step_size=0.125)
    assert (own.tolist(), generators.tolist()) == ([1.0, 2.0], [0.125, 0.125])


def test_replicas_picked_from_a_stack_train_on_as_they_would_have():
    setup = replace(SETUP, method="dni[output]", shuffle=True, update_probability=0.5)
    whole, parted = draw_stack(setup, [3, 4, 5]), draw_stack(setup, [3, 4, 5])
    for stack in (whole, parted):
        Epochs(setup, stack, tallies={}).train()
    parted = select(parted, np.array([True, False, True]))
    assert parted.places.tolist() == [0, 2]
    for stack in (whole, parted):
        Epochs(setup, stack, tallies={}).train()
    for layer, other in zip(parted.layers, whole.layers, strict=True):
        for part, all_of_it in zip(layer.parameters(), other.parameters(), strict=True):
            assert np.array_equal(part, all_of_it[[0, 2]])


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"forward_batchnorm": True, "activation": "tanh"},
        {"bias": True, "activation": "relu", "examples": 73, "heldout_examples": 1},
        {"task": "digits", "loss": "cross-entropy", "method": "dni[output+label]"},
    ],
    ids=str,
)
def test_answers_are_the_outputs_of_the_layers_as_they_are(changed):
    setup = replace(SETUP, **changed)
    stack = draw_stack(setup, [3, 4])
    epochs = Epochs(setup, stack, tallies={})
    for examples in (stack.training, stack.heldout):
        answers = Answers(stack.layers, examples)
        for _ in range(3):
            epochs.train()
            expected = forward(stack.layers, examples.inputs)[-1]
            np.testing.assert_array_equal(answers.give(), expected)
