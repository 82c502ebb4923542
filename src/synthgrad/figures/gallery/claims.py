"""Claims: what every contrast shows, beside the verdict that follows; a forest plot.

Contrasts of all units share one axis: an effect is turned so that the claimed
direction is to the right, and divided by the smallest effect that matters. A
contrast with a threshold, always of a cosine, has none and is counted in
twentieths of a cosine instead. Contrasts that differ in a single word of their
name, such as the number of bits, share a row.
"""

import textwrap
from dataclasses import dataclass

import numpy as np
from matplotlib.patches import Patch

from synthgrad.claims.comparisons import regions
from synthgrad.claims.judge import (
    NO_DIFFERENCE,
    NOT_REPRODUCED,
    NOT_TESTED,
    OPPOSITE,
    PARTLY,
    REPRODUCED,
    SUPPORTS,
    UNDECIDED,
)
from synthgrad.claims.verdicts import ClaimVerdict, claim_verdicts
from synthgrad.figures import style

CATEGORY = "In one look"
CAPTION = r"""
Verdicts on the claims: each claim, the contrasts that its verdict rests on, and the verdict; a
claim without a source behind it is in both editions of the tutorial. Points are estimates over
\val{seeds/headline} seeds, lines their \val{study/confidence}\,\% bootstrap intervals, which a
point
may hide. Effects are turned so that what is claimed lies to the right, and given in smallest
effects that matter, evenly up to 1 and logarithmic from there; a cosine held against a threshold
is given in twentieths. Shaded: where the claim puts the effect. Colour and form tell what a
contrast shows, which takes the p-value, adjusted within a family of claims, into account. Where a
row stands for several levels of a factor, the first is on top. Full circle: every contrast
supports the claim; half: some do; empty: none.
"""

LOOKS = {
    SUPPORTS: style.Look("supports the claim", "#0072b2", "none", "o"),
    OPPOSITE: style.Look("shows the opposite", "#d55e00", "none", "X"),
    NO_DIFFERENCE: style.Look("no difference that matters", style.INK, "none", "D", filled=False),
    UNDECIDED: style.Look("undecided", style.FAINT, "none", "o", filled=False),
}
FILLS = {REPRODUCED: "full", PARTLY: "left", NOT_REPRODUCED: "none"}
"""How much of the circle before a verdict is filled."""

CIRCLE = {"marker": "o", "color": style.INK, "markerfacecoloralt": "white", "markeredgewidth": 0.7}

CLAIMED = "#dcebf5"
STEP = 0.05
"""The unit of a contrast without a smallest effect."""

SOURCES = {
    "both": "",
    "first": " (first)",
    "later": " (later)",
    "paper": " (DNI\xa0paper)",
    "this study": " (this\xa0study)",
}
"""How the edition of a claim is told behind its statement."""

LETTERS = {"statement": 48, "contrast": 72}
"""How many letters of a text fit in a line."""

SIZE, LINE = 5.6, 0.083
"""Size of the text in points, and height of its lines in inches."""

TOP, BOTTOM = 0.22, 0.58
COLUMNS = {"claim": 1.78, "contrast": 2.7, "effect, as claimed \u2192": 1.02, "  verdict": 0.66}
"""In inches: what is above and below the lines, and widths."""

LANE = 0.31
"""Distance of levels that share a row, in lines."""

GAP = 0.26
"""Space above the text of a claim and below, in lines, together."""


@dataclass(frozen=True)
class Row:
    """A contrast, or several whose names differ in a word alone."""

    name: str
    contrasts: list

    @property
    def lines(self):
        """Its text."""
        return _wrap(self.name, LETTERS["contrast"])

    @property
    def height(self):
        """In lines."""
        return max(len(self.lines), LANE * len(self.contrasts) + 0.3)


@dataclass(frozen=True)
class Claim:
    """A claim with the rows of its contrasts."""

    told: ClaimVerdict
    source: str
    rows: list

    @property
    def lines(self):
        """The text of its statement, and whose it is."""
        return _wrap(f"{self.told.statement}{self.source}", LETTERS["statement"])

    @property
    def height(self):
        """In lines."""
        return max(2, len(self.lines), sum(row.height for row in self.rows)) + GAP


@style.styled
def draw(tables):
    """The figure, from a `Tables`."""
    listed = [
        _claim(told, tables.claims[tables.claims["claim"] == told.claim])
        for told in claim_verdicts(tables.claims)
    ]
    figure, panels = _columns(sum(claim.height for claim in listed))
    statements, names, forest, verdicts = panels
    top = 0.0
    for claim in listed:
        for axes in panels:
            axes.axhline(top, color="#c8c8c8", linewidth=0.5)
        _write(statements, top, claim.lines)
        _draw_rows(names, forest, top, claim)
        _draw_verdict(verdicts, top, claim.told)
        top += claim.height
    _draw_axis(forest, tables.claims)
    handles = [look.handle() for look in LOOKS.values()]
    handles.append(Patch(facecolor=CLAIMED, label="where the claim puts it"))
    style.legend(figure, handles, loc="lower center", handletextpad=0.2, fontsize=7)
    return figure


def _columns(lines):
    """A figure with a column for each title, side by side and so many lines high."""
    height = TOP + LINE * lines + BOTTOM
    figure = style.new_figure(style.TWO_COLUMNS, height)
    figure.set_layout_engine("none")
    panels, left = [], 0.005
    for title, width in COLUMNS.items():
        place = (left, BOTTOM / height, width / style.TWO_COLUMNS, LINE * lines / height)
        axes = figure.add_axes(place, ylim=(lines, 0), xlim=(0, 1))
        axes.set_title(title, pad=5)
        axes.set_axis_off()
        panels.append(axes)
        left += width / style.TWO_COLUMNS
    return figure, panels


def scaled(contrast):
    """A contrast's estimate and interval, in smallest effects towards what is claimed."""
    towards = -1 if contrast["direction"] in ("less", "not more") else 1
    values = np.array([contrast[name] for name in ("estimate", "ci_low", "ci_high")], dtype=float)
    estimate, *ends = values * towards / (contrast["smallest_effect"] or STEP)
    return np.array([estimate, *sorted(ends)])


def _claim(told, contrasts):
    """A claim from its rows of the table; without rows if the study does not ask for any."""
    groups = []
    for contrast in contrasts[contrasts["contrast"].fillna("") != ""].to_dict("records"):
        if groups and _place(*groups[-1], contrast) is not None:
            groups[-1].append(contrast)
        else:
            groups.append([contrast])
    rows = [Row(_name(group), group) for group in groups]
    return Claim(told, SOURCES[contrasts["edition"].iloc[0]], rows)


def _wrap(text, letters):
    text = text.replace(" - ", " \u2212 ")
    lines = textwrap.wrap(text, letters, break_on_hyphens=False)
    return [line.replace("\xa0", " ") for line in lines]


def _place(*contrasts):
    """The one place at which the names of contrasts of one kind have different words, or None."""
    same = {(contrast["direction"], contrast["smallest_effect"]) for contrast in contrasts}
    names = [contrast["contrast"].split() for contrast in contrasts]
    if len(same) > 1 or len({len(name) for name in names}) > 1:
        return None
    places = [i for i, words in enumerate(zip(*names, strict=True)) if len(set(words)) > 1]
    return places[0] if len(places) == 1 else None


def _name(group):
    """The name of contrasts that share a row, with all words where they differ."""
    words = group[0]["contrast"].split()
    if len(group) > 1:
        place = _place(*group)
        *others, last = [contrast["contrast"].split()[place] for contrast in group]
        others = [word.removesuffix(",") for word in others]
        short = len(others) > 1 and all(word[0].isdigit() for word in others)
        words[place] = f"{others[0]} to {last}" if short else f"{', '.join(others)} and {last}"
    return " ".join(words).replace("_", " ")


def _write(axes, top, lines, place=0.0, **options):
    for i, line in enumerate(lines):
        baseline = top + GAP / 2 + i + 0.75
        axes.text(place, baseline, line, **{"size": SIZE} | options)


def _draw_verdict(axes, top, told):
    """The verdict with its circle, and how many contrasts support the claim."""
    if told.verdict in FILLS:
        fill = FILLS[told.verdict]
        axes.plot(0.08, top + 0.75, **CIRCLE, fillstyle=fill, markersize=4.5)
    _write(axes, top, [told.verdict], 0.18)
    if told.verdict != NOT_TESTED:
        count = f"{told.counts.get(SUPPORTS, 0)} of {sum(told.counts.values())}"
        _write(axes, top + 1, [count], 0.18, color=style.FAINT)


def _draw_rows(names, forest, top, claim):
    """The contrasts of a claim or, if it has none, why."""
    if not claim.rows:
        _write(names, top, _wrap(claim.told.note, LETTERS["contrast"]))
    for row in claim.rows:
        _write(names, top, row.lines)
        middle = top + GAP / 2 + row.height / 2
        _draw_claimed(forest, middle, row)
        places = middle + LANE * (np.arange(len(row.contrasts)) - (len(row.contrasts) - 1) / 2)
        for place, contrast in zip(places, row.contrasts, strict=True):
            if contrast["evidence"] != NOT_TESTED:
                _draw_contrast(forest, place, contrast)
        if all(contrast["evidence"] == NOT_TESTED for contrast in row.contrasts):
            _note_untested(forest, middle)
        top += row.height


def _draw_claimed(axes, middle, row):
    """Shade where a claim puts an effect: beyond the smallest one, or short of one against it."""
    contrast = row.contrasts[0]
    smallest = contrast["smallest_effect"]
    low, high = regions(contrast["direction"], smallest)[0]
    if contrast["direction"] in ("less", "not more"):
        low, high = -high, -low
    ends = [end if np.isinf(end) else end / (smallest or STEP) for end in (low, high)]
    half = LANE * len(row.contrasts) / 2 + 0.1
    left, right = np.clip(ends, -1e3, 1e3)
    axes.fill_betweenx([middle - half, middle + half], left, right, color=CLAIMED, linewidth=0)


def _draw_contrast(axes, place, contrast):
    look = LOOKS[contrast["evidence"]]
    estimate, low, high = scaled(contrast)
    axes.plot([low, high], [place, place], color=look.colour, linewidth=0.9)
    axes.plot(estimate, place, **look.line() | {"markersize": 2.8, "zorder": 3})


def _note_untested(axes, middle):
    place = {"transform": axes.get_yaxis_transform(), "va": "center_baseline"}
    axes.text(0.1, middle, NOT_TESTED, size=SIZE, color=style.FAINT, **place)


def _draw_axis(axes, table):
    """Multiples of the smallest effect, evenly up to one and logarithmic from there."""
    tested = table[table["evidence"] != NOT_TESTED].to_dict("records")
    values = np.array([scaled(contrast) for contrast in tested] or [[0.0]])
    furthest = max(3.0, np.abs(values[np.isfinite(values)]).max(initial=0))
    axes.set_xscale("symlog", linthresh=1, linscale=0.8)
    axes.set_xlim(-1.25 * furthest, 1.25 * furthest)
    ticks = [sign * size for sign in (-1, 1) for size in (1, 10, 100) if size <= furthest]
    axes.set_xticks(sorted([0, *ticks]))
    axes.set_xticks([], minor=True)
    axes.xaxis.set_major_formatter(style.plain)
    axes.axvline(0, **style.REFERENCE)
    axes.set_xlabel("in smallest effects that matter")
    axes.set_axis_on()
    axes.spines["left"].set_visible(False)
    axes.set_yticks([])
