"""The headline: how well each method does at each number of bits."""

import math

from synthgrad.report import tex
from synthgrad.report.paper import numbers, table
from synthgrad.report.paper.contrasts import headline_contrasts, side_of
from synthgrad.report.run import diverged, methods_and_bits
from synthgrad.report.tex import MISSING, fixed, interval, listing, method_name
from synthgrad.statistics.estimates import MEASURES, PRIMARY

NAMED_METHODS = ("backprop", "frozen", "local-loss", "dni[output+label]")
"""Methods that the prose names."""

CONTROL = "frozen"

MARKS = {"above": r"\abovemark", "below": r"\belowmark", "open": ""}
"""What follows a score that is settled to be above or below that of the control."""


def headline_estimates(run):
    """Rows of the summary by (method, bits, measure)."""
    rows = run.summary[run.summary["experiment"] == "headline"].to_dict("records")
    return {(found["method"], found["bits"], found["measure"]): found for found in rows}


@numbers
def headline_values(run):
    """Every estimate of the headline, and those that the prose names by their role."""
    methods, all_bits = methods_and_bits(run)
    estimates = headline_estimates(run)
    texts = arm_counts(run) | {
        "headline/bits": listing(all_bits),
        "headline/methods": listing(map(method_name, methods)),
    }
    for bits in all_bits:
        texts |= bits_values(f"headline/{bits}", bits, run, dict(zip(methods, methods)))
    named = dict(zip(NAMED_METHODS, NAMED_METHODS))
    for role, choose in (("fewest-bits", min), ("most-bits", max)):
        bits = choose(all_bits, default=None)
        best = max(
            filter(is_decoupled, methods),
            key=lambda method: estimates.get((method, bits, PRIMARY), {}).get("mean", -math.inf),
            default=None,
        )
        texts[f"headline/{role}"] = MISSING if bits is None else str(bits)
        texts[f"headline/{role}/best"] = method_name(best) if best else MISSING
        texts |= bits_values(f"headline/{role}", bits, run, named | {"best": best})
    return texts


def is_decoupled(method):
    """Whether a method has generators."""
    return method.startswith("dni[")


def arm_counts(run):
    """Replicas that diverged, numbers of bits that hold nothing out, and kinds of intervals."""
    methods, all_bits = methods_and_bits(run)
    estimates, outcomes = headline_estimates(run), run.outcomes_of("headline")
    bounds = run.summary.loc[run.summary["experiment"] == "headline", "ci_method"]
    used_up = [
        bits
        for bits in all_bits
        if not any((method, bits, "heldout_bit_accuracy") in estimates for method in methods)
    ]
    where = f"at {listing(used_up)} bits" if used_up else "at no number of bits"
    return {
        "headline/diverged": tex.share(int(outcomes["diverged_at"].notna().sum()), len(outcomes)),
        "headline/diverged-arms": diverged_arms(outcomes),
        "headline/without-heldout": where,
        "headline/intervals": tex.count(len(bounds)),
        "headline/percentile-intervals": tex.count(int((bounds == "percentile").sum())),
        "headline/constant-intervals": tex.count(int((bounds == "constant").sum())),
    }


def diverged_arms(outcomes):
    """``dni[output] at 4 bits (6/10)``, for each arm that lost replicas; ``none`` if none did."""
    arms = outcomes.groupby(["method", "bits"], sort=False)
    return (
        ", ".join(
            f"{method_name(method)} at {bits} bits ({diverged(ends)})"
            for (method, bits), ends in arms
            if ends["diverged_at"].notna().any()
        )
        or "none"
    )


def bits_values(prefix, bits, run, methods):
    """Chance and all estimates at one number of bits; `methods` is a dict of name in the key to
    method."""
    estimates, outcomes = headline_estimates(run), run.outcomes_of("headline")
    chance = outcomes.loc[outcomes["bits"] == bits, "chance"].mean()
    texts = {f"{prefix}/chance": fixed(chance)}
    for name, method in methods.items():
        for measure in MEASURES:
            found = estimates.get((method, bits, measure), {})
            key = f"{prefix}/{name}/{measure}"
            texts[key] = fixed(found.get("mean"))
            texts[f"{key}/interval"] = interval(found.get("ci_low"), found.get("ci_high"))
    return texts


@table("headline")
def headline_table(run):
    """Primary outcome of each method and number of bits, marked where it is settled against the
    control."""
    estimates = headline_estimates(run)
    against_control = {
        (found["arm"], found["bits"]): MARKS[side_of(found)]
        for found in headline_contrasts(run)
        if found["reference"] == CONTROL
    }

    def lines(method, all_bits):
        arms = [(method, bits) for bits in all_bits]
        found = [estimates.get((*arm, PRIMARY), {}) for arm in arms]
        marked = [
            fixed(arm_found.get("mean")) + against_control.get(arm, "")
            for arm, arm_found in zip(arms, found)
        ]
        bounds = [interval(each.get("ci_low"), each.get("ci_high")) for each in found]
        yield tex.row(method_name(method), *marked)
        yield tex.row("", *(rf"\bounds{{{bound}}}" for bound in bounds)) + "[2pt]"

    return tex.bits_table(*methods_and_bits(run), lines)


@table("survival")
def survival_table(run):
    """Median epochs to 95 % bit accuracy of each method and number of bits, with interval."""
    rows = run.survival[run.survival["experiment"] == "headline"].to_dict("records")
    medians = {(found["method"], found["bits"]): found for found in rows}

    def text(value):
        return tex.setting(float(value)) if tex.is_number(value) else r"$\infty$"

    def cell(found):
        if found is None:
            return MISSING
        bounds = f"[{text(found['ci_low'])}, {text(found['ci_high'])}]" if found["events"] else ""
        return rf"{text(found['median'])} \bounds{{{bounds}}} {found['events']}/{found['n']}"

    def lines(method, all_bits):
        yield tex.row(
            method_name(method), *(cell(medians.get((method, bits))) for bits in all_bits)
        )

    return tex.bits_table(*methods_and_bits(run), lines)
