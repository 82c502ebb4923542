"""Representations: how alike each hidden layer is to that of backprop, by method and layer."""

import pandas as pd

from . import parts, style

EXPERIMENT = "digits"


@style.styled
def draw(tables):
    """The figure, from a `Tables`: a panel for each number of hidden layers."""
    arms = tables.arms("outcomes", EXPERIMENT, ["hidden", "method"])
    depths = sorted({hidden for hidden, _ in arms}, key=lambda hidden: hidden.count("-"))
    methods = style.in_order(method for _, method in arms)

    figure = style.new_figure(style.TWO_COLUMNS, 2.6)
    panels = figure.subplots(1, len(depths), sharey=True, squeeze=False)[0]
    for axes, hidden in zip(panels, depths, strict=True):
        layers = range(1, hidden.count("-") + 2)
        for i, method in enumerate(methods):
            if (hidden, method) in arms:
                offset = 0.08 * (i - (len(methods) - 1) / 2)
                _draw_arm(axes, tables, arms[hidden, method], layers, style.look(method), offset)
        axes.set_xticks(layers)
        axes.set_xlim(0.4, len(layers) + 0.6)
        axes.set_xlabel("layer")
    panels[0].set_ylabel("rank correlation with backprop")
    style.letter(panels, [f"{hidden.count('-') + 1} hidden" for hidden in depths])
    style.legend(figure, [style.look(method).handle() for method in methods], ncols=4)
    return figure


def _draw_arm(axes, tables, rows, layers, look, offset):
    """Means over seeds with their intervals, a point a layer; none where no seed has a value."""
    cell = rows["cell"].iloc[0]
    estimates = []
    for k in layers:
        values = rows[f"likeness_{k}"].dropna()
        if len(values):
            interval = tables.interval(values, EXPERIMENT, cell, f"likeness_{k}")
            estimates.append((k + offset, interval.estimate, interval.low, interval.high))
    means = pd.DataFrame(estimates, columns=["place", "mean", "ci_low", "ci_high"])
    parts.draw_means(axes, means["place"], means, look)
