"""Representations: how alike the hidden layers are that any two methods train.

A matrix of all methods for each layer of the middle depth, and at every depth
how alike each layer is to that of backprop, with intervals.
"""

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.patches import Rectangle
from matplotlib.patheffects import withStroke

from synthgrad.figures import drawing, style
from synthgrad.figures.gallery import depth

EXPERIMENT = "digits"
CATEGORY = "Beyond the toy"
TABLES = ("representations",)
CAPTION = r"""
How alike are the hidden layers of networks that learnt differently? Rank correlation of the
dissimilarities between 30 images that no network was trained on. Matrices, in hundredths: every two
methods on the same seed, so from the same weights, and on the diagonal a method on two seeds, the
yardstick.
Below: likeness to \method{backprop} at every depth. Means over \val{seeds/digits} seeds, below
with \val{study/confidence}\,\% bootstrap intervals.
"""

YARDSTICK = "backprop"
COLOURS = matplotlib.colormaps["cividis_r"]
"""From not alike, and less than that, to alike: from light to dark."""

MARK = {
    "facecolor": "none",
    "edgecolor": style.INK,
    "linewidth": 1.2,
    # Seen on dark cells and on light ones.
    "path_effects": [withStroke(linewidth=3.2, foreground="white")],
}


@style.styled
def draw(tables):
    """The figure, from a `Tables`."""
    arms = tables.arms("outcomes", EXPERIMENT, ["hidden", "method"])
    depths = {depth.layers(hidden): hidden for hidden, _ in arms}
    depths = {count: depths[count] for count in sorted(depths)}
    methods = style.in_order(method for _, method in arms)
    middle = drawing.middle(depths)

    figure = style.new_figure(style.TWO_COLUMNS, 3.5 + 0.24 * len(methods))
    rows = figure.add_gridspec(2, 1, height_ratios=[1 + 0.24 * len(methods), 1.9])
    matrices = rows[0].subgridspec(1, middle).subplots(sharey=True, squeeze=False)[0]
    found = tables.representations
    for layer, axes in enumerate(matrices, start=1):
        chosen = (found["hidden"] == depths[middle]) & (found["layer"] == layer)
        _draw_matrix(axes, found[chosen], methods)
    panels = rows[1].subgridspec(1, len(depths)).subplots(sharey=True, squeeze=False)[0]
    for axes, (count, hidden) in zip(panels, depths.items(), strict=True):
        of_depth = {method: rows for (other, method), rows in arms.items() if other == hidden}
        _draw_layers(axes, tables, of_depth, range(1, count + 1))
    panels[0].set_ylabel("likeness to backprop")
    titles = [f"layer {layer} of {middle}" for layer in range(1, middle + 1)]
    style.letter([*matrices, *panels], [*titles, *(f"{count} hidden" for count in depths)])
    handles = [style.look(method).handle() for method in methods]
    if YARDSTICK in methods:
        handles.append(Rectangle((0, 0), 1, 1, label="two seeds of backprop", **MARK))
    style.legend(figure, handles, ncols=5)
    return figure


def _draw_matrix(axes, pairs, methods):
    """Draw the mean likeness of every two methods, each pair once, and mark the yardstick."""
    likeness = np.full((len(methods), len(methods)), np.nan)
    for pair in pairs.to_dict("records"):
        place = sorted((methods.index(pair["method"]), methods.index(pair["other"])))
        likeness[place[1], place[0]] = pair["likeness"]
    edges = np.arange(len(methods) + 1) - 0.5
    mesh = {"cmap": COLOURS, "vmin": 0, "vmax": 1, "edgecolors": "white", "linewidth": 0.4}
    axes.pcolormesh(edges, edges, np.ma.masked_invalid(likeness), **mesh)
    for (row, column), value in np.ndenumerate(likeness):
        if np.isfinite(value):
            colour = "white" if value > 0.5 else style.INK
            text = f"{round(100 * value)}".replace("-", "\N{MINUS SIGN}")
            options = {"ha": "center", "va": "center", "size": style.NOTE_SIZE, "color": colour}
            axes.text(column, row, text, **options)
    if YARDSTICK in methods:
        place = methods.index(YARDSTICK) - 0.5
        axes.add_patch(Rectangle((place, place), 1, 1, zorder=3, **MARK))
    names = [style.look(method).name for method in methods]
    axes.set_xticks(range(len(methods)), names, rotation=90)
    axes.set_yticks(range(len(methods)), names)
    axes.set_ylim(len(methods) - 0.5, -0.5)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)


def _draw_layers(axes, tables, by_method, layers):
    """Draw the mean likeness of every layer to that of backprop with its interval, the methods
    side by side; none where no seed has a value."""
    methods = style.in_order(by_method)
    for i, method in enumerate(methods):
        rows, estimates = by_method[method], []
        offset = 0.09 * (i - (len(methods) - 1) / 2)
        cell = rows["cell"].iloc[0]
        for layer in layers:
            measure = f"likeness_{layer}"
            values = rows[measure].dropna()
            if len(values):
                interval = tables.interval(values, EXPERIMENT, cell, measure)
                estimates.append((layer + offset, interval.estimate, interval.low, interval.high))
        means = pd.DataFrame(estimates, columns=["place", "mean", "ci_low", "ci_high"])
        drawing.draw_means(axes, means["place"], means, style.look(method))
    axes.set_xticks(layers)
    axes.set_xlim(0.4, len(layers) + 0.6)
    axes.set_xlabel("hidden layer")
