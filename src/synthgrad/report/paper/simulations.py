"""What a number of seeds can show: simulations of the rule that decides the claims."""

import math

from synthgrad.report import tex
from synthgrad.report.paper import numbers, table
from synthgrad.report.paper.contrasts import headline_contrasts
from synthgrad.report.tex import fixed, listing
from synthgrad.statistics import ONE_SIDED
from synthgrad.statistics.estimates import REFERENCES
from synthgrad.statistics.simulations import ARMS, CENSORED, FAMILY, LEVELS, POWER

EFFECTS = {"alone": "effect", "family": "effect_in_family"}
"""The smallest effects of a row, by how keys name them."""


@numbers
def simulation_values(run):
    """How contrasts are drawn, and the smallest differences that are found."""
    rows = [row for row in run.simulations.to_dict("records") if row["kind"] == "difference"]
    draws = rows[0]["draws"]
    texts = {
        "simulations/draws": tex.count(draws),
        "simulations/draws/beyond": tex.count(draws // 5),
        "simulations/error": _percent(math.sqrt(ONE_SIDED * (1 - ONE_SIDED) / draws)),
        "simulations/family": str(FAMILY),
        "simulations/power": _percent(POWER, 0),
        "simulations/levels": str(LEVELS),
        "simulations/arms": str(ARMS),
        "simulations/censored": _percent(CENSORED, 0),
    }
    spreads = _spreads(run)
    for name, column in EFFECTS.items():
        texts[f"simulations/difference/{name}"] = _by_seeds(rows, column)
        for reference in REFERENCES:
            score = rows[0][column] * spreads.get(reference, math.nan)
            texts[f"simulations/{reference}/{name}"] = fixed(score)
    return texts


def _by_seeds(rows, column):
    """``0.84 with 30 seeds and 1.38 with 15 seeds; none is found with 10 seeds``."""
    found = {f"{row['n']} seeds": row[column] for row in rows}
    lacking = [seeds for seeds, effect in found.items() if math.isnan(effect)]
    text = listing(
        f"{fixed(effect, 2)} with {seeds}" for seeds, effect in found.items() if effect > 0
    )
    return f"{text}; none is found with {listing(lacking)}" if lacking else text


def _spreads(run):
    """The median standard deviation of the headline's paired differences from each reference."""
    spreads = {}
    for contrast in headline_contrasts(run):
        spreads.setdefault(contrast["reference"], []).append(contrast["sd"])
    return {reference: sorted(each)[len(each) // 2] for reference, each in spreads.items()}


@table("simulations")
def simulations_table(run):
    """Coverage, wrong decisions and smallest effects by kind of contrast and number of seeds."""
    blocks = {}
    for row in run.simulations.to_dict("records"):
        block = blocks.setdefault(row["kind"], [])
        block.append(
            tex.row(
                "" if block else row["kind"],
                str(row["n"]),
                *(_percent(row[name]) for name in ("coverage", "above", "below")),
                *(fixed(row[name], 2) for name in EFFECTS.values()),
            )
        )
    header = [
        tex.row("", "", tex.span(3, r"at the boundary, \%"), tex.span(2, "smallest effect")),
        r"\cmidrule(lr){3-5}\cmidrule(lr){6-7}",
        tex.row("Kind", "$n$", "covered", "above", "below", "alone", "in a family"),
    ]
    return tex.table("lrrrrrr", header, [*blocks.values()])


def _percent(share, digits=1):
    return f"{100 * share:.{digits}f}"
