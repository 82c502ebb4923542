import numpy as np

from synthgrad import tuning
from synthgrad.setups import Setup
from synthgrad.training import train

STEPS = np.array([0.1, 0.1, 0.3, 0.3, 0.1, 0.1, 0.3, 0.3])
GENERATOR_STEPS = np.array([0.01, 0.01, 0.01, 0.01, 0.02, 0.02, 0.02, 0.02])


def test_the_best_mean_wins_not_the_best_run():
    choice = tuning.choose(STEPS, GENERATOR_STEPS, np.array([0.9, 0.1, 0.6, 0.6, 0, 0, 0, 0]))
    assert (choice.step_size, choice.generator_step_size, choice.score) == (0.3, 0.01, 0.6)


def test_of_equals_the_smaller_step_sizes_win():
    choice = tuning.choose(STEPS[::-1], GENERATOR_STEPS[::-1], np.full(8, 0.5))
    assert (choice.step_size, choice.generator_step_size) == (0.1, 0.01)


def test_a_choice_on_the_edge_of_the_grid_is_flagged():
    steps = np.array([0.1, 0.2, 0.3, 0.1, 0.2, 0.3])
    generator_steps = np.array([1, 1, 1, 2, 2, 2.0])
    choice = tuning.choose(steps, generator_steps, np.array([0, 1, 0, 0, 0, 0.0]))
    assert choice.edges == ("generator_step_size",)
    alone = tuning.choose(steps[:3], np.zeros(3), np.array([0, 0, 1.0]))
    assert alone.edges == ("step_size",)


def test_a_sweep_trains_every_point_on_every_seed_as_if_alone():
    setup = Setup(method="dni[output]", bits=3, examples=40, hidden=(6, 5), epochs=4)
    grid = [(0.1, 0.01), (0.1, 0.1), (0.3, 0.01)]
    history = tuning.sweep(setup, [7, 8], grid)
    points = list(zip(history.step_size, history.generator_step_size, history.seeds))
    assert points == [(*point, seed) for point in grid for seed in (7, 8)]
    for row, (step, generator_step, seed) in enumerate(points):
        alone = train(setup, [seed], step_size=[step], generator_step_size=[generator_step])
        np.testing.assert_array_equal(
            history.measures["bit_accuracy"][row], alone.measures["bit_accuracy"][0]
        )


def test_a_sweep_survives_points_that_diverge_to_the_last_seed(monkeypatch):
    monkeypatch.setattr("synthgrad.training.STACK_BYTES", 1)  # a stack for each replica
    setup = Setup(method="dni[output]", bits=3, examples=400, hidden=(6, 5), epochs=12)
    for grid in ([(0.1, 0.01), (0.1, 50.0)], [(0.1, 50.0), (0.1, 0.01)]):
        history = tuning.sweep(setup, [7], grid)
        stable = [generator_step < 1 for _, generator_step in grid]
        np.testing.assert_array_equal(np.isnan(history.diverged_at), stable)
        np.testing.assert_array_equal(np.isfinite(history.measures["mse"][:, -1]), stable)
