"""Which points are better."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from synthgrad.core.setup import Setup
from synthgrad.core.training.loop import train
from synthgrad.search.ranking import Standing, edges, is_validated, ranked, scores, standings
from synthgrad.search.spaces import Point


def test_standings_by_hand():
    columns = {
        "step_size": np.array([0.1, 0.1, 0.3, 0.3]),
        "generator_step_size": np.array([0.0, 0.0, 0.01, 0.01]),
        "score": np.array([0.5, 0.25, 1.0, 0.0]),
        "diverged_at": np.array([np.nan, np.nan, np.nan, 3.0]),
    }
    assert standings(columns) == {
        Point(0.1, 0.0): Standing(False, 0.375),
        Point(0.3, 0.01): Standing(True, 0.5),
    }


def test_points_at_which_a_run_diverged_come_last_and_of_equals_the_smaller_first():
    standing = {
        Point(0.3, 0.01): Standing(True, 0.9),
        Point(0.3, 0.02): Standing(False, 0.5),
        Point(0.1, 0.02): Standing(False, 0.5),
        Point(0.1, 0.01): Standing(False, 0.5),
        Point(1.0, 0.01): Standing(False, 0.6),
        Point(0.2, 0.01): Standing(True, 0.1),
    }
    assert ranked(standing) == [
        (1.0, 0.01),
        (0.1, 0.01),
        (0.1, 0.02),
        (0.3, 0.02),
        (0.3, 0.01),
        (0.2, 0.01),
    ]


@given(
    standing=st.dictionaries(
        st.builds(Point, st.floats(0.001, 1), st.floats(0, 1)),
        st.builds(Standing, st.booleans(), st.floats(0, 1)),
    ),
    shuffle=st.randoms(use_true_random=False),
)
def test_ranks_do_not_depend_on_the_order_in_which_points_were_tried(standing, shuffle):
    listed = list(standing.items())
    shuffle.shuffle(listed)
    assert ranked(dict(listed)) == ranked(standing)


def test_edges_by_hand():
    tried = [Point(0.1, 0.0), Point(0.2, 0.01), Point(0.3, 0.02)]
    assert edges(Point(0.2, 0.01), tried) == ()
    assert edges(Point(0.1, 0.01), tried) == ("step_size",)
    assert edges(Point(0.3, 0.02), tried) == ("step_size", "generator_step_size")
    # Nothing is below 0.
    assert edges(Point(0.2, 0.0), tried) == ()
    # One value has no edge.
    assert edges(Point(0.1), [Point(0.1), Point(0.2)]) == ("step_size",)
    assert edges(Point(0.1), [Point(0.1)]) == ()


def test_images_are_scored_on_the_validation_set_after_the_last_epoch():
    setup = Setup(
        task="digits",
        examples=100,
        heldout_examples=50,
        heldout_part="validation",
        hidden=(8,),
        epochs=3,
    )
    history = train(setup, [7, 8])
    accuracies = history.measures["heldout_bit_accuracy"][:, 3]
    assert is_validated(setup)
    assert scores(history, is_validated(setup)).tolist() == accuracies.tolist()
    assert not is_validated(Setup())
