"""The study in one look: learning curves at one width, the score by width and by conditioning."""

from . import conditioning, learning_curves, parts, style

EXPERIMENT = "headline"
TITLES = {
    "curves": "training bit accuracy",
    "widths": "score, by width of the sum",
    "matrix": "score, by what the generators see",
}


@style.styled
def draw(tables):
    """The figure, from a `Tables`; without conditioning where that was not studied."""
    arms = tables.arms("outcomes", EXPERIMENT, ["method", "bits"])
    bits = parts.middle(bits for _, bits in arms)
    has_conditioning = (tables.outcomes["experiment"] == conditioning.EXPERIMENT).any()

    figure = style.new_figure(style.TWO_COLUMNS, 4.6 if has_conditioning else 2.7)
    if has_conditioning:
        layout = [["curves", "matrix", "conditions"], ["widths", "matrix", "conditions"]]
        panels = figure.subplot_mosaic(layout, width_ratios=[1.7, 0.8, 1])
        conditioning.draw_panels(panels["matrix"], panels["conditions"], tables)
        panels["matrix"].tick_params(axis="x", rotation=90)
    else:
        panels = figure.subplot_mosaic([["curves", "widths"]])
    _draw_curves(panels["curves"], tables, bits)
    _draw_widths(panels["widths"], tables, arms)
    lettered = [name for name in TITLES if name in panels]
    titles = [TITLES[name] + f", {bits} bits" * (name == "curves") for name in lettered]
    style.letter([panels[name] for name in lettered], titles)
    parts.methods_legend(figure, style.in_order(method for method, _ in arms))
    return figure


def _draw_curves(axes, tables, bits):
    runs = tables.arms("runs", EXPERIMENT, ["bits", "method"])
    chance = tables.rows("outcomes", EXPERIMENT).groupby("bits")["chance"].mean()
    of_width = {method: rows for (other, method), rows in runs.items() if other == bits}
    learning_curves.draw_panel(axes, tables, of_width, chance[bits])
    axes.set_ylim(top=1.02)


def _draw_widths(axes, tables, arms):
    places = {width: width for width in sorted({width for _, width in arms})}
    parts.draw_level_panel(axes, tables, EXPERIMENT, arms, places, parts.SCORE)
    axes.set_xlabel("width of the sum (bits)")
