"""Alignment: synthetic gradients against true ones over training, by hidden layer, at one
number of bits."""

from itertools import product

from synthgrad.figures import drawing, naming, style

EXPERIMENT = "headline"
CATEGORY = "Who learns"
EXPLORE = "experiment=headline&measure=alignment_2"
CAPTION = r"""
How true are synthetic gradients? What each method sends into a hidden layer against the true
gradient at the same weights: (a,~b)~cosine, averaged over examples; (c,~d)~ratio of lengths.
Where the best step sizes switch the generators off, it is the best setting that does not. Lines
are means over \val{seeds/headline} seeds (geometric in c and d), bands
\val{study/confidence}\,\% bootstrap intervals.
"""

LAYERS = (1, 2)
PANELS = {
    "alignment": "cosine",
    "norm_ratio": "relative length",
}
UNMEASURED = ("backprop", "frozen", "noise")
"""Methods whose hidden layers have the true gradient, none, or one that is unrelated by design."""
TRUE, UNRELATED = style.reference("true gradient"), style.reference("unrelated")


@style.styled
def draw(tables):
    """The figure, from a `Tables`."""
    arms = tables.arms("runs", EXPERIMENT, ["bits", "method"], learning=True)
    arms = {arm: rows for arm, rows in arms.items() if arm[1] not in UNMEASURED}
    bits = drawing.middle(bits for bits, _ in arms)
    arms = {method: rows for (other, method), rows in arms.items() if other == bits}
    methods = style.in_order(arms)

    figure = style.new_figure(style.TWO_COLUMNS, 3.6)
    panels = figure.subplots(len(PANELS), len(LAYERS), sharey="row")
    named = []
    for row, measure in zip(panels, PANELS, strict=True):
        for axes, layer in zip(row, LAYERS, strict=True):
            axes.axhline(1, **style.REFERENCE)
            ends = [(1, TRUE)]
            for i, method in enumerate(methods):
                geometric = measure == "norm_ratio"
                curve = tables.curve(arms[method], f"{measure}_{layer}", geometric)
                style.draw_curve(axes, curve, style.look(method), markevery=(i % 4, 4))
                ends.append((curve["mean"].iloc[-1], style.look(method)))
            style.epoch_axis(axes, max(rows["epoch"].max() for rows in arms.values()))
        if measure == "alignment":
            for axes in row:
                axes.axhline(0, **style.REFERENCE)
            ends.append((0, UNRELATED))
            row[0].set_ylim(top=1.05)
        else:
            row[0].set_yscale("log")
        named.append((row[-1], ends))
    titles = product(PANELS.values(), [f"hidden layer {layer}, {bits} bits" for layer in LAYERS])
    style.letter(panels.ravel(), map(", ".join, titles))
    for axes, ends in named:
        naming.name_beside(axes, ends)
    return figure
