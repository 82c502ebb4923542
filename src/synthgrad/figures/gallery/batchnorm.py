"""Batch normalisation: the score against the size of the minibatch.

In one panel the forward path is normalised over the minibatch, in the other not.
"""

from synthgrad.figures import drawing, style

EXPERIMENT = "batchnorm"
CAPTION = r"""
What is it about batch normalisation? Score by size of the minibatch, where the forward path is
(a)~not normalised over the minibatch and (b)~normalised. Symbols as in
\cref{fig:accuracy-by-bits}.
"""

PANELS = {
    "false": "not normalised",
    "true": "normalised",
}


@style.styled
def draw(tables):
    """The figure, from a `Tables`."""
    arms = tables.arms("outcomes", EXPERIMENT, ["forward_batchnorm", "method", "batch_size"])
    placements = [placement for placement in PANELS if any(arm[0] == placement for arm in arms)]
    sizes = sorted({size for *_, size in arms}, key=int)
    places = {size: place for place, size in enumerate(sizes)}

    scores = tables.estimates(EXPERIMENT, drawing.SCORE)
    figure = style.new_figure(style.ONE_COLUMN, 2.3)
    panels = figure.subplots(1, len(placements), sharey=True, squeeze=False).ravel()
    for axes, placement in zip(panels, placements, strict=True):
        here = {arm[1:]: rows for arm, rows in arms.items() if arm[0] == placement}
        drawing.draw_level_panel(axes, scores, here, places, drawing.SCORE)
        axes.set_xlabel("examples in a minibatch")
    panels[0].set_ylabel("score")
    style.letter(panels, [PANELS[placement] for placement in placements])
    drawing.methods_legend(figure, style.in_order(method for _, method, _ in arms), ncols=3)
    return figure
