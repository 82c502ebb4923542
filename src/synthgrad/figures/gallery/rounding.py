"""Rounding: how far a run is from the one whose initial weights are a unit in the last place lower.

Beside it how far two seeds are from each other: each run is held beside that
of the next seed.
"""

import numpy as np

from synthgrad.figures import drawing, style

EXPERIMENT = "rounding"
CAPTION = r"""
What does the last place of the initial weights change? Distance between a run and the run whose
initial weights are one unit in the last place higher, beside that between the runs of two seeds:
(a)~in score, (b)~in the share of bits in their answers to the same 1000 questions that differ.
Symbols are means over \val{seeds/rounding} seeds with \val{study/confidence}\,\% bootstrap
intervals, small points single seeds.
"""

PANELS = {
    "distance": "distance in score",
    "differing_bits": "share of answered bits that differ",
}


@style.styled
def draw(tables):
    """The figure, from a `Tables`."""
    arms = tables.arms("outcomes", EXPERIMENT, ["nudged", "method"])
    unmoved, nudged = drawing.of_level(arms, "false"), drawing.of_level(arms, "true")
    look, usual = drawing.variant_looks("a unit in the last place", "two seeds")
    distances = {
        look: {method: _with_distance(rows, unmoved[method]) for method, rows in nudged.items()},
        usual: {method: _with_distance(rows, rows, 1) for method, rows in unmoved.items()},
    }
    methods = style.in_order(nudged)

    figure = style.new_figure(style.TWO_COLUMNS, 0.9 + 0.26 * len(methods))
    panels = figure.subplots(1, len(PANELS), sharey=True)
    for axes, measure in zip(panels, PANELS, strict=True):
        drawing.shade_rows(axes, len(methods))
        variants = [
            drawing.Variant(look, of_method, tables.means(of_method.values(), measure), measure)
            for look, of_method in distances.items()
        ]
        drawing.draw_variants(axes, variants, methods)
        axes.set_xlabel(PANELS[measure])
    drawing.name_rows(panels[0], methods)
    style.letter(panels, ["score", "answers"])
    style.legend(figure, [look.handle() for look in distances])
    return figure


def _with_distance(rows, others, seeds_on=0):
    """Rows with their distance in score to others, of so many seeds on."""
    scores, beside = (runs.sort_values("seed")[drawing.SCORE].to_numpy() for runs in (rows, others))
    distance = np.abs(scores - np.roll(beside, -seeds_on))
    return rows.sort_values("seed").assign(distance=distance)
