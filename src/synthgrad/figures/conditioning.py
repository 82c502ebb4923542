"""Conditioning: what the generators look at, beside the score, from best to worst."""

from synthgrad.core.setup import CONDITIONS, parse_conditions
from synthgrad.figures import parts, style

EXPERIMENT = "conditioning"
LOOK = style.Look("mean and 95 % interval of a subset", "#0072b2")


@style.styled
def draw(tables):
    """The figure, from a `Tables`."""
    figure = style.new_figure(style.TWO_COLUMNS, 3.9)
    matrix, scores = figure.subplots(1, 2, sharey=True, width_ratios=[1, 1.7])
    draw_panels(matrix, scores, tables)
    style.letter([matrix, scores], ["what the generators see", "how well the network learns"])
    handles = [parts.seed_handle(LOOK), LOOK.handle(), style.reference_handle("chance")]
    style.legend(figure, handles)
    return figure


def draw_panels(matrix, scores, tables):
    """Draw the subsets as rows of dots into one panel and their scores into the other."""
    arms = tables.arms("outcomes", EXPERIMENT, ["method"])
    arms = {method: rows for (method,), rows in arms.items()}
    estimates = tables.estimates(EXPERIMENT, parts.SCORE)
    mean = {method: estimates["mean"][rows["cell"].iloc[0]] for method, rows in arms.items()}
    ranked = sorted(arms, key=lambda method: -mean[method])

    parts.draw_matrix(matrix, [parse_conditions(method) for method in ranked], CONDITIONS)
    parts.score_axis(scores, len(ranked))
    by_row = {row: arms[method] for row, method in enumerate(ranked)}
    parts.draw_rows(scores, by_row, estimates, parts.SCORE, LOOK)
    scores.set_yticks([])
