"""Untuned: the score at the tutorial's one step size beside that at tuned ones, a panel
for each number of bits."""

from synthgrad.figures import drawing, style

EXPERIMENT = "untuned"
CATEGORY = "Who learns"
CAPTION = r"""
How much of it is tuning: score at one step size for everything, the tutorial's default, and at
tuned step sizes. Symbols are means over \val{seeds/untuned} seeds, tuned over
\val{seeds/headline}, with \val{study/confidence}\,\% bootstrap intervals, small points single
seeds.
"""


@style.styled
def draw(tables):
    """The figure, from a `Tables`."""
    (step_size,) = tables.rows("outcomes", EXPERIMENT)["step_size"].unique()
    name = f"step size {style.plain(step_size)} for everything"
    look, usual = drawing.variant_looks(name, "tuned step sizes")
    untuned = drawing.variants_by_bits(tables, EXPERIMENT, look)
    tuned = drawing.variants_by_bits(tables, "headline", usual)
    panels = {f"{bits} bits": [variant, tuned[bits]] for bits, variant in untuned.items()}
    return drawing.scores_of_variants(panels)
