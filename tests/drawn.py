"""Figures of the made-up studies, each drawn and laid out once, and what their panels show."""

from functools import cache

import numpy as np
from made_up_study import rows_of, tables_of

from synthgrad.figures import style
from synthgrad.figures.listing import module


@cache
def drawn(name, study):
    """A figure of a study."""
    figure = module(name).draw(tables_of(study))
    figure.draw_without_rendering()
    return figure


def panel(figure, title):
    """The one panel whose title ends so."""
    found = [axes for axes in figure.axes if axes.get_title(loc="left").endswith(title)]
    assert len(found) == 1, title
    return found[0]


def lines(axes, label):
    """The lines of a panel that have this label."""
    return [line for line in axes.lines if line.get_label() == label]


def seed_points(axes, dimension):
    """Where the small points of a panel are on the x axis (0) or the y axis (1)."""
    points = [line.get_data(orig=False) for line in axes.lines if line.get_markersize() < 2]
    return np.concatenate([point[dimension] for point in points])


def members_of(matrix):
    """The columns whose dots are filled, row by row."""
    filled = [line for line in matrix.lines if line.get_color() == style.INK]
    rows = {
        int(line.get_ydata()[0]): list(line.get_xdata()) for line in filled if len(line.get_xdata())
    }
    return [rows.get(row, []) for row in range(len(filled))]


def check_levels(axes, study, experiment, measure, **arm):
    """A panel by method and level shows the rows of the summary, and every seed once."""
    tables = tables_of(study)
    estimates = rows_of(tables.summary, experiment, measure=measure, **arm)
    containers = {container.get_label(): container for container in axes.containers}
    methods = estimates["method"].unique()
    assert sorted(containers) == sorted(style.look(method).name for method in methods)
    for method, rows in estimates.groupby("method"):
        line, _, (bars,) = containers[style.look(method).name].lines
        assert np.all(np.diff(line.get_xdata(orig=False)) > 0)
        np.testing.assert_array_equal(line.get_ydata(), rows["mean"])
        ends = np.array([segment[:, 1] for segment in bars.get_segments()])
        np.testing.assert_allclose(ends, rows[["ci_low", "ci_high"]], rtol=1e-12)
    outcomes = rows_of(tables.outcomes, experiment, **arm)[measure].dropna()
    np.testing.assert_array_equal(np.sort(seed_points(axes, 1)), np.sort(outcomes))
