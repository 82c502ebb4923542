"""Flatness: how alike the representations of examples are, and what it does to a generator.

Over training, a line a scale of the initial weights, for one method; and the
score of every method by scale.
"""

from synthgrad.figures import drawing, style

EXPERIMENT = "flatness"
CAPTION = r"""
Are representations flat, and does it matter? By scale of the initial weights: (a--f)~spread,
similarity and alignment over training, by hidden layer; (g)~score. Lines are means over
\val{seeds/flatness} seeds, bands and bars \val{study/confidence}\,\% bootstrap intervals.
"""

METHOD = "dni[output]"
LAYERS = (1, 2)
PANELS = {
    "spread": "spread",
    "similarity": "similarity",
    "alignment": "alignment",
}


@style.styled
def draw(tables):
    """The figure, from a `Tables`."""
    arms = tables.arms("outcomes", EXPERIMENT, ["method", "weight_scale"])
    runs = tables.arms("runs", EXPERIMENT, ["method", "weight_scale"])
    methods = style.in_order(method for method, _ in arms)
    shown = METHOD if METHOD in methods else methods[0]
    scales = sorted({scale for _, scale in arms}, key=float)
    looks = style.sequence(scales)

    figure = style.new_figure(style.TWO_COLUMNS, 5.2)
    grid = figure.add_gridspec(3, len(PANELS))
    panels, titles = [], []
    for row, layer in enumerate(LAYERS):
        for column, (measure, title) in enumerate(PANELS.items()):
            axes = figure.add_subplot(grid[row, column])
            for scale in (scale for scale in scales if (shown, scale) in runs):
                curve = tables.curve(runs[shown, scale], f"{measure}_{layer}")
                style.draw_curve(axes, curve, looks[scale], markevery=4)
            style.epoch_axis(axes, max(rows["epoch"].max() for rows in runs.values()))
            panels.append(axes)
            titles.append(f"{title}, hidden layer {layer}")
    scores = figure.add_subplot(grid[2, :2])
    places = {scale: place for place, scale in enumerate(scales)}
    drawing.draw_level_panel(scores, tables, EXPERIMENT, arms, places, drawing.SCORE)
    scores.set_xlabel("scale of the initial weights")
    style.letter([*panels, scores], [*titles, drawing.SCORE_NAME])
    rest = figure.add_subplot(grid[2, 2])
    rest.set_axis_off()
    handles = [look.handle() for look in looks.values()]
    title = f"(a) to (f): {shown},\nscale of the initial weights"
    style.legend(rest, handles, loc="center", ncols=2, title=title)
    drawing.methods_legend(figure, methods)
    return figure
