"""Lazy updates: learning curves by epoch and by updates made, for each probability of an update."""

import seaborn
from matplotlib.lines import Line2D

from . import style

EXPERIMENT = "lazy"
MEASURE = "bit_accuracy"


@style.styled
def draw(tables):
    """The figure, from a `Tables`: a row a task and method, step by step and update by update."""
    keys = ["task", "method", "update_probability"]
    arms = tables.arms("runs", EXPERIMENT, keys)
    pairs = list(dict.fromkeys((task, method) for task, method, _ in arms))
    rates = sorted({rate for *_, rate in arms}, key=float, reverse=True)
    colours = dict(zip(rates, seaborn.color_palette("viridis", len(rates)), strict=True))

    figure = style.new_figure(style.TWO_COLUMNS, 1.9 * len(pairs))
    panels = figure.subplots(len(pairs), 2, squeeze=False, sharey="row")
    for (task, method), row in zip(pairs, panels, strict=True):
        for rate in rates:
            if (task, method, rate) not in arms:
                continue
            curve = tables.curve(arms[task, method, rate], MEASURE)
            curve = curve[curve["epoch"] > 0]
            for axes, share in zip(row, (1.0, float(rate)), strict=True):
                colour = {"color": colours[rate]}
                axes.plot(curve["epoch"] * share, curve["mean"], linewidth=1.2, **colour)
                band = curve["low"], curve["high"]
                axes.fill_between(curve["epoch"] * share, *band, alpha=0.2, linewidth=0, **colour)
        for axes in row:
            axes.set_xscale("log")
        row[0].set_ylabel("accuracy")
    panels[-1][0].set_xlabel("epochs")
    panels[-1][1].set_xlabel("updates made, in those of an epoch")
    titles = [f"{method}, {task}" for task, method in pairs for _ in range(2)]
    style.letter(panels.ravel(), titles)
    handles = [Line2D([], [], color=colours[rate], label=f"p = {rate}") for rate in rates]
    style.legend(figure, handles, ncols=len(rates))
    return figure
