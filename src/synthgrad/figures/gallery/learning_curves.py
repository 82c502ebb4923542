"""Learning curves: training bit accuracy against epoch, a panel for each number of
bits, a line for each method."""

from synthgrad.figures import drawing, style

EXPERIMENT = "headline"
CATEGORY = "Who learns"
CAPTION = r"""
Who learns, and how fast: bit accuracy on the training set by epoch, a panel for each number of
bits. Lines are means over \val{seeds/headline} seeds, bands \val{study/confidence}\,\% bootstrap
intervals of the mean. Epoch 0 is the untrained network; from epoch 1 on the axis is logarithmic.
Chance is the best constant answer. Vertical lines: claims are judged over the first 100 and 300
epochs, too. Step sizes are tuned for each method and number of bits
(\cref{tab:tuned}).
"""

MEASURE = "bit_accuracy"

SHORTER = {100: "accuracy_auc_100", 300: "accuracy_auc_300"}
"""The scores over shorter budgets, by their epochs."""


@style.styled
def draw(tables):
    """The figure, from a `Tables`."""
    arms = tables.arms("runs", EXPERIMENT, ["bits", "method"])
    chance = tables.rows("outcomes", EXPERIMENT).groupby("bits")["chance"].mean()
    methods = style.in_order(method for _, method in arms)

    figure, panels, rest = style.panel_grid(len(chance))
    for axes, bits in zip(panels, chance.index, strict=True):
        of_bits = {method: rows for (other, method), rows in arms.items() if other == bits}
        draw_panel(axes, tables, of_bits, chance[bits])
    panels[0].set_ylim(top=1.02)
    style.letter(panels, [f"{bits} bits" for bits in chance.index])
    figure.supylabel("training bit accuracy")
    drawing.methods_legend(rest, methods, loc="center left", ncols=1)
    return figure


def draw_panel(axes, tables, arms, chance):
    """Draw the curves of one number of bits, given its runs by method, and where shorter budgets
    end."""
    axes.axhline(chance, **style.REFERENCE)
    for i, method in enumerate(style.in_order(arms)):
        curve = tables.curve(arms[method], MEASURE)
        # A marker every few epochs, each method at epochs of its own.
        style.draw_curve(axes, curve, style.look(method), markevery=(i % 4, 4))
    last = max(rows["epoch"].max() for rows in arms.values())
    style.epoch_axis(axes, last)
    for epochs in SHORTER:
        if epochs < last:
            axes.axvline(epochs, **style.BOUNDARY)
