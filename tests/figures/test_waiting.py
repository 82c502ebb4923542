"""The figure on whether not waiting pays."""

import numpy as np
from drawn import drawn, lines
from matplotlib.colors import to_rgb

from synthgrad.figures import style
from synthgrad.figures.gallery import decoupling


class TestDecoupling:
    def test_measured_and_simulated_are_apart(self):
        for axes in drawn("decoupling", "full").axes:
            simulated = "simulated" in axes.get_title(loc="left")
            assert simulated != ("measured, " in axes.get_title(loc="left"))
            assert simulated == (to_rgb(axes.get_facecolor()) == to_rgb(style.SHADE))

    def test_lines_are_the_rows_of_the_tables(self, full):
        study = full
        by_width, of_study, simulated = drawn("decoupling", "full").axes
        name = style.look("dni[label]").name
        (line,) = lines(by_width, name)
        rows = study.decoupling.query("conditioning == 'label' and way == 'decoupled'")
        rows = rows[rows["hidden"].str.count("-") == 2]
        assert list(line.get_xdata()) == [64, 256, 1024]
        np.testing.assert_array_equal(line.get_ydata(), rows["affords"])
        (line,) = lines(of_study, name)
        rows = study.decoupling_answer.query("method == 'dni[label]'")
        np.testing.assert_allclose(line.get_ydata(), rows["seconds"] / rows["rival_seconds"])
        fewest, most = lines(simulated, name)
        np.testing.assert_allclose(fewest.get_ydata(), 2**0.4 + 0.1)
        np.testing.assert_allclose(most.get_ydata(), 16**0.4 + 0.1)

    def test_what_is_never_reached_stands_at_the_edge(self):
        (line,) = lines(drawn("decoupling", "full").axes[1], style.look("dni[output]").name)
        assert line.get_ydata()[-1] == decoupling.CEILING
        assert (line.get_ydata()[:-1] < decoupling.CEILING).all()

    def test_a_panel_without_its_networks_says_so(self, full):
        study = full
        timed = study.decoupling[~study.decoupling["hidden"].str.contains("-")]
        some = study.changed(decoupling=timed, decoupling_simulated=study.decoupling_simulated[:0])
        by_width, of_study, simulated = decoupling.draw(some).axes
        assert "no 3 hidden layers" in by_width.texts[0].get_text()
        assert "no 3 hidden layers of" in simulated.texts[0].get_text()
        assert of_study.lines
