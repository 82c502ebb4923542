"""Conditioning: what the generators look at, beside the score, from best to worst."""

from synthgrad.core.setup import CONDITIONS, parse_conditions
from synthgrad.figures import drawing, style

EXPERIMENT = "conditioning"
CAPTION = r"""
Which combination is best? (a)~What the generators see, best set first; (b)~score at 8 bits, with
the best step sizes of each set that do not switch the generators off: means over
\val{seeds/conditioning} seeds with \val{study/confidence}\,\% bootstrap intervals, small points
single seeds. Dotted line and band: mean and interval of \method{local-loss}, which has no
generators.
"""

LOCAL = "local-loss"
LOOK = style.Look("mean and 95 % interval of a set", style.NEUTRAL)


@style.styled
def draw(tables):
    """The figure, from a `Tables`."""
    figure = style.new_figure(style.TWO_COLUMNS, 3.9)
    matrix, scores = figure.subplots(1, 2, sharey=True, width_ratios=[1, 1.7])
    draw_panels(matrix, scores, tables)
    style.letter([matrix, scores], ["what the generators see", "how well the network learns"])
    handles = [drawing.seed_handle(LOOK), LOOK.handle(), style.reference_handle("chance")]
    style.legend(figure, handles)
    return figure


def draw_panels(matrix, scores, tables):
    """Draw the sets as rows of dots into one panel and their scores into the other."""
    arms = tables.arms("outcomes", EXPERIMENT, ["method"], learning=True)
    estimates = tables.estimates(EXPERIMENT, drawing.SCORE, learning=True)
    found = {method: estimates.loc[rows["cell"].iloc[0]] for (method,), rows in arms.items()}
    ranked = sorted(
        (name for name in found if name != LOCAL), key=lambda name: -found[name]["mean"]
    )

    drawing.draw_matrix(matrix, [parse_conditions(method) for method in ranked], CONDITIONS)
    drawing.score_axis(scores, len(ranked))
    by_row = {row: arms[method,] for row, method in enumerate(ranked)}
    drawing.draw_rows(scores, by_row, estimates, drawing.SCORE, LOOK)
    if LOCAL in found:
        _draw_beside(scores, found[LOCAL], style.look(LOCAL))
    scores.set_yticks([])


def _draw_beside(axes, estimate, look):
    """Draw a mean and its interval across all rows, with its name beside."""
    band = (estimate["ci_low"], estimate["ci_high"])
    axes.axvspan(*band, color=look.colour, alpha=0.12, linewidth=0, zorder=0.5)
    line = {"color": look.colour, "linestyle": look.dashes, "linewidth": look.width}
    axes.axvline(estimate["mean"], zorder=1.6, **line)
    axes.annotate(
        look.name,
        (estimate["mean"], 0),
        xycoords=axes.get_xaxis_transform(),
        xytext=(-2, 4),
        textcoords="offset points",
        rotation=90,
        ha="right",
        va="bottom",
        size=style.NAME_SIZE,
    )
