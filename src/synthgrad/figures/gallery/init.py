"""Init: the score at the initial scale that serves backprop best beside that at the tutorial's."""

from synthgrad.figures import drawing, style

EXPERIMENT = "init"
CATEGORY = "Who learns"
CAPTION = r"""
Does the initial scale decide? Score over 300 epochs with initial weights of the scale that serves
\method{backprop} best on tuning seeds, named above the panel, and of the tutorial's scale, 0.2, for
which step sizes were tuned over more epochs. Symbols are means over \val{seeds/init} seeds, at the
tutorial's scale over \val{seeds/headline}, with \val{study/confidence}\,\% bootstrap intervals,
small points single seeds.
"""


@style.styled
def draw(tables):
    """The figure, from a `Tables`."""
    look, usual = drawing.variant_looks("scale that is best for backprop", "tutorial's scale")
    best = drawing.variants_by_bits(tables, EXPERIMENT, look)
    tutorial = drawing.variants_by_bits(tables, "headline", usual, "accuracy_auc_300")
    panels = {}
    for bits, variant in best.items():
        (scale,) = {rows["weight_scale"].iloc[0] for rows in variant.arms.values()}
        panels[f"{bits} bits, scale {scale}"] = [variant, tutorial[bits]]
    return drawing.scores_of_variants(panels)
