"""Stability: how the points of the searches do at one number of bits, a panel for each
method.

Colour is the score in the coarse stage or, of a point beyond it, in the finals; a
point at which a seed diverged at either is crossed out. The methods
without generators have one step size, and a row each in one panel.
"""

import math

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.colors import PowerNorm
from matplotlib.lines import Line2D
from matplotlib.patheffects import withStroke

from synthgrad.core.setup import Setup
from synthgrad.figures import drawing, style

EXPERIMENT = "headline"
CATEGORY = "Who learns"
CAPTION = r"""
Where a method is stable: the points of the searches at one number of bits. Colour: score in the
coarse stage. Ring: the chosen point. Crossed out: a seed diverged. Points at 0 are
those of \method{frozen}.
"""

POINT = ["step_size", "generator_step_size"]
NO_GENERATORS = "no generators"
COLOURS = matplotlib.colormaps["cividis"]
CHOSEN = {
    "marker": "o",
    "linestyle": "none",
    "markersize": 6,
    "markerfacecolor": "none",
    "markeredgecolor": style.INK,
    # Seen on dark points and on light ones.
    "path_effects": [withStroke(linewidth=3, foreground="white")],
}
LOST = {"marker": "x", "color": "white", "linestyle": "none", "markersize": 3}


@style.styled
def draw(tables):
    """The figure, from a `Tables`."""
    arms = tables.arms("outcomes", EXPERIMENT, ["bits", "method"])
    bits = drawing.middle(bits for bits, _ in arms)
    panels, rows = {}, []
    for method in style.in_order(method for other, method in arms if other == bits):
        points = _points(tables.sweeps, arms[bits, method].iloc[0])
        if Setup(method).has_generators:
            panels[style.look(method).name] = _above_zero(points)
        else:
            rows.append(style.look(method).name)
            points["row"] = float(len(rows))
            panels[NO_GENERATORS] = pd.concat([panels.get(NO_GENERATORS), points])

    across = min(3, len(panels))
    down = math.ceil(len(panels) / across)
    figure = style.new_figure(style.TWO_COLUMNS, 0.8 + 1.5 * down)
    grid = figure.subplots(down, across, squeeze=False).ravel()
    used = grid[: len(panels)]
    points = pd.concat(panels.values())
    scale = PowerNorm(0.5, 0, max(points["score"].max(), 0.01), clip=True)
    for axes, (name, own) in zip(used, panels.items(), strict=True):
        colours = _draw_points(axes, own, scale)
        if name == NO_GENERATORS:
            axes.set_yticks(range(1, len(rows) + 1), rows)
            axes.set_ylim(0.5, len(rows) + 0.5)
        else:
            _log_axis_with_zero(axes, own)
        axes.set_xlim(points["step_size"].min() / 2, points["step_size"].max() * 2)
    for axes in grid[len(panels) :]:
        axes.set_axis_off()
    style.letter(used, panels)
    figure.colorbar(colours, ax=grid, label=f"score in the coarse stage, {bits} bits", aspect=30)
    lost = Line2D([], [], label="a seed diverged", **LOST | {"color": style.INK})
    style.legend(figure, [Line2D([], [], label="chosen", **CHOSEN), lost])
    return figure


def _points(sweeps, arm):
    """Every point of an arm's searches: its score, and whether it was lost or chosen."""
    runs = sweeps[sweeps["cell"] == arm["cell"]]
    by_point = runs.groupby(POINT, dropna=False)
    first = runs[runs["rung"] == by_point["rung"].transform("min")]
    points = pd.DataFrame(
        {
            "score": first.groupby(POINT, dropna=False)["accuracy_auc"].mean(),
            "lost": by_point["diverged_at"].count() > 0,
        }
    ).reset_index()
    same = [(points[key] == arm[key]) | pd.isna(arm[key]) for key in POINT]
    return points.assign(chosen=same[0] & same[1])


def _above_zero(points):
    """Points with the place of each on a logarithmic axis, on which 0 lies below all others."""
    sizes = points["generator_step_size"]
    return points.assign(row=np.log10(sizes.where(sizes > 0, sizes[sizes > 0].min() / 10)))


def _log_axis_with_zero(axes, points):
    """Label the axis that `_above_zero` has made."""
    low, high = (round(end) for end in (points["row"].min(), points["row"].max()))
    decades = range(low + 1, high + 1)
    labels = [rf"$10^{{{decade}}}$" for decade in decades]
    if (points["generator_step_size"] == 0).any():
        decades, labels = [points["row"].min(), *decades], ["0", *labels]
    axes.set_yticks(decades, labels)
    axes.set_ylabel("generator step size")


def _draw_points(axes, points, scale):
    """Draw points in the colours of a scale."""
    squares = axes.scatter(
        points["step_size"],
        points["row"],
        c=points["score"],
        cmap=COLOURS,
        norm=scale,
        marker="s",
        s=16,
    )
    axes.set_xscale("log")
    for kind, marks in (("lost", LOST), ("chosen", CHOSEN)):
        own = points[points[kind]]
        axes.plot(own["step_size"], own["row"], **marks)
    axes.set_xlabel("step size")
    return squares
