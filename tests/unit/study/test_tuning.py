import numpy as np
import pytest

from synthgrad.core.setup import Setup
from synthgrad.core.training.loop import train
from synthgrad.study import experiments as study
from synthgrad.study import tuning

STEPS = np.array([0.1, 0.1, 0.3, 0.3, 0.1, 0.1, 0.3, 0.3])
GENERATOR_STEPS = np.array([0.01, 0.01, 0.01, 0.01, 0.02, 0.02, 0.02, 0.02])


def choose(steps, generator_steps, score, diverged_at=None):
    grid = list(zip(steps.tolist(), generator_steps.tolist()))
    diverged_at = np.full(len(score), np.nan) if diverged_at is None else diverged_at
    return tuning.choose(grid, tuning.standings_of(steps, generator_steps, score, diverged_at))


def test_the_best_mean_wins_not_the_best_run():
    choice = choose(STEPS, GENERATOR_STEPS, np.array([0.9, 0.1, 0.6, 0.6, 0, 0, 0, 0]))
    assert (choice.step_size, choice.generator_step_size, choice.score) == (0.3, 0.01, 0.6)


def test_of_equals_the_smaller_step_sizes_win():
    choice = choose(STEPS[::-1], GENERATOR_STEPS[::-1], np.full(8, 0.5))
    assert (choice.step_size, choice.generator_step_size) == (0.1, 0.01)


def test_a_choice_on_the_edge_of_the_grid_is_flagged():
    steps = np.array([0.1, 0.2, 0.3, 0.1, 0.2, 0.3])
    generator_steps = np.array([1, 1, 1, 2, 2, 2.0])
    edge = choose(steps, generator_steps, np.array([0, 1, 0, 0, 0, 0.0]))
    assert edge.edges == ("generator_step_size",)
    alone = choose(steps[:3], np.zeros(3), np.array([0, 0, 1.0]))
    assert alone.edges == ("step_size",)


def test_a_point_at_which_a_run_diverged_comes_last():
    diverged_at = np.full(8, np.nan)
    diverged_at[3] = 7
    choice = choose(STEPS, GENERATOR_STEPS, np.array([-2, -2, 1, 1, -1, -1, -3, -3.0]), diverged_at)
    assert (choice.step_size, choice.generator_step_size) == (0.1, 0.02)


def test_the_edge_is_that_of_the_grid_not_of_the_points_that_were_kept():
    grid = [(step, 0.0) for step in (0.1, 0.2, 0.3, 0.4)]
    left = {(0.2, 0.0): tuning.Standing(False, 0.1), (0.3, 0.0): tuning.Standing(False, 0.5)}
    assert tuning.choose(grid, left).edges == ()


SMALL = Setup(method="dni[output]", bits=3, examples=40, hidden=(6, 5), epochs=4)
GRID = [(0.1, 0.01), (0.1, 0.1), (0.3, 0.01), (3.0, 0.01)]


def test_the_best_of_a_rung_are_trained_longer_and_on_more_seeds():
    rungs = [tuning.Rung(2, 1, 3), tuning.Rung(4, 2, 1)]
    first, last = tuning.climb(SMALL, [7, 8], GRID, rungs)
    assert first.epochs.tolist() == [2]
    assert first.seeds.tolist() == [7] * 4
    order = np.argsort(-tuning.scores(first), kind="stable")
    kept = [GRID[k] for k in order[:3]]
    assert last.epochs.tolist() == [4]
    assert list(zip(last.step_size, last.generator_step_size, last.seeds)) == [
        (*point, seed) for point in kept for seed in (7, 8)
    ]


def test_a_rung_that_would_keep_all_is_skipped_but_not_the_last():
    rungs = [tuning.Rung(1, 1, 4), tuning.Rung(2, 1, 2), tuning.Rung(4, 2, 9)]
    assert tuning.climbed(GRID, rungs) == rungs[1:]
    assert tuning.climbed(GRID[:2], rungs) == rungs[2:]


@pytest.mark.parametrize("keep", [1, 3, 4, 9])
def test_progress_of_a_tuning_adds_up_to_what_was_announced(keep):
    done = []
    rungs = [tuning.Rung(1, 1, 3), tuning.Rung(2, 2, keep), tuning.Rung(4, 2, 1)]
    tuning.climb(SMALL, [7, 8], GRID, rungs, done.append)
    assert sum(done) == tuning.replica_epochs(GRID, rungs)


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
    monkeypatch.setattr("synthgrad.core.training.stack.STACK_BYTES", 1)  # a stack for each replica
    setup = Setup(method="dni[output]", bits=3, examples=400, hidden=(6, 5), epochs=12)
    for grid in ([(0.1, 0.01), (0.1, 50.0)], [(0.1, 50.0), (0.1, 0.01)]):
        history = tuning.sweep(setup, [7], grid)
        stable = [generator_step < 1 for _, generator_step in grid]
        np.testing.assert_array_equal(np.isnan(history.diverged_at), stable)
        np.testing.assert_array_equal(np.isfinite(history.measures["mse"][:, -1]), stable)


def test_images_are_scored_on_the_validation_set_after_the_last_epoch():
    setup = Setup(task="digits", examples=100, heldout_examples=50, hidden=(8,), epochs=3)
    cell = study.Cell(setup, tuned=True)
    tuned = study.tuning_setup(cell)
    assert (tuned.heldout_part, tuned.heldout_examples) == ("validation", 50)
    rungs = [tuning.Rung(3, 2, 1)]
    (history,) = tuning.climb(tuned, [7, 8], GRID[:2], rungs)
    expected = train(tuned, [7, 8], step_size=[0.1] * 2, generator_step_size=[0.01] * 2)
    accuracies = expected.measures["heldout_bit_accuracy"][:, 3]
    assert tuning.scores(history, validated=True)[:2].tolist() == accuracies.tolist()
    test = train(setup, [7, 8], step_size=[0.1] * 2, generator_step_size=[0.01] * 2)
    assert np.any(test.measures["heldout_bit_accuracy"][:, 3] != accuracies)
