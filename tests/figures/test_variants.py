"""Figures that set one way to run the methods beside another."""

import numpy as np
import pandas as pd
import pytest
from drawn import check_levels, drawn, lines, panel, seed_points
from made_up_study import ABLATIONS, RESAMPLES, rows_of

from synthgrad.figures import drawing, style
from synthgrad.figures.gallery import (
    budget,
    choices,
    conditioning,
    flatness,
    generator,
    init,
    learning_curves,
    rounding,
)
from synthgrad.statistics.estimates import summarise
from synthgrad.study.tuning import ABOVE_0

NAMED = [method for method in style.METHODS if method != "noise"]


def means_of(container):
    """The means of a container, from the uppermost row, and the rows."""
    mean, row = container.lines[0].get_data(orig=False)
    assert list(np.round(row)) == list(range(len(NAMED)))
    return mean


def summarised(tables, experiment, measure="accuracy_auc", **arm):
    """The means of the named methods in the summary."""
    rows = rows_of(tables.summary, experiment, measure=measure, **arm)
    return rows.set_index("method")["mean"][NAMED]


class TestScores:
    @pytest.mark.parametrize("bits", [4, 8, 12])
    def test_other_initial_weights_stand_beside_as_many_epochs_of_the_headline(self, bits, full):
        axes = panel(drawn("init", "full"), f" {bits} bits, scale 1.0")
        best, tutorial = axes.containers
        np.testing.assert_array_equal(means_of(best), summarised(full, "init", bits=bits))
        np.testing.assert_array_equal(
            means_of(tutorial), summarised(full, "headline", "accuracy_auc_300", bits=bits)
        )

    def test_a_headline_of_fewer_epochs_is_left_out(self, quick):
        axes = panel(init.draw(quick), " 4 bits, scale 1.0")
        seeds = rows_of(quick.outcomes, "init", bits=4)["accuracy_auc"]
        np.testing.assert_array_equal(np.sort(seed_points(axes, 0)), np.sort(seeds))

    def test_three_choices_and_one_setting_are_those_of_the_summary(self, full):
        figure = drawn("choices", "full")
        three = panel(figure, "three choices, 8 bits").containers
        for choice, container in zip("123", three, strict=True):
            expected = summarised(full, "tuning", tuning_seeds=choice)
            np.testing.assert_array_equal(means_of(container), expected)
        for bits in (4, 8, 12):
            shared, own = panel(figure, f")  {bits} bits").containers
            np.testing.assert_array_equal(
                means_of(shared), summarised(full, "one-setting", bits=bits)
            )
            np.testing.assert_array_equal(means_of(own), summarised(full, "headline", bits=bits))

    def test_choices_do_without_a_shared_setting(self, quick):
        outcomes = quick.outcomes[quick.outcomes["experiment"] != choices.SHARED]
        (axes,) = choices.draw(quick.changed(outcomes=outcomes)).axes
        assert len(axes.containers) == 3


class TestRounding:
    @pytest.mark.parametrize("measure", rounding.PANELS)
    def test_nudged_runs_are_held_beside_the_same_seed_and_others_beside_the_next(
        self, measure, full
    ):
        figure = drawn("rounding", "full")
        (axes,) = [axes for axes in figure.axes if axes.get_xlabel() == rounding.PANELS[measure]]
        nudged, seeds = map(means_of, axes.containers)
        for method, of_nudged, of_seeds in zip(NAMED, nudged, seeds, strict=True):
            rows = rows_of(full.outcomes, "rounding", method=method).set_index("seed")
            moved, unmoved = (rows[rows["nudged"] == level] for level in ("true", "false"))
            if measure == "differing_bits":
                expected = moved[measure].mean(), unmoved[measure].mean()
            else:
                score = unmoved[drawing.SCORE]
                following = [score[(seed + 1) % 30] for seed in range(30)]
                expected = (
                    (moved[drawing.SCORE] - score).abs().mean(),
                    (score - following).abs().mean(),
                )
            np.testing.assert_allclose((of_nudged, of_seeds), expected, rtol=1e-12)


class TestBudget:
    def test_accuracy_is_by_epoch_of_the_longest_runs(self, full):
        axes = panel(drawn("budget", "full"), "training bit accuracy, 8 bits")
        for method, runs in rows_of(full.runs, "patience").groupby("method"):
            (line,) = lines(axes, style.look(method).name)
            mean = runs.groupby("epoch")["bit_accuracy"].mean()
            assert mean.index[-1] == 3000
            np.testing.assert_allclose(line.get_ydata(), mean, rtol=1e-12)

    def test_scores_are_over_the_first_epochs_over_all_and_over_those_of_the_headline(self, full):
        headline = full.outcomes["experiment"] == "headline"
        epochs = full.outcomes["epochs"].where(~headline, 600)
        few = full.outcomes["seed"] < 10
        tables = full.changed(outcomes=full.outcomes.assign(epochs=epochs)[headline | few])
        axes = panel(budget.draw(tables), "score, 8 bits")
        labels = [label.get_text() for label in axes.get_xticklabels()]
        assert labels == ["100", "300", "600", "3000"]
        named = {style.look(method).name: method for method in NAMED}
        assert len(axes.containers) == len(named)
        for container in axes.containers:
            method = named[container.get_label()]
            patience = rows_of(full.outcomes, "patience", method=method).query("seed < 10")
            beside = rows_of(full.outcomes, "headline", method=method, bits=8).query("seed < 10")
            expected = [
                patience["accuracy_auc_100"].mean(),
                patience["accuracy_auc_300"].mean(),
                beside["accuracy_auc"].mean(),
                patience["accuracy_auc"].mean(),
            ]
            np.testing.assert_allclose(container.lines[0].get_ydata(), expected, rtol=1e-12)


class TestLastStep:
    @pytest.mark.parametrize("study", ["quick", "full"])
    def test_it_shows_the_summary_and_every_seed_on_a_logarithmic_axis(self, study):
        (axes,) = drawn("last-step", study).axes
        check_levels(axes, study, "last-step", drawing.SCORE)
        np.testing.assert_allclose(axes.get_xticks(), [-2, -1, 0, 1, 2])
        names = [label.get_text() for label in axes.get_xticklabels()]
        assert names == ["0.01", "0.1", "1", "10", "100"]


class TestBeside:
    def test_no_line_leads_to_the_weights_of_glorot(self):
        axes = panel(drawn("flatness", "full"), drawing.SCORE_NAME)
        assert [label.get_text() for label in axes.get_xticklabels()][-1] == "Glorot"
        for container in axes.containers:
            marks = container.lines[0]
            assert marks.get_linestyle() == "None"
            (line,) = [
                line
                for line in axes.lines
                if line.get_label() == container.get_label() and line.get_marker() == "none"
            ]
            np.testing.assert_array_equal(line.get_data(), np.array(marks.get_data())[:, :-1])

    @pytest.mark.parametrize("figure", ["conditioning", "overview"])
    def test_local_loss_is_marked_across_the_sets_of_conditions(self, figure, full):
        scores = drawn(figure, "full").axes[2 if figure == "overview" else 1]
        (row,) = rows_of(
            full.summary, "conditioning", method="local-loss", measure="accuracy_auc"
        ).to_dict("records")
        (line,) = [
            line for line in scores.lines if line.get_color() == style.look("local-loss").colour
        ]
        assert list(line.get_xdata()) == [row["mean"]] * 2
        band = scores.patches[-1]
        np.testing.assert_allclose(
            (band.get_x(), band.get_x() + band.get_width()), (row["ci_low"], row["ci_high"])
        )


METHOD = "dni[output]"


def with_twins(frame):
    """A table in which the best step sizes of a method switch its generators off, with the best
    that do not, which is half as good, beside them."""
    learning = frame[frame["method"] == METHOD]
    measures = ["bit_accuracy", "alignment_1", *learning.filter(like="accuracy_auc")]
    learning = learning.assign(
        cell=learning["cell"] + f",{ABOVE_0}",
        chosen=ABOVE_0,
        **{name: learning[name] / 2 for name in measures},
    )
    sizes = frame["generator_step_size"].mask(frame["method"] == METHOD, 0.0)
    return pd.concat([frame.assign(generator_step_size=sizes), learning])


@pytest.fixture(scope="module")
def tables(quick):
    outcomes = with_twins(quick.outcomes)
    return quick.changed(
        runs=with_twins(quick.runs),
        outcomes=outcomes,
        summary=summarise(outcomes, RESAMPLES, 1),
    )


class TestLearningGenerators:
    def test_alignment_is_that_of_learning_generators_and_the_score_the_best(self, tables, quick):
        figure = flatness.draw(tables)
        axes = panel(figure, "alignment, hidden layer 1")
        for scale in ABLATIONS["flatness"]["weight_scale"]:
            arm = rows_of(quick.runs, "flatness", method=METHOD, weight_scale=scale)
            (line,) = lines(axes, scale)
            mean = arm.groupby("epoch")["alignment_1"].mean()
            np.testing.assert_allclose(line.get_ydata(), mean / 2, rtol=1e-12)
        containers = panel(figure, drawing.SCORE_NAME).containers
        (scores,) = [each for each in containers if each.get_label() == METHOD]
        rows = rows_of(quick.summary, "flatness", method=METHOD, measure="accuracy_auc")
        np.testing.assert_allclose(scores.lines[0].get_ydata(), rows["mean"], rtol=1e-12)

    def test_forms_of_generators_are_compared_where_they_learn(self, tables, quick):
        _, scores = generator.draw(tables).axes
        for method, container in zip(("backprop", METHOD), scores.containers, strict=True):
            rows = rows_of(quick.summary, "generator", method=method, measure="accuracy_auc")
            half = rows["mean"] / (2 if method == METHOD else 1)
            found = container.lines[0].get_xdata(orig=False)
            np.testing.assert_allclose(np.sort(found), np.sort(half), rtol=1e-12)

    def test_so_are_their_conditions(self, tables, quick):
        _, scores = conditioning.draw(tables).axes
        means = rows_of(quick.summary, "conditioning", measure="accuracy_auc")
        means = means.set_index("method")["mean"].drop("local-loss")
        means[METHOD] /= 2
        found = scores.containers[0].lines[0].get_xdata(orig=False)
        np.testing.assert_allclose(found, np.sort(means)[::-1], rtol=1e-12)

    def test_learning_curves_are_those_of_the_best(self, tables, quick):
        (line,) = lines(panel(learning_curves.draw(tables), "4 bits"), METHOD)
        arm = rows_of(quick.runs, "headline", method=METHOD, bits=4)
        mean = arm.groupby("epoch")["bit_accuracy"].mean()
        np.testing.assert_allclose(line.get_ydata(), mean, rtol=1e-12)
