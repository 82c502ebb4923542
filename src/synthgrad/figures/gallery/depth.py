"""Depth: score and final accuracy against the number of hidden layers, by method."""

from synthgrad.figures import drawing, style

EXPERIMENT = "depth"
CAPTION = r"""
What depth does: (a)~score and (b)~bit accuracy after the last epoch, by number of hidden layers,
with step sizes tuned for each method and depth. Symbols as in \cref{fig:accuracy-by-bits}.
"""

PANELS = {"accuracy_auc": "score", "bit_accuracy": "final bit accuracy"}


@style.styled
def draw(tables):
    """The figure, from a `Tables`."""
    arms = tables.arms("outcomes", EXPERIMENT, ["method", "hidden"])
    arms = {(method, layers(hidden)): rows for (method, hidden), rows in arms.items()}
    places = {count: count for count in sorted({count for _, count in arms})}

    figure = style.new_figure(style.ONE_COLUMN, 2.3)
    panels = figure.subplots(1, len(PANELS))
    for axes, measure in zip(panels, PANELS, strict=True):
        drawing.draw_level_panel(axes, tables.estimates(EXPERIMENT, measure), arms, places, measure)
        axes.set_xlabel("hidden layers")
    style.letter(panels, PANELS.values())
    drawing.methods_legend(figure, style.in_order(method for method, _ in arms), ncols=3)
    return figure


def layers(hidden):
    """The number of hidden layers, given their sizes as in the tables: ``64-32``."""
    return len(hidden.split("-"))
