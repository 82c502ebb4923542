"""Flatness: how alike the representations of examples are, and what it does to a generator.

Over training, a line a scale of the initial weights, for one method; and the
score of every method by scale.
"""

import math

from synthgrad.figures import drawing, style

EXPERIMENT = "flatness"
CAPTION = r"""
Are representations flat, and does it matter? By scale of the initial weights, or with those of
Glorot and Bengio: (a--f)~spread, similarity and alignment over training, by hidden layer, with the
best step sizes that do not switch the generators off; (g)~score. Lines are means over
\val{seeds/flatness} seeds, bands and bars \val{study/confidence}\,\% bootstrap intervals.
"""

METHOD = "dni[output]"
GLOROT = "Glorot"
LAYERS = (1, 2)
PANELS = {
    "spread": "spread",
    "similarity": "similarity",
    "alignment": "alignment",
}


@style.styled
def draw(tables):
    """The figure, from a `Tables`."""
    started = {name: _with_start(getattr(tables, name)) for name in ("runs", "outcomes")}
    tables = tables.changed(**started)
    arms = tables.arms("outcomes", EXPERIMENT, ["method", "start"])
    runs = tables.arms("runs", EXPERIMENT, ["method", "start"], learning=True)
    methods = style.in_order(method for method, _ in arms)
    shown = METHOD if METHOD in methods else methods[0]
    starts = sorted({start for _, start in arms}, key=_rank)
    looks = style.sequence([start for start in starts if start != GLOROT])
    looks |= {
        start: style.Look(GLOROT, style.CONTRAST, marker="P") for start in starts[len(looks) :]
    }

    figure = style.new_figure(style.TWO_COLUMNS, 5.2)
    grid = figure.add_gridspec(3, len(PANELS))
    panels, titles = [], []
    for row, layer in enumerate(LAYERS):
        for column, (measure, title) in enumerate(PANELS.items()):
            axes = figure.add_subplot(grid[row, column])
            for start in (start for start in starts if (shown, start) in runs):
                curve = tables.curve(runs[shown, start], f"{measure}_{layer}")
                style.draw_curve(axes, curve, looks[start], markevery=4)
            style.epoch_axis(axes, max(rows["epoch"].max() for rows in runs.values()))
            panels.append(axes)
            titles.append(f"{title}, hidden layer {layer}")
    scores = figure.add_subplot(grid[2, :2])
    places = {start: place for place, start in enumerate(starts)}
    estimates = tables.estimates(EXPERIMENT, drawing.SCORE)
    drawing.draw_level_panel(scores, estimates, arms, places, drawing.SCORE, apart=[GLOROT])
    scores.set_xlabel("scale of the initial weights")
    style.letter([*panels, scores], [*titles, drawing.SCORE_NAME])
    rest = figure.add_subplot(grid[2, 2])
    rest.set_axis_off()
    handles = [look.handle() for look in looks.values()]
    title = f"(a) to (f): {shown},\nby scale or kind of initial weights"
    style.legend(rest, handles, loc="center", ncols=2, title=title)
    drawing.methods_legend(figure, methods)
    return figure


def _with_start(frame):
    """A table with what the initial weights are: their scale, or Glorot's, which has none."""
    return frame.assign(start=frame["weight_scale"].fillna(GLOROT))


def _rank(start):
    """By scale, and Glorot's last."""
    return math.inf if start == GLOROT else float(start)
