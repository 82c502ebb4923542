"""Examples: final accuracy on the training examples and on held-out ones, by number of examples."""

from synthgrad.core.setup import ALL
from synthgrad.figures import drawing, style

EXPERIMENT = "examples"
CAPTION = r"""
Memorising or adding? Bit accuracy after the last epoch on (a)~the training examples and
(b)~held-out pairs, by number of examples, with as many updates at each. Symbols as in
\cref{fig:accuracy-by-bits}.
"""

PANELS = {
    "bit_accuracy": "training examples",
    "heldout_bit_accuracy": "held-out examples",
}


@style.styled
def draw(tables):
    """The figure, from a `Tables`."""
    arms = tables.arms("outcomes", EXPERIMENT, ["method", "examples"])
    counts = sorted({count for _, count in arms}, key=number)
    places = {count: place for place, count in enumerate(counts)}
    labels = ["all pairs" if count == ALL else count for count in counts]

    figure = style.new_figure(style.TWO_COLUMNS, 2.3)
    panels = figure.subplots(1, len(PANELS), sharey=True)
    for axes, measure in zip(panels, PANELS, strict=True):
        estimates = tables.estimates(EXPERIMENT, measure)
        drawing.draw_level_panel(axes, estimates, arms, places, measure, labels)
        axes.set_xlabel("examples to train on")
    panels[0].set_ylabel("final bit accuracy")
    style.letter(panels, PANELS.values())
    drawing.methods_legend(figure, style.in_order(method for method, _ in arms))
    return figure


def number(count):
    """How many examples a level of the factor stands for."""
    return float("inf") if count == ALL else int(count)
