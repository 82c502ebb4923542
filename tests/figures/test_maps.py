"""Maps: of the points of searches, and of how alike representations are."""

import numpy as np
import pytest
from drawn import drawn, panel
from made_up_study import STUDIES, SWITCHED_OFF, rows_of, tables_of

from synthgrad.figures import style
from synthgrad.figures.gallery import depth, representations, stability


def scores_at(axes):
    """The scores of a panel by the logarithms of where their points are."""
    (points,) = axes.collections
    places = [(round(np.log10(x), 1), round(y, 1)) for x, y in points.get_offsets()]
    return dict(zip(places, np.round(points.get_array(), 9).tolist(), strict=True))


class TestStability:
    def test_colours_are_the_scores_of_the_coarse_stage(self):
        # A generator step size of 0 lies a decade below the smallest other one.
        assert scores_at(panel(drawn("stability", "quick"), "dni[output]")) == {
            (-1.0, -3.0): 0.0,
            (-1.0, -2.0): 0.1,
            (-0.5, -4.0): 0.05,
            (-0.5, -3.0): 0.2,
            (-0.5, -2.0): 0.3,
            (0.0, -3.0): 0.4,
            (0.0, -2.0): 0.5,
        }
        without = panel(drawn("stability", "full"), stability.NO_GENERATORS)
        rows = range(1, len(without.get_yticklabels()) + 1)
        assert scores_at(without) == {
            (size, row): score
            for row in rows
            for size, score in ((-1.0, 0.0), (-0.5, 0.1), (0.0, 0.2))
        }

    @pytest.mark.parametrize(
        ("study", "method", "row"),
        [("quick", "dni[output]", -2.0), ("full", SWITCHED_OFF, -4.0)],
    )
    def test_the_chosen_point_has_a_ring_and_lost_ones_a_cross(self, study, method, row):
        axes = panel(drawn("stability", study), style.look(method).name)
        marks = {line.get_marker(): np.concatenate(line.get_data()) for line in axes.lines}
        np.testing.assert_allclose(marks["o"], [0.3, row])
        np.testing.assert_allclose(marks["x"], [1.0, -2.0])


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
                assert int(text.replace("\N{MINUS SIGN}", "-")) == round(100 * pair["likeness"])
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
        figure = representations.draw(quick.changed(representations=found))
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
