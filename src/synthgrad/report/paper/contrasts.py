"""The headline's contrasts: every method against every reference on the primary outcome."""

from synthgrad.report import tex
from synthgrad.report.paper import numbers, table
from synthgrad.report.run import methods_and_widths
from synthgrad.report.tex import MISSING, fixed, interval, listing, method_name, width_heading
from synthgrad.statistics.estimates import PRIMARY, REFERENCES
from synthgrad.statistics.multiplicity import SIGNIFICANCE


def headline_contrasts(run):
    """Rows of the headline's contrasts on the primary outcome."""
    contrasts = run.contrasts
    chosen = (contrasts["experiment"] == "headline") & (contrasts["measure"] == PRIMARY)
    return contrasts[chosen].to_dict("records")


def side_of(contrast):
    """Where an arm is by the adjusted test: above or below its reference, or open."""
    if not contrast["p_adjusted"] <= SIGNIFICANCE:
        return "open"
    return "above" if contrast["estimate"] > 0 else "below"


@numbers
def contrast_values(run):
    """The contrasts taken together."""
    contrasts = headline_contrasts(run)
    _, widths = methods_and_widths(run)
    texts = {}
    for reference in REFERENCES:
        against = [found for found in contrasts if found["reference"] == reference]
        texts[f"contrast/{reference}/count"] = str(len(against))
        for side in ("above", "below", "open"):
            arms = [found for found in against if side_of(found) == side]
            texts[f"contrast/{reference}/{side}"] = arms_and_widths(arms, widths)
            texts[f"contrast/{reference}/{side}/count"] = str(len(arms))
    return texts


def arms_and_widths(contrasts, widths):
    """``dni[label] at 4 and 6 bits; dni[output] at every width``; ``none`` of no contrasts."""
    by_arm = {}
    for contrast in contrasts:
        by_arm.setdefault(contrast["arm"], []).append(contrast["bits"])
    parts = []
    for arm, bits in by_arm.items():
        everywhere = len(widths) > 1 and sorted(bits) == widths
        where = "every width" if everywhere else f"{listing(sorted(bits))} bits"
        parts.append(f"{method_name(arm)} at {where}")
    return "; ".join(parts) or "none"


@table("contrasts")
def contrasts_table(run):
    """Difference, interval, p-value, effect size and number of pairs of each contrast."""
    methods, widths = methods_and_widths(run)
    contrasts = {
        (found["arm"], found["reference"], found["bits"]): found
        for found in headline_contrasts(run)
    }

    def cells(method, reference, bits):
        found = contrasts.get((method, reference, bits))
        if found is None:
            return MISSING, "", "", "", ""
        return (
            fixed(found["estimate"]),
            interval(found["ci_low"], found["ci_high"]),
            tex.p_value(found["p_adjusted"]),
            fixed(found["effect_size"], 2),
            str(found["n"]),
        )

    def line(method, bits):
        against = [cells(method, reference, bits) for reference in REFERENCES]
        return tex.row(method_name(method), *(text for texts in against for text in texts))

    header = [
        tex.row("", *(tex.span(5, f"against {method_name(name)}") for name in REFERENCES)),
        "".join(rf"\cmidrule(lr){{{2 + 5 * k}-{6 + 5 * k}}}" for k in range(len(REFERENCES))),
        tex.row("Method", *[tex.span(2, "difference"), "$p$", "$r$", "$n$"] * len(REFERENCES)),
    ]
    columns = tex.method_column(methods) + "r@{~}lrrr" * len(REFERENCES)
    blocks = [
        [width_heading(bits, 1 + 5 * len(REFERENCES)), *(line(method, bits) for method in methods)]
        for bits in widths
    ]
    return tex.table(columns, header, blocks)
