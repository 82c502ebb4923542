"""Contrasts of simulated studies are decided as often, rightly or wrongly, as theory says."""

import numpy as np
import pytest
from scipy import stats

from synthgrad.statistics import ONE_SIDED
from synthgrad.statistics.simulations import FAMILY, KINDS, simulated_contrasts

DRAWS = 1000


@pytest.fixture(scope="module")
def simulated():
    return simulated_contrasts(0, DRAWS).set_index(["kind", "n"])


def test_contrasts_at_the_boundary_are_decided_as_seldom_as_they_should(simulated):
    """At most 2.5 % either way, but for the error of so many draws; an interval covers the boundary
    where neither test rejects it."""
    # One in ten thousand such tables would have a row beyond this.
    most = stats.binom.isf(1e-4 / (2 * len(simulated)), DRAWS, ONE_SIDED) / DRAWS
    assert (simulated[["above", "below"]] <= most).all(axis=None)
    np.testing.assert_allclose(simulated["coverage"], 1 - simulated["above"] - simulated["below"])


def test_fewer_seeds_show_less_and_a_family_takes_more(simulated):
    for kind in KINDS:
        assert simulated.loc[kind, "effect"].is_monotonic_increasing
    both = simulated["effect_in_family"].notna()
    assert (simulated["effect_in_family"] > simulated["effect"])[both].all()
    # One of 2^10 patterns of signs is not as rare as one in forty of 2.5 %.
    assert 2.0**-10 > ONE_SIDED / FAMILY > 2.0**-15
    assert simulated["effect_in_family"].xs(10, level="n").isna().all()
    assert simulated["effect_in_family"].xs(15, level="n").notna().all()


def test_a_difference_is_found_as_theory_says(simulated):
    # A t-test on 30 pairs finds 0.53 standard deviations with a power of 80 % (Cohen's tables);
    # signed ranks are 3/pi times as efficient.
    expected = 0.53 * np.sqrt(np.pi / 3)
    assert simulated.loc[("difference", 30), "effect"] == pytest.approx(expected, abs=0.05)
