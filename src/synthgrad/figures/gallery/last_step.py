"""Last step: the score by the last layer's step size as a multiple of the others', by method."""

import numpy as np

from synthgrad.figures import drawing, naming, style

EXPERIMENT = "last-step"
CAPTION = r"""
Does the last layer want a step size of its own? Score by its step size as a multiple of that of
the other layers, with step sizes tuned for each multiple. Symbols as in
\cref{fig:accuracy-by-bits}.
"""


@style.styled
def draw(tables):
    """The figure, from a `Tables`."""
    arms = tables.arms("outcomes", EXPERIMENT, ["method", "last_step_factor"])
    factors = sorted({factor for _, factor in arms}, key=float)
    places = {factor: np.log10(float(factor)) for factor in factors}
    labels = [style.plain(float(factor)) for factor in factors]

    figure = style.new_figure(style.ONE_COLUMN, 1.9)
    axes = figure.subplots()
    scores = tables.estimates(EXPERIMENT, drawing.SCORE)
    ends = drawing.draw_level_panel(axes, scores, arms, places, drawing.SCORE, labels)
    axes.set_xlabel("step size of the last layer / of the others")
    style.letter([axes], ["score"])
    naming.name_methods(axes, ends)
    return figure
