"""Small pieces of work share a job."""

from hypothesis import given
from hypothesis import strategies as st

from synthgrad.study import jobs
from synthgrad.study.jobs import LARGE, packed


def shares(pieces):
    """Jobs of pieces of work, given as shares of what a job has at most."""
    return packed("x", pieces, lambda piece: piece * LARGE)


def test_jobs_by_hand():
    assert shares([0.25, 0.5, 0.25, 0.25, 1.5, 0.125]) == {
        "x-01": [0.25, 0.5, 0.25],
        "x-02": [0.25],
        "x-03": [1.5],
        "x-04": [0.125],
    }
    assert shares([]) == {}


@given(pieces=st.lists(st.floats(0, 2)))
def test_order_is_kept_and_only_a_job_of_one_piece_is_large(pieces):
    found = shares(pieces)
    assert [piece for job in found.values() for piece in job] == pieces
    assert list(found) == sorted(found) or len(found) > 99
    for job in found.values():
        assert len(job) == 1 or sum(job) <= 1 + 1e-9


def test_a_large_piece_is_alone():
    assert jobs.packed("x", [1], lambda piece: 10 * LARGE) == {"x-01": [1]}
    assert list(shares([0.5, 3.0, 0.5]).values()) == [[0.5], [3.0], [0.5]]
