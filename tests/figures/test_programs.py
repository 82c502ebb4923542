"""The figures of the published programs."""

import numpy as np
import pandas as pd
import pytest
from drawn import drawn, lines, panel
from made_up_study import rows_of

from synthgrad.core.tutorial import EDITIONS
from synthgrad.figures import style
from synthgrad.figures.gallery import autopsy, editions


class TestAutopsy:
    @pytest.mark.parametrize("measure", ["printed_error", "bit_accuracy", "mse"])
    def test_lines_are_the_means_over_seeds(self, measure, quick):
        axes = panel(drawn("autopsy", "quick"), autopsy.PANELS[measure])
        for signs, look in style.SIGNS.items():
            arm = rows_of(quick.runs, "signs", **dict(zip(autopsy.KEYS, signs, strict=True)))
            (line,) = lines(axes, look.name)
            mean = arm.groupby("epoch")[measure].mean().dropna()
            np.testing.assert_array_equal(line.get_xdata(), mean.index)
            np.testing.assert_allclose(line.get_ydata(), mean, rtol=1e-12)

    def test_weights_are_averaged_on_their_logarithmic_axis(self, quick):
        axes = panel(drawn("autopsy", "quick"), autopsy.PANELS["largest_weight"])
        arm = rows_of(quick.runs, "signs", step_direction="ascent")
        arm = rows_of(arm, "signs", generator_step_direction="ascent")
        (line,) = lines(axes, style.SIGNS["ascent", "ascent"].name)
        mean = np.exp(np.log(arm["largest_weight"]).groupby(arm["epoch"]).mean())
        np.testing.assert_allclose(line.get_ydata(), mean, rtol=1e-12)
        assert axes.get_yscale() == "log"

    def test_the_remaining_slope_is_the_mean_slope_weighted_by_the_errors(self):
        outputs, targets = np.array([0.5, 0.9, 0.01]), np.array([1.0, 0.0, 1.0])
        error = np.abs(outputs - targets)
        slope = outputs * (1 - outputs)
        runs = pd.DataFrame(
            {"tutorial_error": [(error * slope).sum()], "absolute_error": [error.sum()]}
        )
        expected = np.average(slope, weights=error)
        np.testing.assert_allclose(autopsy.remaining_slope(runs), expected)

    def test_the_printed_signs_stand_out(self):
        printed = style.SIGNS["ascent", "ascent"]
        others = [look for look in style.SIGNS.values() if look is not printed]
        assert printed.width > max(look.width for look in others)
        assert "as printed" in printed.name


class TestEditions:
    @pytest.mark.parametrize("measure", editions.PANELS)
    def test_points_and_means_are_those_of_the_table(self, measure, quick):
        axes = panel(drawn("editions", "quick"), editions.PANELS[measure][0])
        means = [container.lines[0] for container in axes.containers]
        points = [line for line in axes.lines if line.get_markersize() == 2.5]
        for row, name in enumerate(EDITIONS):
            values = rows_of(quick.outcomes, "editions", edition=name)[measure]
            np.testing.assert_allclose(means[row].get_xdata(orig=False), values.mean(), rtol=1e-12)
            np.testing.assert_array_equal(points[row].get_xdata(), values)

    def test_reconstructions_are_called_so(self):
        notes = [text.get_text() for text in drawn("editions", "quick").axes[0].texts]
        assert sum("reconstructed" in note for note in notes) == 2
