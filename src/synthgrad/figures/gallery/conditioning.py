"""Conditioning: what the generators look at, beside the score, from best to worst."""

from synthgrad.core.setup import CONDITIONS, parse_conditions
from synthgrad.figures import drawing, style

EXPERIMENT = "conditioning"
CAPTION = r"""
Which combination is best? (a)~What the generators see, best set first; (b)~score at 8 bits, with
step sizes tuned for each set: means over \val{seeds/conditioning} seeds with
\val{study/confidence}\,\%
bootstrap intervals, small points single seeds.
"""

LOOK = style.Look("mean and 95 % interval of a subset", "#0072b2")


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
    """Draw the subsets as rows of dots into one panel and their scores into the other."""
    arms = tables.arms("outcomes", EXPERIMENT, ["method"])
    arms = {method: rows for (method,), rows in arms.items()}
    estimates = tables.estimates(EXPERIMENT, drawing.SCORE)
    mean = {method: estimates["mean"][rows["cell"].iloc[0]] for method, rows in arms.items()}
    ranked = sorted(arms, key=lambda method: -mean[method])

    drawing.draw_matrix(matrix, [parse_conditions(method) for method in ranked], CONDITIONS)
    drawing.score_axis(scores, len(ranked))
    by_row = {row: arms[method] for row, method in enumerate(ranked)}
    drawing.draw_rows(scores, by_row, estimates, drawing.SCORE, LOOK)
    scores.set_yticks([])
