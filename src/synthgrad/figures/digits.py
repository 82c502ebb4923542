"""Digits: accuracy on the test set against the number of hidden layers, by method."""

from . import depth, parts, style

EXPERIMENT = "digits"
MEASURE = "heldout_bit_accuracy"


@style.styled
def draw(tables):
    """The figure, from a `Tables`."""
    arms = tables.arms("outcomes", EXPERIMENT, ["method", "hidden"])
    arms = {(method, depth.layers(hidden)): rows for (method, hidden), rows in arms.items()}
    places = {count: count for count in sorted({count for _, count in arms})}

    figure = style.new_figure(style.TWO_COLUMNS, 3.0)
    axes = figure.subplots()
    parts.draw_level_panel(axes, tables, EXPERIMENT, arms, places, MEASURE)
    axes.set_xlabel("hidden layers")
    style.letter([axes], ["accuracy on the test set"])
    parts.methods_legend(figure, style.in_order(method for method, _ in arms))
    return figure
