"""The findings in two panels, for the README: learning curves at one number of bits, and the score
at all of them."""

from synthgrad.figures import drawing, naming, style
from synthgrad.figures.gallery.overview import TITLES, draw_curves, draw_scores

EXPERIMENT = "headline"
CATEGORY = "In one look"
CAPTION = r"""
(a)~Bit accuracy on the training set by epoch; (b)~score (\cref{eq:score}) by number of bits. Means
over \val{seeds/headline} seeds with \val{study/confidence}\,\% bootstrap intervals; small points
are single seeds.
"""


@style.styled
def draw(tables):
    """The figure, from a `Tables`."""
    arms = tables.arms("outcomes", EXPERIMENT, ["method", "bits"])
    bits = drawing.middle(bits for _, bits in arms)
    figure = style.new_figure(style.TWO_COLUMNS, 2.5)
    curves, scores = figure.subplots(1, 2)
    draw_curves(curves, tables, bits)
    ends = draw_scores(scores, tables, arms)
    titles = [f"{TITLES['curves']}, {bits} bits", TITLES["scores"]]
    style.letter([curves, scores], titles)
    naming.name_methods(scores, ends)
    return figure
