import numpy as np

from synthgrad.core.arrays import select
from synthgrad.core.network.dni import Generator
from synthgrad.core.network.layers import Linear, StepSize


class Scripted:
    """Stands in for a random stream."""

    def __init__(self, *numbers):
        self.numbers = list(numbers)

    def rand(self):
        return self.numbers.pop(0)


def skipping(*streams):
    sizes = np.arange(1.0, len(streams) + 1).reshape(-1, 1, 1)
    return StepSize(sizes, 0.5, np.array([Scripted(*stream) for stream in streams], dtype=object))


def test_a_step_size_is_the_same_at_every_update_unless_updates_are_skipped():
    size = np.array([0.1, -0.2]).reshape(2, 1, 1)
    assert StepSize(size).draw() is size
    # With probability 1 nothing is drawn.
    certain = StepSize(size, 1.0, np.array([Scripted(), Scripted()], dtype=object))
    assert certain.draw() is size


def test_each_replica_skips_updates_by_its_own_stream():
    steps = skipping([0.4, 0.6, 0.5], [0.9, 0.1, 0.2])
    drawn = [steps.draw().ravel().tolist() for _ in range(3)]
    assert drawn == [[1, 0], [0, 2], [0, 2]]


def test_replicas_that_are_picked_keep_their_streams():
    steps = skipping([0.4, 0.6], [0.9, 0.1])
    steps.draw()
    assert select(steps, np.array([False, True])).draw().ravel().tolist() == [2]


def test_a_generator_skips_the_update_of_both_its_maps_at_once():
    def linear(value):
        return Linear(np.full((2, 1, 1), value))

    generator = Generator(linear(0.5), skipping([0.9], [0.1]), hidden=linear(0.5))
    generator.predict(np.ones((2, 1, 1)))
    generator.update(np.full((2, 1, 1), 10.0))
    for weights in generator.parameters():
        assert (weights.ravel() == 0.5).tolist() == [True, False]
