"""How the cost of the engine's training step grows with replicas, width, bits and examples."""

import sys
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import matplotlib
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from benchmarks import presenting
from benchmarks.contestants import METHODS
from benchmarks.contestants.engine import Engine
from benchmarks.measuring import Peak, Stopwatch, flops_per_step, take_turns
from synthgrad.core.setup import Setup
from synthgrad.core.training.stack import stack_size

RESULTS = Path("results/benchmark")

BASE = Setup(bits=8, hidden=(64, 32), heldout_examples=0)

FACTORS = {
    "replicas": (1, 2, 4, 8, 16, 32, 64),
    "width": (8, 16, 32, 64, 128, 256),
    "bits": (2, 4, 8, 16, 32),
    "examples": (100, 300, 1000, 3000, 10000),
}
"""Values of each. Where it is not replicas that vary, there are as many as the workflow stacks."""

NAMES = {
    "replicas": "replicas side by side",
    "width": "units of the first hidden layer",
    "bits": "bits",
    "examples": "examples",
}
"""What each is called on its axis; the second hidden layer is half as wide as the first."""


RING = {
    "marker": "o",
    "markersize": 9,
    "markerfacecolor": "none",
    "markeredgecolor": "#767676",
    "linestyle": "none",
}


class Effort(NamedTuple):
    """How much is measured."""

    repeats: int = 5
    seconds: float = 0.06


FULL = Effort()


def main():
    """Measure and write `growth.csv`, `growth.md` and the figure."""
    table = measure(FACTORS)
    presenting.write_csv(table, RESULTS / "growth.csv")
    presenting.write_text(markdown(table), RESULTS / "growth.md")
    presenting.save(draw(table), RESULTS / "growth")
    print((RESULTS / "growth.md").read_text(encoding="utf-8"))


def measure(factors, methods=METHODS, effort=FULL):
    """Time the engine along each factor, all else being as in `BASE`.

    Returns
    -------
    DataFrame
        One row per factor, method and value, with median and quartiles of the
        microseconds per step of one replica, and its bound.
    """
    peak = Peak()
    rows = []
    for factor, values in factors.items():
        print(f"growth with {factor} ...", file=sys.stderr, flush=True)
        points = [
            {"factor": factor, "method": method, "value": value}
            for method in methods
            for value in with_the_workflows(factor, values, method)
        ]
        watches = [watch_point(point, effort) for point in points]
        take_turns([peak.measure, *(watch.measure for watch in watches)], effort.repeats)
        for point, watch in zip(points, watches, strict=True):
            times = pd.Series(watch.microseconds)
            point["microseconds"] = times.median()
            point["lower_quartile"] = times.quantile(0.25)
            point["upper_quartile"] = times.quantile(0.75)
        rows += points
    table = pd.DataFrame(rows)
    return table.assign(bound=table["flops"].map(peak.microseconds))


def with_the_workflows(factor, values, method):
    """The values and, where replicas vary, the workflow's own stack among them."""
    if factor != "replicas":
        return values
    return sorted({*values, stack_size(replace(BASE, method=method))})


def watch_point(point, effort):
    """A stopwatch on the engine at a point, whose replicas and operations it adds to the point."""
    setup = replace(BASE, method=point["method"])
    factor, value = point["factor"], point["value"]
    if factor == "width":
        setup = replace(setup, hidden=(value, value // 2))
    elif factor != "replicas":
        setup = replace(setup, **{factor: value})
    point["workflow"] = stack_size(setup)
    point["replicas"] = value if factor == "replicas" else point["workflow"]
    point["flops"] = flops_per_step(setup)
    engine = Engine(setup, range(point["replicas"]))
    return Stopwatch(engine, setup, point["replicas"], effort.seconds)


def markdown(table):
    """The figure's message, a sentence for each factor."""
    said = "\n".join(
        f"- {sentence(factor, group)}" for factor, group in table.groupby("factor", sort=False)
    )
    methods = ", ".join(table["method"].unique())
    return f"""\
# How the cost of a training step grows

Processor time of the engine per step of one replica, with {methods}.
Unless it varies: {BASE.bits} bits, hidden {BASE.hidden[0]}/{BASE.hidden[1]}, minibatches of \
{BASE.batch_size}, {BASE.examples} examples,
and as many replicas side by side as the workflow trains. A range is over the methods.

{said}
"""


def sentence(factor, group):
    """What the curves of one factor say, in numbers."""
    by_method = group.groupby("method", sort=False)
    first, last = by_method.first(), by_method.last()
    if factor == "replicas":
        cheapest = group.loc[by_method["microseconds"].idxmin()].set_index("method")
        stack = group[group["replicas"] == group["workflow"]].set_index("method")
        return (
            f"**Replicas** go through an epoch one after another: alone a step takes "
            f"{span(first['microseconds'] / stack['microseconds'])} times as long as in the "
            f"workflow's stacks of {span(stack['value'])}; the cheapest stacks measured, of "
            f"{span(cheapest['value'])}, take "
            f"{span(cheapest['microseconds'] / stack['microseconds'])} times as long as those."
        )
    growth = span(last["microseconds"] / first["microseconds"])
    if factor == "examples":
        return (
            f"**Examples** are not seen by a step, which takes one minibatch: from "
            f"{first['value'].iloc[0]} to {last['value'].iloc[0]} its time changes {growth}-fold."
        )
    return (
        f"**{factor.capitalize()}**: from {first['value'].iloc[0]} to {last['value'].iloc[0]} the "
        f"operations grow {span(last['flops'] / first['flops'])}-fold and the time "
        f"{growth}-fold, from "
        f"{span(first['microseconds'] / first['bound'])} times the bound to "
        f"{span(last['microseconds'] / last['bound'])} times."
    )


def span(values):
    """The range of some numbers, or the one number that they are."""
    shown = [
        f"{value:.0f}" if value >= 10 else f"{value:#.2g}" for value in (min(values), max(values))
    ]
    return " to ".join(dict.fromkeys(shown))


def draw(table):
    """Time per step against each factor, on logarithmic axes, with the bound of each curve."""
    with matplotlib.rc_context(presenting.RC):
        figure = Figure(figsize=(presenting.WIDTH, 5.0), layout="constrained")
        panels = figure.subplots(2, 2, sharey=True).flat
        for axes, (factor, group) in zip(panels, table.groupby("factor", sort=False)):
            for method, curve in group.groupby("method", sort=False):
                draw_curve(axes, method, curve)
            axes.set_xscale("log")
            axes.set_yscale("log")
            axes.set_xlabel(NAMES[factor])
            presenting.plain_ticks(axes.xaxis, sorted(set(FACTORS[factor]) & set(group["value"])))
        presenting.plain_ticks(axes.yaxis, presenting.TICKS)
        figure.supylabel("µs per step of one replica")
        handles = [
            *axes.get_legend_handles_labels()[0],
            Line2D([], [], color="black", linestyle=":", label="bound"),
            Line2D([], [], label="the workflow's stack", **RING),
        ]
        figure.legend(handles=handles, loc="outside lower center", ncols=len(handles))
    return figure


def draw_curve(axes, method, curve):
    """One method: medians with quartiles, a ring around the workflow's stack, and its bound."""
    colour, marker = presenting.METHOD_LOOKS.get(method, presenting.OTHER_LOOK)
    middle = curve["microseconds"]
    spread = [middle - curve["lower_quartile"], curve["upper_quartile"] - middle]
    axes.errorbar(curve["value"], middle, spread, color=colour, marker=marker, label=method)
    axes.plot(curve["value"], curve["bound"], ":", color=colour)
    if curve["factor"].iloc[0] == "replicas":
        own = curve[curve["replicas"] == curve["workflow"]]
        axes.plot(own["value"], own["microseconds"], **RING)
