"""Bootstrap intervals of means."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from synthgrad.statistics.intervals import mean_interval


def rng():
    return np.random.default_rng(0)


def test_interval_of_the_mean_agrees_with_the_normal_one_where_that_is_right():
    values = rng().normal(3.0, 2.0, size=400)
    interval = mean_interval(values, rng())
    half = 1.96 * values.std(ddof=1) / 20
    assert interval.method == "BCa"
    assert interval.estimate == pytest.approx(values.mean())
    assert interval.low == pytest.approx(values.mean() - half, abs=0.1 * half)
    assert interval.high == pytest.approx(values.mean() + half, abs=0.1 * half)


def test_equal_values_have_a_point_as_interval():
    interval = mean_interval([0.25] * 30, rng())
    assert (interval.low, interval.high, interval.method) == (0.25, 0.25, "constant")


def test_one_value_is_its_own_interval():
    interval = mean_interval([0.5], rng())
    assert (interval.estimate, interval.low, interval.high) == (0.5, 0.5, 0.5)


@pytest.mark.parametrize("values", [[], [np.nan, 1.0], [np.inf]])
def test_an_interval_of_nothing_or_of_nan_is_refused(values):
    with pytest.raises(ValueError, match="at least one value, and finite"):
        mean_interval(values, rng())


@settings(deadline=None, derandomize=True, max_examples=25)
@given(arrays(float, st.integers(2, 40), elements=st.floats(-1, 1).map(lambda x: round(x, 6))))
def test_an_interval_brackets_its_estimate_and_stays_among_the_values(values):
    interval = mean_interval(values, rng(), resamples=499)
    assert np.isfinite([interval.low, interval.high]).all()
    assert values.min() - 1e-12 <= interval.low <= interval.high <= values.max() + 1e-12
    assert interval.method in ("BCa", "percentile", "constant")
