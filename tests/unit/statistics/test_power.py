"""Effects that a number of pairs can show."""

import numpy as np
import pytest

from synthgrad.statistics.power import detectable_effect


def rng():
    return np.random.default_rng(0)


def test_detectable_effect_agrees_with_the_t_test_where_that_is_known():
    # Of 30 pairs a t-test finds 0.53 standard deviations with 80 % power (Cohen's tables);
    # Wilcoxon's test is 3/pi times as efficient, so it needs about 0.53 * sqrt(pi/3).
    found = detectable_effect(30, 0.05, rng())
    assert found == pytest.approx(0.53 * np.sqrt(np.pi / 3), abs=0.03)
    assert detectable_effect(30, 0.005, rng()) > found
    assert np.isnan(detectable_effect(5, 0.05, rng()))
