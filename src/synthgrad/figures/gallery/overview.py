"""The study in one look: learning curves at one number of bits, the score by bits and by
conditioning, and the verdicts."""

from synthgrad.claims.judge import VERDICTS
from synthgrad.claims.telling import claim_verdicts
from synthgrad.figures import drawing, style
from synthgrad.figures.gallery import claims, conditioning, learning_curves

EXPERIMENT = "headline"
CATEGORY = "In one look"
CAPTION = r"""
The study in one look. (a)~How fast: bit accuracy on the training set by epoch. Compare each curve
with that of the control, \method{frozen}; where tuning switches generators off, the two are one.
Vertical lines end the shorter budgets, of 100 and 300 epochs, over which claims are judged again.
(b)~Fast and far: score (\cref{eq:score}) by number of bits. Right, if it was studied: what
generators have to see, as score by set of conditions, best first; the dotted line is
\method{local-loss}, which has no generators. Bottom: the verdicts on the claims. Means over
\val{seeds/headline} seeds with \val{study/confidence}\,\% bootstrap intervals; small points are
single seeds.
"""

TITLES = {
    "curves": "training bit accuracy",
    "scores": "score, by number of bits",
    "matrix": "score, by what the generators see",
    "verdicts": "verdicts on the claims, one symbol each",
}
SYMBOL, LETTER = 0.135, 0.06
"""Width in inches of a claim, and of a letter below."""


@style.styled
def draw(tables):
    """The figure, from a `Tables`; without conditioning where that was not studied."""
    arms = tables.arms("outcomes", EXPERIMENT, ["method", "bits"])
    bits = drawing.middle(bits for _, bits in arms)
    has_conditioning = (tables.outcomes["experiment"] == conditioning.EXPERIMENT).any()

    figure = style.new_figure(style.TWO_COLUMNS, 5.1 if has_conditioning else 3.2)
    if has_conditioning:
        layout = [
            ["curves", "matrix", "conditions"],
            ["scores", "matrix", "conditions"],
            ["verdicts"] * 3,
        ]
        ratios = {"width_ratios": [1.7, 0.8, 1], "height_ratios": [1, 1, 0.22]}
        panels = figure.subplot_mosaic(layout, **ratios)
        conditioning.draw_panels(panels["matrix"], panels["conditions"], tables)
        panels["matrix"].tick_params(axis="x", rotation=90)
    else:
        layout = [["curves", "scores"], ["verdicts"] * 2]
        panels = figure.subplot_mosaic(layout, height_ratios=[1, 0.22])
    draw_curves(panels["curves"], tables, bits)
    draw_scores(panels["scores"], tables, arms)
    _draw_verdicts(panels["verdicts"], tables.claims)
    lettered = [name for name in TITLES if name in panels]
    titles = [TITLES[name] + f", {bits} bits" * (name == "curves") for name in lettered]
    style.letter([panels[name] for name in lettered], titles)
    drawing.methods_legend(figure, style.in_order(method for method, _ in arms))
    return figure


def draw_curves(axes, tables, bits):
    """Draw the learning curves of all methods at one number of bits."""
    runs = tables.arms("runs", EXPERIMENT, ["bits", "method"])
    chance = tables.rows("outcomes", EXPERIMENT).groupby("bits")["chance"].mean()
    of_bits = {method: rows for (other, method), rows in runs.items() if other == bits}
    learning_curves.draw_panel(axes, tables, of_bits, chance[bits])
    axes.set_ylim(top=1.02)


def draw_scores(axes, tables, arms):
    """Draw the score of each method at all numbers of bits; where each ends."""
    places = {bits: bits for bits in sorted({bits for _, bits in arms})}
    scores = tables.estimates(EXPERIMENT, drawing.SCORE)
    axes.set_xlabel("bits of the sum")
    return drawing.draw_level_panel(axes, scores, arms, places, drawing.SCORE)


def _draw_verdicts(axes, table):
    """The symbol of its verdict for each claim, from the reproduced ones to those not tested."""
    found = [told.verdict for told in claim_verdicts(table)]
    left = 0.0
    for verdict in (verdict for verdict in VERDICTS if verdict in found):
        count = found.count(verdict)
        text = f"{count} {verdict}"
        places = [left + SYMBOL * (0.5 + i) for i in range(count)]
        axes.plot(places, [0.7] * count, markersize=6.5, **claims.SYMBOLS[verdict])
        axes.text(left, 0.0, text)
        left += max(LETTER * len(text), SYMBOL * count) + 0.15
    axes.set_xlim(0, max(left, 0.9 * style.TWO_COLUMNS))
    axes.set_ylim(-0.3, 1.1)
    axes.set_axis_off()
