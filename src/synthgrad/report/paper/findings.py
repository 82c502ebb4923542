"""What the main text says of the headline's arms beside one another: how many times as many epochs
one takes, where tuning switches generators off, on how many seeds one is ahead."""

import numpy as np

from synthgrad.report import tex
from synthgrad.report.paper import numbers
from synthgrad.report.paper.contrasts import headline_contrasts
from synthgrad.report.paper.tuning import headline_choices
from synthgrad.report.run import methods_and_bits
from synthgrad.report.tex import MISSING, fixed, interval, listing

TUTORIAL, LABELLED, LOCAL = "dni[output]", "dni[output+label]", "local-loss"
CONTROL, YARDSTICK = "frozen", "backprop"


@numbers
def pace_values(run):
    """How many times as many epochs the median run takes to 95 % as that of backprop, over the
    numbers of bits at which both get there."""
    rows = run.survival[run.survival["experiment"] == "headline"]
    medians = rows.set_index(["method", "bits"])["median"]
    _, all_bits = methods_and_bits(run)
    texts = {}
    for method in (LABELLED, LOCAL):
        ratios = {
            bits: medians[method, bits] / medians[YARDSTICK, bits]
            for bits in all_bits
            if {(method, bits), (YARDSTICK, bits)} <= {*medians.index}
        }
        reached = {bits: ratio for bits, ratio in ratios.items() if np.isfinite(ratio)}
        texts |= {
            f"pace/{method}/bits": listing(reached),
            f"pace/{method}/least": _factor(min(reached.values(), default=None)),
            f"pace/{method}/most": _factor(max(reached.values(), default=None)),
        }
    return texts


def _factor(value):
    """A ratio to two digits: ``0.55``, ``4.8``."""
    return MISSING if value is None else f"{value:#.2g}".rstrip(".")


@numbers
def switched_off_values(run):
    """At which numbers of bits tuning switches the tutorial's generators off, and what they are
    worth at the smallest, where it may not."""
    chosen = headline_choices(run)
    off = chosen[(chosen["method"] == TUTORIAL) & (chosen["generator_step_size"] == 0)]
    _, all_bits = methods_and_bits(run)
    contrasts = {
        (found["arm"], found["reference"], found["bits"]): found
        for found in headline_contrasts(run)
    }
    worth = contrasts.get((TUTORIAL, CONTROL, min(all_bits, default=None)), {})
    return {
        "off/bits": listing(sorted(off["bits"])),
        "off/fewest-bits": fixed(worth.get("estimate")),
        "off/fewest-bits/interval": interval(worth.get("ci_low"), worth.get("ci_high")),
    }


@numbers
def heldout_values(run):
    """On how many seeds generators that see the label beside the output are ahead of others on
    held-out pairs of the largest number of bits."""
    outcomes = run.outcomes_of("headline")
    largest = outcomes[outcomes["bits"] == outcomes["bits"].max()]
    accuracy = largest.pivot_table(index="seed", columns="method", values="heldout_bit_accuracy")
    accuracy = accuracy.reindex(columns=[LABELLED, YARDSTICK, LOCAL])
    return {
        f"ahead/{rival}": tex.share(
            int((accuracy[LABELLED] > accuracy[rival]).sum()), int(accuracy[rival].count())
        )
        for rival in (YARDSTICK, LOCAL)
    }
