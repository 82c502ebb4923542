"""Curves: learning, speed, alignment, lazy updates and flatness; lines are means over the seeds."""

from itertools import product

import numpy as np
import pandas as pd
import pytest
from drawn import drawn, lines, panel
from made_up_study import ABLATIONS, STUDIES, rows_of, tables_of

from synthgrad.core.tasks import TASKS
from synthgrad.figures import style
from synthgrad.figures.gallery import alignment, flatness, lazy


class TestLearningCurves:
    @pytest.mark.parametrize("study", ["quick", "full"])
    def test_lines_are_the_means_over_seeds(self, study):
        runs = tables_of(study).runs
        for (bits, method), arm in rows_of(runs, "headline").groupby(["bits", "method"]):
            axes = panel(drawn("learning-curves", study), f" {bits} bits")
            (line,) = lines(axes, style.look(method).name)
            mean = arm.groupby("epoch")["bit_accuracy"].mean()
            np.testing.assert_array_equal(line.get_xdata(), mean.index)
            np.testing.assert_allclose(line.get_ydata(), mean, rtol=1e-12)

    def test_bands_lie_around_the_means(self):
        axes = panel(drawn("learning-curves", "quick"), "4 bits")
        curves = axes.lines[1 : 1 + len(axes.collections)]
        for band, line in zip(axes.collections, curves, strict=True):
            edge = band.get_paths()[0].vertices
            for epoch, mean in zip(line.get_xdata(), line.get_ydata(), strict=True):
                at_epoch = edge[edge[:, 0] == epoch, 1]
                assert at_epoch.min() - 1e-12 <= mean <= at_epoch.max() + 1e-12
            assert np.ptp(edge[edge[:, 0] == 100, 1]) > 0.001

    def test_chance_is_marked(self):
        axes = panel(drawn("learning-curves", "quick"), "6 bits")
        assert list(axes.lines[0].get_ydata()) == [0.52, 0.52]

    @pytest.mark.parametrize("study", ["quick", "full"])
    def test_shorter_budgets_are_marked(self, study):
        """Those at which a score is taken and the runs go on."""
        [bits, *_] = rows_of(tables_of(study).runs, "headline")["bits"].unique()
        axes = panel(drawn("learning-curves", study), f" {bits} bits")
        last = rows_of(tables_of(study).runs, "headline")["epoch"].max()
        marked = {line.get_xdata()[0] for line in axes.lines if np.ptp(line.get_xdata()) == 0}
        assert marked == {epochs for epochs in (100, 300) if epochs < last}

    def test_the_legend_names_each_method_once_and_in_order(self):
        legends = [axes.get_legend() for axes in drawn("learning-curves", "full").axes]
        (legend,) = [legend for legend in legends if legend]
        names = [text.get_text() for text in legend.get_texts()]
        assert names == [*(look.name for look in style.METHODS.values()), "chance"]

    def test_the_interval_is_the_same_in_every_drawing(self, quick):
        arm = rows_of(quick.runs, "headline", method="backprop", bits=4)
        first, second = (quick.curve(arm, "mse") for _ in range(2))
        pd.testing.assert_frame_equal(first, second)
        reseeded = quick.changed(seed=2).curve(arm, "mse")
        assert (first["low"] != reseeded["low"]).any()

    def test_lost_values_are_left_out(self, quick):
        arm = rows_of(quick.runs, "headline", method="backprop", bits=4).copy()
        arm.loc[arm["seed"] > 3, "mse"] = np.nan
        arm.loc[arm["epoch"] == 100, "mse"] = np.nan
        curve = quick.curve(arm, "mse")
        expected = arm[arm["seed"] <= 3].groupby("epoch")["mse"].mean().dropna()
        np.testing.assert_allclose(curve["mean"], expected, rtol=1e-12)
        assert 100 not in set(curve["epoch"])


class TestSpeed:
    def test_curves_are_the_shares_of_seeds_that_got_there(self, full):
        for (bits, method), arm in rows_of(full.outcomes, "headline").groupby(["bits", "method"]):
            axes = panel(drawn("speed", "full"), f" {bits} bits")
            (line,) = lines(axes, style.look(method).name)
            epochs, shares = line.get_data(orig=False)
            assert (epochs[0], epochs[-1]) == (0, 300)
            expected = [(arm["epochs_to_95"] <= epoch).mean() for epoch in epochs]
            np.testing.assert_allclose(shares, expected, atol=1e-12)
            assert line.get_drawstyle() == "steps-post"


class TestAlignment:
    @pytest.mark.parametrize("layer", alignment.LAYERS)
    def test_lines_are_means_of_cosines_and_geometric_means_of_lengths(self, layer, full):
        cosines, lengths = (
            panel(drawn("alignment", "full"), f"{measure}, hidden layer {layer}, 8 bits")
            for measure in alignment.PANELS.values()
        )
        runs = rows_of(full.runs, "headline", learning=True, bits=8)
        for method, arm in runs.groupby("method"):
            if method in alignment.UNMEASURED:
                assert not lines(cosines, style.look(method).name)
                continue
            (line,) = lines(cosines, style.look(method).name)
            mean = arm.groupby("epoch")[f"alignment_{layer}"].mean()
            np.testing.assert_allclose(line.get_ydata(), mean, rtol=1e-12)
            (line,) = lines(lengths, style.look(method).name)
            positive = arm[arm[f"norm_ratio_{layer}"] > 0]
            mean = np.log(positive[f"norm_ratio_{layer}"]).groupby(positive["epoch"]).mean()
            np.testing.assert_array_equal(line.get_xdata(), mean.index)
            np.testing.assert_allclose(line.get_ydata(), np.exp(mean), rtol=1e-12)


class TestLazy:
    @pytest.mark.parametrize("study", ["quick", "full"])
    def test_lines_are_the_means_by_epoch_and_by_updates_made(self, study):
        runs = rows_of(tables_of(study).runs, "lazy")
        figure = drawn("lazy", study)
        assert len(figure.axes) == 2 * len(runs.groupby(["task", "method"]))
        for (task, method), arms in runs.groupby(["task", "method"]):
            name = style.look(method).name
            column = [axes for axes in figure.axes if axes.get_title(loc="left")[5:] == name]
            first = 2 * list(TASKS).index(task)
            for axes, by_update in zip(column[first : first + 2], (False, True), strict=True):
                for rate in ABLATIONS["lazy"]["update_probability"]:
                    arm = arms[arms["update_probability"] == rate]
                    mean = arm.groupby("epoch")["bit_accuracy"].mean().drop(0)
                    (line,) = lines(axes, rate)
                    share = float(rate) if by_update else 1
                    np.testing.assert_allclose(line.get_xdata(), mean.index * share, rtol=1e-12)
                    np.testing.assert_allclose(line.get_ydata(), mean, rtol=1e-12)

    def test_panels_share_their_accuracies_and_rows_their_axis(self):
        for study in STUDIES:
            panels = np.reshape(drawn("lazy", study).axes, (4, -1))
            assert {axes.get_xscale() for axes in panels.ravel()} == {"log"}
            assert len({axes.get_ylim() for axes in panels.ravel()}) == 1
            for row, (task, label) in zip(panels, product(TASKS, lazy.AXES), strict=True):
                assert len({axes.get_xlim() for axes in row}) == 1
                assert {axes.get_xlabel() for axes in row} == {label}
                assert row[0].get_ylabel().endswith(task)

    def test_the_legend_names_each_probability_once_from_the_highest(self):
        (legend,) = drawn("lazy", "full").legends
        names = [text.get_text() for text in legend.get_texts()]
        assert names == [*ABLATIONS["lazy"]["update_probability"], "chance"]


class TestFlatness:
    def test_lines_are_the_means_of_the_method_that_is_named(self, full):
        for measure, layer in product(flatness.PANELS, flatness.LAYERS):
            title = f"{flatness.PANELS[measure]}, hidden layer {layer}"
            axes = panel(drawn("flatness", "full"), title)
            for scale in ABLATIONS["flatness"]["weight_scale"]:
                arm = rows_of(full.runs, "flatness", method="dni[output]", weight_scale=scale)
                (line,) = lines(axes, scale)
                mean = arm.groupby("epoch")[f"{measure}_{layer}"].mean()
                np.testing.assert_allclose(line.get_ydata(), mean, rtol=1e-12)
