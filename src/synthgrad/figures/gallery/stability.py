"""Stability: how the points of the tuning grid do at one width, a panel a method.

Colour is the mean score of the first rung of the tuning, in which every point
of the grid is trained; a point at which a seed left the finite world in any rung
is hatched. The methods without generators have one step size, and a row
each in one panel.
"""

import math

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.colors import PowerNorm
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle
from matplotlib.patheffects import withStroke

from synthgrad.core.setup import Setup
from synthgrad.figures import drawing, style

EXPERIMENT = "headline"
CATEGORY = "Who learns"
CAPTION = r"""
Where a method is stable: the tuning grid at one width of the sum. Colour: score in the first rung
of the tuning. Ring: the chosen point. Hatched: a seed left the finite world.
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
LOST = {"linewidth": 0, "hatch": "//////", "zorder": 1.5}


@style.styled
def draw(tables):
    """The figure, from a `Tables`."""
    arms = tables.arms("outcomes", EXPERIMENT, ["bits", "method"])
    bits = drawing.middle(bits for bits, _ in arms)
    panels = {}
    for method in style.in_order(method for other, method in arms if other == bits):
        points = _points(tables.sweeps, arms[bits, method].iloc[0])
        if not Setup(method).has_generators:
            panels.setdefault(NO_GENERATORS, {})[style.look(method).name] = points
        else:
            rows = dict(list(points.groupby("generator_step_size")))
            panels[style.look(method).name] = {style.plain(row): rows[row] for row in rows}

    across = min(3, len(panels))
    down = math.ceil(len(panels) / across)
    figure = style.new_figure(style.TWO_COLUMNS, 0.8 + 1.5 * down)
    grid = figure.subplots(down, across, squeeze=False).ravel()
    used = grid[: len(panels)]
    points = pd.concat([points for rows in panels.values() for points in rows.values()])
    scale = PowerNorm(0.5, 0, max(points["score"].max(), 0.01), clip=True)
    for axes, (name, rows) in zip(used, panels.items(), strict=True):
        colours = _draw_map(axes, rows, scale)
        axes.set_ylabel("" if name == NO_GENERATORS else "generator step size")
    for axes in grid[len(panels) :]:
        axes.set_axis_off()
    style.letter(used, panels)
    figure.colorbar(colours, ax=grid, label=f"score in the first rung, {bits} bits", aspect=30)
    handles = [
        Line2D([], [], label="chosen", **CHOSEN),
        Patch(label="a seed diverged", facecolor=COLOURS(0), edgecolor="white", **LOST),
    ]
    style.legend(figure, handles)
    return figure


def _points(sweeps, arm):
    """Every point of an arm's grid: first score, and whether it was lost or chosen."""
    runs = sweeps[sweeps["cell"] == arm["cell"]]
    points = runs[runs["rung"] == 1].groupby(POINT, dropna=False)["accuracy_auc"].mean()
    keys = [runs[key] for key in POINT]
    points = points.to_frame("score").reset_index()
    points["lost"] = runs["diverged_at"].notna().groupby(keys, dropna=False).any().to_numpy()
    same = [(points[key] == arm[key]) | pd.isna(arm[key]) for key in POINT]
    return points.assign(chosen=same[0] & same[1])


def _thin_out(labels, most):
    """Hide labels, so that at most so many are left, as far apart from one another."""
    apart = math.ceil(len(labels) / most)
    for place, label in enumerate(labels):
        label.set_visible(place % apart == 0)


def _draw_map(axes, rows, scale):
    """Draw rows of points, by what they are called, from the bottom, in the colours of a scale."""
    columns = np.unique(np.concatenate([points["step_size"] for points in rows.values()]))
    scores = np.full((len(rows), len(columns)), np.nan)
    for y, points in enumerate(rows.values()):
        x = np.searchsorted(columns, points["step_size"])
        scores[y, x] = points["score"]
        for place in x[points["lost"]]:
            hatching = {"edgecolor": "white" if scale(scores[y, place]) < 0.6 else style.INK} | LOST
            axes.add_patch(Rectangle((place - 0.5, y - 0.5), 1, 1, facecolor="none", **hatching))
        for place in x[points["chosen"]]:
            axes.plot(place, y, **CHOSEN)
    # The middle of a point is at whole numbers.
    edges = [np.arange(count + 1) - 0.5 for count in reversed(scores.shape)]
    axes.set_xticks(range(len(columns)), map(style.plain, columns))
    axes.set_yticks(range(len(rows)), rows)
    _thin_out(axes.get_xticklabels(), 4)
    _thin_out(axes.get_yticklabels(), 6)
    axes.set_xlabel("step size")
    axes.spines[:].set_visible(False)
    axes.tick_params(length=0)
    mesh = {"cmap": COLOURS, "edgecolors": "white", "linewidth": 0.4}
    return axes.pcolormesh(*edges, scores, norm=scale, **mesh)
