"""Maps: of the tuning grid, and of how alike representations are."""

import dataclasses

import numpy as np
import pytest
from drawn import drawn, panel
from made_up_study import STUDIES, rows_of, tables_of

from synthgrad.figures import style
from synthgrad.figures.gallery import depth, representations, stability


class TestStability:
    def test_colours_are_the_scores_of_the_first_rung(self):
        (mesh,) = panel(drawn("stability", "quick"), "dni[output]").collections
        np.testing.assert_allclose(mesh.get_array(), [[0, 0.2, 0.4], [0.1, 0.3, 0.5]])
        (mesh,) = panel(drawn("stability", "full"), stability.NO_GENERATORS).collections
        np.testing.assert_allclose(mesh.get_array()[:, :2], [[0, 0.1]] * 3)

    def test_the_chosen_point_is_marked_and_lost_ones_are_hatched(self):
        axes = panel(drawn("stability", "quick"), "dni[output]")
        (mark,) = axes.lines
        assert tuple(np.concatenate(mark.get_data())) == (1, 1)
        (hatched,) = axes.patches
        assert hatched.get_xy() == (1.5, 0.5)
        assert hatched.get_hatch()
        (mesh,) = axes.collections
        assert hatched.get_zorder() > mesh.get_zorder()


class TestRepresentations:
    @pytest.mark.parametrize("study", STUDIES)
    def test_every_pair_of_methods_is_written_once_in_the_matrix_of_its_layer(self, study):
        tables = tables_of(study)
        methods = style.in_order(tables.representations["method"])
        for layer in (1, 2, 3):
            axes = panel(drawn("representations", study), f"layer {layer} of 3")
            pairs = rows_of(tables.representations.assign(experiment=""), "", layer=layer)
            pairs = pairs[pairs["hidden"] == "64-64-64"]
            written = {
                frozenset(methods[place] for place in text.get_position()): text.get_text()
                for text in axes.texts
            }
            assert len(written) == len(axes.texts) == len(pairs)
            (mesh,) = axes.collections
            for pair in pairs.to_dict("records"):
                text = written[frozenset((pair["method"], pair["other"]))]
                assert float(text.replace("\N{MINUS SIGN}", "-")) == round(pair["likeness"], 2)
                row, column = sorted(
                    (methods.index(pair[name]) for name in ("method", "other")), reverse=True
                )
                coloured = np.ma.filled(mesh.get_array(), np.nan).reshape(len(methods), -1)
                assert coloured[row, column] == pair["likeness"]
            names = [style.look(method).name for method in methods]
            assert [label.get_text() for label in axes.get_xticklabels()] == names
        rows = panel(drawn("representations", study), "layer 1 of 3").get_yticklabels()
        assert [label.get_text() for label in rows] == names

    def test_the_yardstick_is_marked_where_backprop_meets_itself(self):
        figure = drawn("representations", "full")
        for layer in (1, 2, 3):
            (mark,) = panel(figure, f"layer {layer} of 3").patches
            assert (mark.get_xy(), mark.get_width(), mark.get_height()) == ((-0.5, -0.5), 1, 1)
        (legend,) = figure.legends
        assert legend.get_texts()[-1].get_text() == "two seeds of backprop"
        least = drawn("representations", "least")
        assert not any(axes.patches for axes in least.axes)

    def test_a_pair_without_a_value_is_left_blank(self, quick):
        found = quick.representations
        found = found.assign(likeness=found["likeness"].where(found["other"] != "dni[output]"))
        figure = representations.draw(dataclasses.replace(quick, representations=found))
        assert len(panel(figure, "layer 1 of 3").texts) == 1

    @pytest.mark.parametrize("study", STUDIES)
    def test_points_are_the_means_of_every_layer(self, study):
        outcomes = rows_of(tables_of(study).outcomes, "digits")
        for hidden, arms in outcomes.groupby("hidden"):
            count = depth.layers(hidden)
            axes = panel(drawn("representations", study), f"{count} hidden")
            containers = {container.get_label(): container for container in axes.containers}
            assert len(containers) == len(axes.containers) == arms["method"].nunique()
            for method, rows in arms.groupby("method"):
                places, means = containers[style.look(method).name].lines[0].get_data(orig=False)
                assert list(np.round(places)) == list(range(1, count + 1))
                expected = [rows[f"likeness_{k}"].mean() for k in range(1, count + 1)]
                np.testing.assert_allclose(means, expected, rtol=1e-12)
