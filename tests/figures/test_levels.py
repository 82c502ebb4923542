"""Figures by method and level of a factor show the summary and every seed."""

import numpy as np
import pytest
from drawn import check_levels, drawn, members_of, panel, seed_points
from made_up_study import ABLATIONS, STUDIES, make_tables, rows_of, tables_of

from synthgrad.core.setup import CONDITIONS
from synthgrad.figures import drawing, style
from synthgrad.figures.gallery import (
    accuracy_by_bits,
    batchnorm,
    depth,
    digits,
    examples,
    overview,
)


class TestAccuracyByWidth:
    @pytest.mark.parametrize("study", ["quick", "full"])
    @pytest.mark.parametrize("measure", accuracy_by_bits.PANELS)
    def test_it_shows_the_summary_and_every_seed(self, study, measure):
        axes = panel(drawn("accuracy-by-bits", study), accuracy_by_bits.PANELS[measure])
        check_levels(axes, study, "headline", measure)

    def test_methods_stand_beside_their_width(self):
        axes = panel(drawn("accuracy-by-bits", "full"), "training examples")
        for container in axes.containers:
            places = container.lines[0].get_xdata(orig=False)
            all_bits = (4, 6, 8, 10, 12) if len(places) > 1 else 8
            offset = places - all_bits
            assert np.ptp(offset) < 1e-12
            assert abs(offset[0]) < 0.8

    def test_more_seeds_are_not_drawn_one_by_one(self):
        axes = accuracy_by_bits.draw(make_tables(seeds=31)).axes[0]
        assert not [line for line in axes.lines if 0 < line.get_markersize() < 2]

    def test_a_width_without_held_out_examples_is_explained(self):
        heldout = panel(drawn("accuracy-by-bits", "quick"), "held-out examples")
        (note,) = [text for text in heldout.texts if "hold out" in text.get_text()]
        assert note.get_position()[0] == 4
        assert not panel(drawn("accuracy-by-bits", "quick"), "training examples").texts


class TestLevels:
    @pytest.mark.parametrize("study", STUDIES)
    @pytest.mark.parametrize("measure", depth.PANELS)
    def test_depth(self, study, measure):
        axes = panel(drawn("depth", study), depth.PANELS[measure])
        check_levels(axes, study, "depth", measure)
        assert list(axes.get_xticks()) == [1, 2, 3]

    @pytest.mark.parametrize("study", STUDIES)
    @pytest.mark.parametrize("placement", batchnorm.PANELS)
    def test_batchnorm(self, study, placement):
        axes = panel(drawn("batchnorm", study), f"  {batchnorm.PANELS[placement]}")
        check_levels(axes, study, "batchnorm", drawing.SCORE, forward_batchnorm=placement)

    @pytest.mark.parametrize("study", STUDIES)
    @pytest.mark.parametrize("measure", examples.PANELS)
    def test_examples(self, study, measure):
        axes = panel(drawn("examples", study), examples.PANELS[measure])
        check_levels(axes, study, "examples", measure)
        names = [label.get_text() for label in axes.get_xticklabels()]
        assert names == ["100", "1000", "all pairs"]
        notes = [text.get_text() for text in axes.texts]
        assert notes == (["no pairs left to hold out"] if "heldout" in measure else [])

    @pytest.mark.parametrize("study", STUDIES)
    def test_flatness(self, study):
        axes = panel(drawn("flatness", study), drawing.SCORE_NAME)
        check_levels(axes, study, "flatness", drawing.SCORE)

    @pytest.mark.parametrize("figure", ["findings", "overview"])
    def test_scores_by_number_of_bits(self, figure):
        axes = panel(drawn(figure, "full"), overview.TITLES["scores"])
        check_levels(axes, "full", "headline", drawing.SCORE)


class TestDigits:
    @pytest.mark.parametrize("study", STUDIES)
    def test_errors_are_what_the_accuracies_of_the_summary_leave(self, study):
        axes = panel(drawn("digits", study), digits.ERROR)
        summary = rows_of(tables_of(study).summary, "digits", measure=digits.MEASURE)
        containers = {container.get_label(): container for container in axes.containers}
        assert sorted(containers) == sorted(style.look(m).name for m in summary["method"].unique())
        for method, rows in summary.groupby("method"):
            line, _, (bars,) = containers[style.look(method).name].lines
            places, errors = line.get_data(orig=False)
            assert list(np.round(places)) == [1, 2, 3, 4, 5]
            np.testing.assert_allclose(errors, 100 - 100 * rows["mean"], rtol=1e-12)
            ends = np.array([segment[:, 1] for segment in bars.get_segments()])
            expected = 100 - 100 * rows[["ci_high", "ci_low"]]
            np.testing.assert_allclose(ends, expected, rtol=1e-12)
        seeds = rows_of(tables_of(study).outcomes, "digits")[digits.MEASURE]
        np.testing.assert_allclose(
            np.sort(seed_points(axes, 1)), np.sort(100 - 100 * seeds), rtol=1e-12
        )

    def test_chance_is_an_error_too_and_the_axis_begins_at_none(self):
        axes = panel(drawn("digits", "full"), digits.ERROR)
        faint = [line for line in axes.lines if line.get_color() == style.FAINT]
        levels = [line.get_ydata() for line in faint if line.get_transform() == axes.transData]
        np.testing.assert_allclose(levels, [[48, 48]] * 5)
        assert axes.get_ylim() == (0, 100)


class TestUntuned:
    def test_both_scores_of_every_method_are_those_of_the_summary(self, full):
        for bits in (4, 12):
            axes = panel(drawn("untuned", "full"), f" {bits} bits")
            for container, experiment in zip(axes.containers, ("untuned", "headline"), strict=True):
                rows = rows_of(full.summary, experiment, bits=bits, measure="accuracy_auc")
                mean, row = container.lines[0].get_data(orig=False)
                named = [method for method in style.METHODS if method != "noise"]
                np.testing.assert_array_equal(mean, rows.set_index("method")["mean"][named])
                assert list(np.round(row)) == list(range(9))


class TestConditioning:
    @pytest.mark.parametrize("figure", ["conditioning", "overview"])
    def test_dots_and_scores_of_a_row_belong_together_and_the_best_is_on_top(self, figure, full):
        panels = drawn(figure, "full").axes
        matrix, scores = panels[1:3] if figure == "overview" else panels
        (container,) = scores.containers
        mean, row = container.lines[0].get_data(orig=False)
        assert list(row) == list(range(15))
        assert matrix.get_ylim() == scores.get_ylim() == (14.5, -0.5)
        assert np.all(np.diff(mean) <= 0)
        summary = rows_of(full.summary, "conditioning", measure="accuracy_auc")
        for members, score in zip(members_of(matrix), mean, strict=True):
            names = [CONDITIONS[place] for place in members]
            (expected,) = summary[summary["method"] == f"dni[{'+'.join(names)}]"]["mean"]
            assert score == expected
        outcomes = rows_of(full.outcomes, "conditioning").query("method != 'local-loss'")
        outcomes = outcomes["accuracy_auc"]
        np.testing.assert_array_equal(np.sort(seed_points(scores, 0)), np.sort(outcomes))


class TestGenerator:
    def test_every_form_of_a_method_has_its_score(self, quick):
        matrix, scores = drawn("generator", "quick").axes
        forms = [[], [0], [1], [2], [0, 1], [0, 2], [1, 2], [0, 1, 2]]
        assert members_of(matrix) == 2 * forms
        names = zip(matrix.get_yticks(), matrix.get_yticklabels(), strict=True)
        assert [(row, name.get_text()) for row, name in names] == [
            (0, "backprop"),
            (8, "dni[output]"),
        ]
        containers = dict(zip(("backprop", "dni[output]"), scores.containers, strict=True))
        for first, (method, container) in zip((0, 8), containers.items(), strict=True):
            rows = rows_of(quick.summary, "generator", method=method, measure="accuracy_auc")
            mean = rows.set_index("cell")["mean"]
            found, row = container.lines[0].get_data(orig=False)
            assert list(row) == list(range(first, first + 8))
            for members, score in zip(forms, found, strict=True):
                levels = [
                    values[place in members]
                    for place, values in enumerate(ABLATIONS["generator"].values())
                ]
                assert score == mean[",".join([method, *levels])]
