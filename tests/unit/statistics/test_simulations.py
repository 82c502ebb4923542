"""What a number of seeds can show, by simulation."""

import numpy as np
import pytest
from scipy import stats

from synthgrad.statistics import ONE_SIDED
from synthgrad.statistics.simulations import (
    FAMILY,
    KINDS,
    POWER,
    SEEDS,
    simulated_contrasts,
    smallest_effects,
)

DRAWS = 1000


@pytest.fixture(scope="module")
def simulated():
    return simulated_contrasts(0, DRAWS).set_index(["kind", "n"])


def test_every_kind_is_tried_with_every_number_of_seeds():
    kinds = {name: kind.sizes for name, kind in KINDS.items()}
    assert all(sizes == SEEDS for name, sizes in kinds.items() if name != "units")
    table = simulated_contrasts(0, 10)
    assert list(zip(table["kind"], table["n"])) == [
        (name, n) for name, sizes in kinds.items() for n in sizes
    ]


@pytest.mark.slow
def test_contrasts_at_the_boundary_are_decided_as_seldom_as_they_should(simulated):
    """At most 2.5 % either way, but for the error of so many draws; an interval covers the boundary
    where neither test rejects it."""
    # One in ten thousand such tables would have a row beyond this.
    most = stats.binom.isf(1e-4 / (2 * len(simulated)), DRAWS, ONE_SIDED) / DRAWS
    assert (simulated[["above", "below"]] <= most).all(axis=None)
    np.testing.assert_allclose(simulated["coverage"], 1 - simulated["above"] - simulated["below"])


@pytest.mark.slow
def test_fewer_seeds_show_less_and_a_family_takes_more(simulated):
    for kind in KINDS:
        assert simulated.loc[kind, "effect"].is_monotonic_increasing
    both = simulated["effect_in_family"].notna()
    assert (simulated["effect_in_family"] > simulated["effect"])[both].all()
    # One of 2^10 patterns of signs is not as rare as one in forty of 2.5 %.
    assert 2.0**-10 > ONE_SIDED / FAMILY > 2.0**-15
    assert simulated["effect_in_family"].xs(10, level="n").isna().all()
    assert simulated["effect_in_family"].xs(15, level="n").notna().all()


@pytest.mark.slow
def test_a_difference_is_found_as_theory_says(simulated):
    # A t-test on 30 pairs finds 0.53 standard deviations with a power of 80 % (Cohen's tables);
    # signed ranks are 3/pi times as efficient.
    expected = 0.53 * np.sqrt(np.pi / 3)
    assert simulated.loc[("difference", 30), "effect"] == pytest.approx(expected, abs=0.05)


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
