"""Robustness: the verdict on each claim under each alternative; a specification curve.

A column is an alternative and a row a claim. Bars above the line of a claim are verdicts for it,
bars below against it, so that they can be told apart in grey.
"""

import math
from itertools import groupby
from string import ascii_lowercase
from typing import NamedTuple

import numpy as np
import pandas as pd
from matplotlib.collections import PatchCollection
from matplotlib.patches import Patch, Rectangle

from synthgrad.claims.alternatives import (
    ALL,
    CROSSED,
    KINDS,
    OUTCOMES,
    OWN,
    SWAPPED,
    WITHOUT_DIVERGED,
)
from synthgrad.claims.comparisons import TESTS
from synthgrad.claims.judge import CONTRADICTED, MIXED, PARTLY, REPRODUCED, UNDECIDED
from synthgrad.claims.robustness import AS_IT_IS, COLUMNS, flips, robustness_of
from synthgrad.figures import style

CATEGORY = "In one look"
TABLES = ("robustness",)
EXPLORE = "verdict=fragile"
CAPTION = r"""
Every claim judged again, a row each, without those to which no alternative applies. (a)~The verdict
as it is, at the left, and under each alternative that asks something else of the claim; a dot marks
what moves a verdict between reproduced or partly and contradicted. (b)~The alternatives that count,
by verdict; how many change the verdict, and whether they make it fragile. (c)~What an alternative
chooses besides the outcome: the budget, what smallest effects are multiplied by, and the test.
Where an alternative can be asked of a part of a claim's contrasts alone, change is from the verdict
that this part has as it is.
"""

LOOKS = {
    REPRODUCED: ("#0072b2", 0.0, 0.42),
    PARTLY: ("#7cc0e8", 0.0, 0.26),
    MIXED: ("#e3b505", -0.2, 0.2),
    UNDECIDED: ("#9a9a9a", -0.05, 0.05),
    CONTRADICTED: ("#d55e00", -0.42, 0.0),
}
"""Colour of each verdict, and from where to where its bar goes, in rows."""

SIZE = 7
"""Of the text, in points."""

ROW, CHOICE = 0.142, 0.11
TOP, BETWEEN, NAME, LEGEND = 0.38, 0.24, 0.115, 0.34
"""Heights in inches: of a claim and a choice; above the claims, between panels, of a line of names
and of the legend."""

LEFT, RIGHT, SHARES = 1.42, 1.32, 0.36
"""In inches: what stands beside the verdicts, and how much of the right the bars of (b) have."""

GAP, SMALL_GAP, WIDE = 2.0, 0.6, 2.0
"""In columns: between blocks and between budgets; and the width of those that are not crossed."""


class Column(NamedTuple):
    """An alternative; one that is not crossed has a name, and nothing else."""

    kind: str
    outcome: str = ""
    budget: float = 0
    effect: float = 1
    test: str = TESTS[0]
    name: str = ""

    @property
    def place(self):
        """By which columns are sorted."""
        outcome = list(OUTCOMES).index(self.outcome) if self.outcome else 0
        kind = (AS_IT_IS, *KINDS).index(self.kind)
        return kind, outcome, self.budget, self.effect, TESTS.index(self.test)

    @property
    def width(self):
        """In columns that are crossed."""
        return WIDE if self.name else 1


@style.styled
def draw(tables):
    """The figure, from a `Tables`."""
    table = _with_columns(tables.robustness.reindex(columns=COLUMNS))
    claims, middles = _in_order(table), _middles(table["column"])
    choices = _choices(middles)
    names = [column.name for column in middles if column.kind in (SWAPPED, WITHOUT_DIVERGED)]
    figure, (verdicts, shares, matrix) = _panels(len(claims), len(choices), len(names))
    _draw_verdicts(verdicts, table, claims, middles)
    _name_columns(verdicts, middles)
    _draw_shares(shares, table, claims)
    _draw_choices(matrix, choices, middles)
    _tell_names(figure, names)
    style.letter([verdicts, shares, matrix], ["verdicts", "by verdict", "choices"])
    for panel in (verdicts, shares):  # both above the names of the columns
        panel.set_title(panel.get_title(loc="left"), y=1, pad=14)
    handles = [Patch(facecolor=colour, label=name) for name, (colour, *_) in LOOKS.items()]
    style.legend(figure, handles, loc="lower center", ncols=len(handles), fontsize=7)
    return figure


def _with_columns(table):
    """The rows of the claims to which an alternative applies, with the `Column` of each; those as
    they are have one of their own, besides that among the crossed."""
    table = table[table["claim"].isin(table.loc[table["counts"].astype(bool), "claim"])]
    as_it_is = table[table["kind"] == AS_IT_IS]
    own = [Column(AS_IT_IS, name=AS_IT_IS)] * len(as_it_is)
    columns = [_column(row) for row in table.to_dict("records")]
    return pd.concat([table.assign(column=columns), as_it_is.assign(column=own)])


def _column(row):
    """Where a row of the table stands; what is of no outcome or of several, under its own."""
    if row["kind"] not in (CROSSED, AS_IT_IS):
        return Column(row["kind"], name=row["alternative"])
    outcome = row["outcome"] if row["outcome"] in OUTCOMES else OWN
    whole = outcome == OWN or row["budget"] == ALL
    budget = float("inf") if whole else float(row["budget"])
    return Column(CROSSED, outcome, budget, row["effect"], row["test"])


def _in_order(table):
    """The claims by their verdict, then by how many alternatives change it."""
    as_it_is = table[table["kind"] == AS_IT_IS].groupby("claim")["verdict"].first()

    def place(claim):
        found = robustness_of(table, claim)
        return list(LOOKS).index(as_it_is[claim]), found.changed / found.applicable

    return sorted(as_it_is.index, key=place)


def _middles(columns):
    """The middle of each column, in order: blocks of outcomes with budgets in them, then others."""
    middles, left = {}, 0.0
    columns = sorted(dict.fromkeys(columns), key=lambda column: column.place)
    for _, block in groupby(columns, key=lambda column: (column.kind, column.outcome)):
        for _, alike in groupby(block, key=lambda column: column.budget):
            for column in alike:
                middles[column] = left + column.width / 2
                left += column.width
            left += SMALL_GAP
        left += GAP - SMALL_GAP
    return middles


def _choices(middles):
    """The lines of the matrix: what is chosen, and in the middle of which columns."""
    crossed = {column: x for column, x in middles.items() if column.kind == CROSSED}

    def lines(name, text):
        chosen = sorted({getattr(column, name) for column in crossed}, reverse=name == "test")
        for each in chosen:
            yield text(each), [x for column, x in crossed.items() if getattr(column, name) == each]

    return [
        *lines("budget", lambda epochs: f"{epochs:g} epochs".replace("inf", "all")),
        *lines("effect", "effect \u00d7 {:g}".format),
        *lines("test", str),
    ]


def _panels(claims, choices, names):
    """A figure with a panel for the verdicts, one for their shares and one for the choices."""
    below = LEGEND + NAME * math.ceil(names / 2)
    rows, lines = ROW * max(1, claims), CHOICE * max(1, choices)
    height = below + lines + BETWEEN + rows + TOP
    figure = style.new_figure(style.TWO_COLUMNS, height)
    figure.set_layout_engine("none")
    middle = style.TWO_COLUMNS - LEFT - RIGHT

    def panel(left, bottom, width, high, count):
        place = np.array([left, bottom, width, high]) / ([style.TWO_COLUMNS, height] * 2)
        axes = figure.add_axes(place, ylim=(max(1, count) - 0.5, -0.5))
        axes.spines[:].set_visible(False)
        axes.tick_params(length=0, labelsize=SIZE)
        axes.set(xticks=[], yticks=[])
        return axes

    return figure, (
        panel(LEFT, below + lines + BETWEEN, middle, rows, claims),
        panel(LEFT + middle + 0.04, below + lines + BETWEEN, SHARES, rows, claims),
        panel(LEFT, below, middle, lines, choices),
    )


def _draw_verdicts(axes, table, claims, middles):
    """A row of bars for each claim."""
    _span(axes, middles)
    axes.set_yticks(range(len(claims)), claims)
    axes.hlines(range(len(claims)), *axes.get_xlim(), color="#d0d0d0", linewidth=0.3, zorder=1)
    for row in range(0, len(claims), 2):
        axes.axhspan(row - 0.5, row + 0.5, color=style.SHADE, linewidth=0, zorder=0)
    rows = table["claim"].map(claims.index)
    for verdict, (colour, low, high) in LOOKS.items():
        shown = table["verdict"] == verdict
        bars = [
            Rectangle(
                (middles[column] - 0.4 * column.width, row - high), 0.8 * column.width, high - low
            )
            for column, row in zip(table.loc[shown, "column"], rows[shown], strict=True)
        ]
        axes.add_collection(PatchCollection(bars, facecolor=colour, linewidth=0, zorder=2))
    flipped = table[flips(table)]
    # In the half that the bar leaves free.
    aside = np.where(flipped["verdict"] == CONTRADICTED, -0.2, 0.2)
    x, y = flipped["column"].map(middles), rows[flips(table)] + aside
    axes.plot(x, y, ".", color=style.INK, markersize=1.6, markeredgewidth=0)


def _span(axes, middles):
    """An x axis that has all columns."""
    axes.set_xlim(-0.5, max(middles.values(), default=0) + WIDE)


def _name_columns(axes, middles):
    """Name outcomes above their columns, and what is not crossed by letters."""
    axes.xaxis.tick_top()
    letters, ticks = iter(ascii_lowercase), []
    for column, x in middles.items():
        if column.kind != CROSSED:
            ticks.append((x, "as is" if column.kind == AS_IT_IS else next(letters)))
    for outcome, text in OUTCOMES.items():
        xs = [x for column, x in middles.items() if column.outcome == outcome]
        if xs:
            ticks.append((np.mean([xs[0], xs[-1]]), "own" if outcome == OWN else text))
    axes.set_xticks([x for x, _ in ticks], [text for _, text in ticks])


def _draw_shares(axes, table, claims):
    """The alternatives that count, by verdict, and what they come to."""
    axes.set_xlim(0, 1)
    for row, claim in enumerate(claims):
        of_claim = table[(table["claim"] == claim) & table["counts"].astype(bool)]
        shares = of_claim["verdict"].value_counts(normalize=True).reindex(list(LOOKS), fill_value=0)
        lefts, colours = shares.cumsum() - shares, [colour for colour, *_ in LOOKS.values()]
        axes.barh(row, shares, 0.6, lefts, color=colours, linewidth=0)
        found = robustness_of(table, claim)
        colour = style.INK if found.fragile else style.FAINT
        axes.text(1.08, row, found.text, size=SIZE, va="center_baseline", color=colour)


def _draw_choices(axes, choices, middles):
    """A line of dots for each choice."""
    _span(axes, middles)
    axes.set_yticks(range(len(choices)), [text for text, _ in choices])
    for line, (_, xs) in enumerate(choices):
        axes.plot(xs, [line] * len(xs), ".", color=style.INK, markersize=2, markeredgewidth=0)


def _tell_names(figure, names):
    """What the letters stand for, in two columns above the legend."""
    lines = math.ceil(len(names) / 2)
    for place, (letter, name) in enumerate(zip(ascii_lowercase, names, strict=False)):
        column, line = divmod(place, lines)
        inches = LEGEND + NAME * (lines - line - 1.2)
        y = inches / figure.get_size_inches()[1]
        figure.text(0.04 + 0.5 * column, y, f"{letter}  {name}", size=SIZE)
