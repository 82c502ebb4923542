"""Which arm is best, and what the choice costs."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from synthgrad.statistics import ONE_SIDED
from synthgrad.statistics.paired import signed_ranks
from synthgrad.statistics.ranking import lead, rank_arms


def rng():
    return np.random.default_rng(0)


def test_ranking_by_hand():
    # One seed is always drawn again; equal arms share the first place.
    found = rank_arms([[1.0, 1.0, 0.97, 0.5]], 0.05, rng(), 100)
    assert found.best.tolist() == [0.5, 0.5, 0.0, 0.0]
    assert found.near_best.tolist() == [1.0, 1.0, 1.0, 0.0]
    # Two seeds that disagree: each is drawn twice in a quarter of the resamples, and when
    # each is drawn once the arms tie.
    even = rank_arms([[1.0, 0.0], [0.0, 1.0]], 0.1, rng(), 9999)
    assert even.best == pytest.approx([0.5, 0.5], abs=0.02)
    assert even.near_best == pytest.approx([0.75, 0.75], abs=0.02)


def ahead(candidates, others):
    """By how much each candidate is ahead of each of the others, seed by seed."""
    return candidates[:, :, None] - others[:, None, :]


def test_the_lead_of_the_best_beside_a_naive_loop():
    candidates, others = rng().normal(0.8, 1, (30, 3)), rng().normal([0.3, 0], 1, (30, 2))
    differences = ahead(candidates, others)
    found = lead(differences, differences)

    def p_value(differences, alternative):
        return stats.wilcoxon(differences, alternative=alternative, method="exact").pvalue

    for threshold in (-0.5, 0.0, 0.4):
        # A candidate is ahead of all others as surely as of the one it is least surely ahead of.
        surely = [
            max(p_value(one - other - threshold, "greater") for other in others.T)
            for one in candidates.T
        ]
        assert found.above(threshold) == pytest.approx(min(1, 3 * min(surely)))
        surely = [
            max(p_value(one - other - threshold, "less") for one in candidates.T)
            for other in others.T
        ]
        assert found.below(threshold) == pytest.approx(min(1, 2 * min(surely)))


@settings(deadline=None, derandomize=True, max_examples=50)
@given(st.integers(0, 2**32 - 1), st.integers(10, 30), st.floats(-1, 1))
def test_interval_and_tests_of_a_lead_cannot_disagree(seed, n, threshold):
    shape = np.random.default_rng(seed).normal(0, 1, (n, 3, 2)).round(1)
    found = lead(shape, shape)
    assert found.low <= found.estimate <= found.high
    for at in (round(threshold, 1), found.low, found.high):
        assert (found.above(at) <= ONE_SIDED) == (at < found.low)
        assert (found.below(at) <= ONE_SIDED) == (at > found.high)


def test_one_candidate_and_one_other_are_a_plain_comparison():
    difference = rng().normal(0.3, 1, 20)
    found, plain = lead(*[difference[:, None, None]] * 2), signed_ranks(difference)
    assert (found.estimate, found.low, found.high) == (plain.estimate, plain.low, plain.high)
    assert (found.above(0.1), found.below(0.1)) == (plain.above(0.1), plain.below(0.1))
