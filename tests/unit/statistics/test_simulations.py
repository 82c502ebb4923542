"""What a number of seeds can show, by simulation."""

import numpy as np
import pytest
from scipy import stats

from synthgrad.statistics import ONE_SIDED
from synthgrad.statistics.simulations import (
    KINDS,
    POWER,
    SEEDS,
    simulated_contrasts,
    smallest_effects,
)


def test_every_kind_is_tried_with_every_number_of_seeds():
    kinds = {name: kind.sizes for name, kind in KINDS.items()}
    assert all(sizes == SEEDS for name, sizes in kinds.items() if name != "units")
    table = simulated_contrasts(0, 10)
    assert list(zip(table["kind"], table["n"])) == [
        (name, n) for name, sizes in kinds.items() for n in sizes
    ]


def test_the_smallest_effect_is_that_which_is_found_with_the_power_asked_for():
    kind, n, draws = KINDS["difference"], 15, 400
    (effect,) = smallest_effects(kind, n, 1, draws, [ONE_SIDED])

    def found(effect):
        noise = np.random.default_rng(1).standard_normal((draws, n))
        p_values = stats.wilcoxon(noise + effect, axis=1, alternative="greater", method="exact")
        return np.mean(p_values.pvalue <= ONE_SIDED)

    assert found(effect) >= POWER > found(effect - 0.01)


@pytest.mark.parametrize("name", ["trend", "arms"])
def test_the_boundary_of_correlations_is_where_they_are_said_to_be(name):
    """The mean of two seeds is above the threshold as often as below it."""
    kind, rng = KINDS[name], np.random.default_rng(0)
    means = np.array([pair.estimate for pair in kind.draw(kind.boundary, (20_000, 2), rng)])
    above, below = np.mean(means > kind.threshold), np.mean(means < kind.threshold)
    assert above == pytest.approx(below, abs=0.03)


def test_the_boundary_of_units_is_the_correlation_of_their_ranks():
    kind = KINDS["units"]
    (many,) = kind.draw(kind.boundary, (1, 200_000), np.random.default_rng(0))
    assert many.estimate == pytest.approx(kind.threshold, abs=0.01)
