"""The step sizes that are taken."""

import numpy as np
import pytest

from synthgrad.core.setup import Setup
from synthgrad.search.choice import choose, tune
from synthgrad.search.ranking import Standing, standings
from synthgrad.search.spaces import Point

STEPS = np.array([0.1, 0.1, 0.3, 0.3, 0.1, 0.1, 0.3, 0.3])
GENERATOR_STEPS = np.array([0.01, 0.01, 0.01, 0.01, 0.02, 0.02, 0.02, 0.02])


def chosen(score):
    columns = {"step_size": STEPS, "generator_step_size": GENERATOR_STEPS, "score": score}
    standing = standings(columns | {"diverged_at": np.full(8, np.nan)})
    return choose(standing, list(standing))


def test_the_best_mean_wins_not_the_best_run():
    choice = chosen(np.array([0.9, 0.1, 0.6, 0.6, 0, 0, 0, 0]))
    assert (choice.step_size, choice.generator_step_size, choice.score) == (0.3, 0.01, 0.6)


def test_the_edge_is_that_of_all_that_was_tried_not_of_the_finalists():
    tried = [Point(step) for step in (0.1, 0.2, 0.3, 0.4)]
    left = {Point(0.2): Standing(False, 0.1), Point(0.3): Standing(False, 0.5)}
    assert choose(left, tried).edges == ()
    assert choose(left, tried[:3]).edges == ("step_size",)


def test_a_choice_says_whether_all_diverged():
    standing = {Point(0.1): Standing(True, 0.5), Point(0.2): Standing(True, 0.6)}
    choice = choose(standing, list(standing))
    assert (choice.step_size, choice.diverged) == (0.2, True)
    assert not choose(standing | {Point(0.3): Standing(False, 0.0)}, list(standing)).diverged


@pytest.mark.parametrize("method", ["backprop", "dni[output]"])
def test_a_grid_is_tuned_as_its_points_do_by_themselves(method):
    setup, steps = Setup(method, bits=3, examples=40, hidden=(6,), epochs=8), [0.01, 0.1, 1.0]
    choice = tune(setup, [7, 8], steps, [0.01, 0.1])
    alone = [tune(setup, [7, 8], [step], [size]).score for step in steps for size in (0.01, 0.1)]
    assert choice.score == max(alone)
    assert choice.applied_to(setup).step_size == choice.step_size
    assert (choice.generator_step_size == 0) == (method == "backprop")
