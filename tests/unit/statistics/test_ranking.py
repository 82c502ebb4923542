"""Which arm is best, and what the choice costs."""

import numpy as np
import pytest
from scipy import stats

from synthgrad.statistics.paired import within_bounds
from synthgrad.statistics.ranking import best_contrast, best_within_bounds, rank_arms


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


def test_the_best_of_several_pays_for_the_choice():
    candidates, others = rng().normal(size=(30, 3)), rng().normal(size=(30, 2)) - 2
    contrast = best_contrast(candidates, others, rng(), 99)
    best = candidates[:, candidates.mean(axis=0).argmax()]
    expected = 3 * max(stats.wilcoxon(best - other).pvalue for other in others.T)
    assert contrast.p_value == pytest.approx(expected)
    swapped = best_contrast(others, candidates, rng(), 99)
    assert swapped.interval.estimate == pytest.approx(-contrast.interval.estimate)
    assert swapped.p_value == pytest.approx(expected)
    assert best_within_bounds(candidates, others, low=-0.5) == pytest.approx(
        3 * max(within_bounds(best - other, low=-0.5) for other in others.T)
    )
