"""Choices: scores with step sizes that other tuning seeds choose, and with one for all sums.

In one panel the three choices from disjoint tuning seeds, in the others the
shared setting beside each arm's own.
"""

from dataclasses import replace

from synthgrad.figures import drawing, style

EXPERIMENT = "tuning"
SHARED = "one-setting"
CATEGORY = "Who learns"
CAPTION = r"""
What results owe to the choice of step sizes. (a)~Score of each method with the step sizes that
each of three disjoint triples of tuning seeds chooses from the same coarse stage. Other panels:
with one setting for all numbers of bits, and with its own at each. Symbols are means over
\val{seeds/tuning} seeds, with settings of their own over \val{seeds/headline}, with
\val{study/confidence}\,\% bootstrap intervals, small points single seeds.
"""


@style.styled
def draw(tables):
    """The figure, from a `Tables`; without the shared setting where that was not studied."""
    (bits,) = tables.rows("outcomes", EXPERIMENT)["bits"].unique()
    panels = {f"three choices, {bits} bits": _choices(tables)}
    if (tables.outcomes["experiment"] == SHARED).any():
        look, usual = drawing.variant_looks("one setting for all sums", "own setting")
        shared = drawing.variants_by_bits(tables, SHARED, look)
        own = drawing.variants_by_bits(tables, "headline", usual)
        panels |= {f"{bits} bits": [variant, own[bits]] for bits, variant in shared.items()}
    return drawing.scores_of_variants(panels)


def _choices(tables):
    """A variant for each choice of tuning seeds."""
    arms = tables.arms("outcomes", EXPERIMENT, ["tuning_seeds", "method"])
    estimates = tables.estimates(EXPERIMENT, drawing.SCORE)
    looks = style.sequence(sorted({choice for choice, _ in arms}))
    return [
        drawing.Variant(
            replace(look, name=f"choice {choice}"), drawing.of_level(arms, choice), estimates
        )
        for choice, look in looks.items()
    ]
