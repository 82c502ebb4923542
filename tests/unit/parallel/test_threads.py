"""Two threads that train one network."""

import numpy as np
import pytest

from synthgrad.core.setup import Setup
from synthgrad.core.training.passes import Epochs
from synthgrad.core.training.stack import draw_stack
from synthgrad.parallel.threads import Halves


@pytest.mark.parametrize("method", ["backprop", "feedback-alignment"])
def test_two_threads_train_as_one_does_to_the_bit(method):
    setup = Setup(method=method, bits=4, examples=65, hidden=(13, 7), batch_size=6, step_size=0.5)
    alone, halves = draw_stack(setup, [0, 1]), draw_stack(setup, [0, 1])
    train = Halves(halves.layers, *halves.training[:2], setup.batch_size)
    epochs = Epochs(setup, alone, tallies={})
    for _ in range(2):
        epochs.train()
        train.run(setup.batches)
    for one, other in zip(alone.layers, halves.layers, strict=True):
        np.testing.assert_array_equal(one.linear.weights, other.linear.weights)
