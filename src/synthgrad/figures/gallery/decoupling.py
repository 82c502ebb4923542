"""Decoupling: whether not waiting pays, on two real ranks and, simulated, on more workers.

How many times as many minibatches decoupled layers can afford as backprop in
the fastest of its ways, against how many they need. What is simulated is in
panels of their own, shaded and named so.
"""

from dataclasses import replace

import numpy as np

from synthgrad.figures import style
from synthgrad.study.ranks import IN_RANKS

EXPERIMENT = "decoupling"
CATEGORY = "Beyond the toy"
TABLES = ("decoupling", "decoupling_answer", "decoupling_simulated")
EXPLORE = "claim=isolation-saves-time"
CAPTION = r"""
Does not waiting pay? Decoupled layers against backprop in the fastest of its ways.
(a)~\emph{Measured:} how many minibatches two decoupled ranks train in the time of one of
backprop; above the dotted line they are faster a minibatch. (b)~\emph{Measured:} time to 95\,\% of
the bits over that of backprop; below the dotted line they would be faster in all. What takes
longer, or is never reached, stands at the upper edge. (c)~\emph{Simulated:} as in (a), by latency
of the links between workers, for a network of 16 layers.
"""

METHODS = tuple(IN_RANKS.values())[1:]
SIMULATED_WIDTH = 256
CEILING = 30
"""What more is needed, or is never reached, is drawn at the upper edge."""


@style.styled
def draw(tables):
    """The figure, from a `Tables`."""
    figure = style.new_figure(style.TWO_COLUMNS, 3.0)
    panels = figure.subplots(1, 3, width_ratios=[1, 1, 1.1])
    _draw_widths(panels[0], tables.decoupling)
    _draw_study(panels[1], tables.decoupling_answer)
    ends = _draw_simulated(panels[2], tables.decoupling_simulated)
    for axes in (axes for axes in panels if axes.has_data()):
        edges = axes.get_xlim()
        axes.plot(edges, [1, 1], **style.REFERENCE)
        axes.set_xlim(edges)
        axes.yaxis.set_major_formatter(style.plain)
    style.letter(
        panels,
        ["measured, two ranks", "measured, the study's network", "simulated, not measured"],
    )
    timed = set(tables.decoupling["conditioning"].map(IN_RANKS))
    handles = [style.look(method).handle() for method in METHODS if method in timed]
    handles.append(style.reference_handle("as long as backprop"))
    handles += [
        style.Look(f"{workers} workers", style.FAINT, filled=filled, width=width).handle()
        for workers, (filled, width) in ends.items()
    ]
    style.legend(figure, handles, ncols=3)
    return figure


def _draw_widths(axes, summary):
    """What decoupled ranks afford by width, at three hidden layers and the smallest minibatch."""
    hidden = summary["hidden"].str.split("-")
    alike = hidden.map(lambda sizes: len(sizes) == 3 and len(set(sizes)) == 1)
    rows = summary[alike & (summary["way"] == "decoupled")]
    if rows.empty:
        _say_empty(axes, "no 3 hidden layers\nof one width timed")
        return
    rows = rows[rows["batch_size"] == rows["batch_size"].min()]
    rows = rows.assign(width=hidden[rows.index].str[0].astype(int)).sort_values("width")
    for method in METHODS:
        chosen = rows[rows["conditioning"].map(IN_RANKS) == method]
        axes.plot(chosen["width"], chosen["affords"], **style.look(method).line())
    axes.set_xscale("log", base=2)
    axes.xaxis.set_major_formatter(style.plain)
    axes.set_xlabel("units of each of 3 hidden layers")
    axes.set_ylabel("minibatches afforded / backprop")
    axes.set_ylim(bottom=0)


def _say_empty(axes, text):
    axes.text(0.5, 0.5, text, ha="center", va="center", transform=axes.transAxes)
    axes.set_xticks([])
    axes.set_yticks([])


def _draw_study(axes, answer):
    """Time to 95 % over that of backprop, by bits of the sum."""
    slower = answer["seconds"] / answer["rival_seconds"]
    ratio = np.minimum(slower.fillna(np.inf), CEILING)
    answer = answer.assign(ratio=ratio).sort_values("bits")
    for method in METHODS:
        rows = answer[answer["method"] == method]
        axes.plot(rows["bits"], rows["ratio"], **style.look(method).line())
    axes.set_yscale("log")
    axes.set_ylim(min(0.3, 0.8 * ratio.min()), CEILING * 1.3)
    axes.set_yticks([0.3, 1, 3, 10, CEILING])
    axes.set_yticks([], minor=True)
    axes.set_xlabel("bits of the sum")
    axes.set_ylabel("time to 95 % / backprop")


def _draw_simulated(axes, simulated):
    """What decoupled workers afford by latency of their links, with fewest and most workers:
    returns whether their markers are filled and how wide their lines are."""
    axes.set_facecolor(style.SHADE)
    rows = simulated[(simulated["width"] == SIMULATED_WIDTH) & (simulated["way"] == "decoupled")]
    if rows.empty:
        _say_empty(axes, f"no 3 hidden layers of\n{SIMULATED_WIDTH} units timed")
        return {}
    rows = rows[rows["batch_size"] == rows["batch_size"].min()]
    ends = {rows["workers"].min(): (False, 0.7), rows["workers"].max(): (True, 1.2)}
    for method in METHODS:
        look = style.look(method)
        for workers, (filled, width) in ends.items():
            chosen = rows[rows["conditioning"].map(IN_RANKS) == method]
            chosen = chosen[chosen["workers"] == workers].sort_values("latency_us")
            line = replace(look, filled=filled, width=width).line()
            axes.plot(chosen["latency_us"] / 1e3, chosen["affords"], **line)
    axes.set_xscale("log")
    axes.set_xlabel("latency of the links in ms")
    axes.set_ylabel("minibatches afforded / backprop")
    axes.set_ylim(bottom=0)
    return ends
