"""Learning curves: training bit accuracy against epoch, a panel a width, a line a method."""

import math

from . import style

EXPERIMENT = "headline"
MEASURE = "bit_accuracy"


@style.styled
def draw(tables):
    """The figure, from a `Tables`."""
    arms = tables.arms("runs", EXPERIMENT, ["bits", "method"])
    chance = tables.rows("outcomes", EXPERIMENT).groupby("bits")["chance"].mean()
    methods = style.in_order(method for _, method in arms)

    figure, panels, rest = _grid(len(chance))
    for axes, bits in zip(panels, chance.index, strict=True):
        axes.axhline(chance[bits], **style.REFERENCE)
        for i, method in enumerate(methods):
            if (bits, method) in arms:
                curve = tables.curve(arms[bits, method], MEASURE)
                # A marker every few epochs, each method at epochs of its own.
                style.draw_curve(axes, curve, style.look(method), markevery=(i % 4, 4))
        style.epoch_axis(axes, max(arms[arm]["epoch"].max() for arm in arms if arm[0] == bits))
    panels[0].set_ylim(top=1.02)
    style.letter(panels, [f"{bits} bits" for bits in chance.index])
    figure.supylabel("training bit accuracy")
    handles = [style.look(method).handle() for method in methods]
    style.legend(rest, [*handles, style.reference_handle("chance")], loc="center left")
    return figure


def _grid(count):
    """A figure with `count` panels of one accuracy axis and, after them, room for the legend."""
    columns = count + 1 if count < 3 else math.ceil(math.sqrt(count + 1))
    rows = math.ceil((count + 1) / columns)
    figure = style.new_figure(style.TWO_COLUMNS, 1.9 * rows + 0.1)
    shares = {"width_ratios": [1] * count + [0.7]} if rows == 1 else {}
    grid = figure.subplots(rows, columns, sharey=True, squeeze=False, **shares).ravel()
    for axes in grid[count:]:
        axes.set_axis_off()
    return figure, grid[:count], grid[count]
