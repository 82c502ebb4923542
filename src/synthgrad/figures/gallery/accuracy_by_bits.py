"""Final accuracy by number of bits: on the training examples and on held-out ones."""

from synthgrad.figures import drawing, naming, style

EXPERIMENT = "headline"
CATEGORY = "Who learns"
EXPLORE = "experiment=headline&measure=heldout_bit_accuracy"
CAPTION = r"""
Who remembers, and who adds? Bit accuracy after the last epoch by number of bits, on (a)~the
training set and (b)~pairs that it does not contain. Look for methods that are close in (a) and
apart in (b). Symbols are means over seeds with \val{study/confidence}\,\% bootstrap intervals,
small points single seeds where there are not too many; dotted: the best constant answer.
"""

PANELS = {
    "bit_accuracy": "training examples",
    "heldout_bit_accuracy": "held-out examples",
}


@style.styled
def draw(tables):
    """The figure, from a `Tables`."""
    arms = tables.arms("outcomes", EXPERIMENT, ["method", "bits"])
    places = {bits: bits for bits in sorted({bits for _, bits in arms})}

    figure = style.new_figure(style.TWO_COLUMNS, 2.7)
    panels = figure.subplots(1, len(PANELS), sharey=True)
    for axes, measure in zip(panels, PANELS, strict=True):
        estimates = tables.estimates(EXPERIMENT, measure)
        ends = drawing.draw_level_panel(axes, estimates, arms, places, measure)
        axes.set_xlabel("bits of the sum")
    panels[0].set_ylabel("final bit accuracy")
    style.letter(panels, PANELS.values())
    naming.name_methods(panels[-1], ends)
    return figure
