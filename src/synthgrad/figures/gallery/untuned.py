"""Untuned: the score at the tutorial's one step size beside that at tuned ones, a panel a width."""

import numpy as np

from synthgrad.figures import drawing, style

EXPERIMENT = "untuned"
CATEGORY = "Who learns"
CAPTION = r"""
How much of it is tuning: score at one step size for everything, the tutorial's default, and at
tuned step sizes. Symbols are means over \val{seeds/untuned} seeds with \val{study/confidence}\,\%
bootstrap intervals, small points single seeds.
"""

TUNED = "headline"


@style.styled
def draw(tables):
    """The figure, from a `Tables`."""
    (step_size,) = tables.rows("outcomes", EXPERIMENT)["step_size"].unique()
    name = f"step size {style.plain(step_size)} for everything"
    looks = {
        EXPERIMENT: style.Look(name, "#d55e00", marker="D", filled=False),
        TUNED: style.Look("tuned step sizes", "#0072b2"),
    }
    arms = {name: tables.arms("outcomes", name, ["bits", "method"]) for name in looks}
    estimates = {name: tables.estimates(name, drawing.SCORE) for name in looks}
    shared = [arm for arm in arms[EXPERIMENT] if arm in arms[TUNED]]
    widths = sorted({bits for bits, _ in shared})
    methods = style.in_order(method for _, method in shared)

    figure = style.new_figure(style.TWO_COLUMNS, 0.9 + 0.24 * len(methods))
    panels = figure.subplots(1, len(widths), sharex=True, sharey=True, squeeze=False).ravel()
    for axes, bits in zip(panels, widths, strict=True):
        drawing.score_axis(axes, len(methods))
        for offset, name in zip((-0.2, 0.2), looks, strict=True):
            present = (row for row, method in enumerate(methods) if (bits, method) in shared)
            of_width = {row: arms[name][bits, methods[row]] for row in present}
            drawing.draw_rows(
                axes, of_width, estimates[name], drawing.SCORE, looks[name], offset, height=0.3
            )
    panels[0].set_yticks(np.arange(len(methods)), [style.look(name).name for name in methods])
    panels[0].set_xlim(right=1.03)
    style.letter(panels, [f"{bits} bits" for bits in widths])
    handles = [*(look.handle() for look in looks.values()), style.reference_handle("chance")]
    style.legend(figure, handles)
    return figure
