"""Claims: what every contrast shows, beside the verdict that follows; a forest plot.

Contrasts of all units share one axis: an effect is turned so that the claimed
direction is to the right, and divided by the smallest effect that matters. A
contrast with a threshold of its own, such as a cosine, has none and is counted in `STEPS`
instead. Contrasts that differ in a single word of their name, such as the number
of bits, share a row; of a row that begins like the one above, only the rest is written.
"""

import textwrap
from dataclasses import dataclass

import numpy as np
from matplotlib.patches import Patch

from synthgrad.claims.judge import (
    AGAINST,
    CONTRADICTED,
    MIXED,
    NOT_TESTED,
    PARTLY,
    REPRODUCED,
    SUPPORTS,
    UNDECIDED,
)
from synthgrad.claims.robustness import robustness_texts
from synthgrad.claims.telling import OWN, ClaimVerdict, claim_verdicts
from synthgrad.figures import style

CATEGORY = "In one look"
TABLES = ("robustness",)
EXPLORE = "verdict="
CAPTION = r"""
Verdicts on the claims: each claim, the contrasts that its verdict rests on, and the verdict with
how many of them support it. Behind a claim stands its source, if it is not in both editions of the
tutorial. Points are estimates over
\val{seeds/headline} seeds, lines the \val{study/confidence}\,\% intervals that their tests invert,
which a point may hide; an arrow is an end without a bound. Effects are turned so that what is
claimed lies to the right, and given in smallest effects that matter, evenly up to 1 and
logarithmic from there; where a threshold takes the place of one, in twentieths, of times in half
doublings. Shaded: where the claim puts the effect. Colour and form tell what a
contrast shows, after adjustment within a family of claims. Where a
row stands for several levels of a factor, the first is on top. A verdict is fragile if another way
of judging moves it between reproduced or partly and contradicted.
"""

LOOKS = {
    SUPPORTS: style.Look("supports the claim", "#0072b2", "none", "o"),
    UNDECIDED: style.Look("undecided", style.FAINT, "none", "o", filled=False),
    AGAINST: style.Look("against it", "#d55e00", "none", "X"),
}

_EDGE = {"linestyle": "none", "markeredgewidth": 0.7, "markerfacecoloralt": "white"}
_FOR, _NOT = (LOOKS[shown].colour for shown in (SUPPORTS, AGAINST))
SYMBOLS = {
    REPRODUCED: _EDGE | {"marker": "o", "color": _FOR, "markeredgecolor": "none"},
    PARTLY: _EDGE | {"marker": "o", "color": _FOR, "fillstyle": "left"},
    MIXED: _EDGE
    | {"marker": "o", "color": _FOR, "fillstyle": "left", "markerfacecoloralt": _NOT}
    | {"markeredgecolor": "none"},
    CONTRADICTED: _EDGE | {"marker": "X", "color": _NOT, "markeredgecolor": "none"},
    UNDECIDED: _EDGE | {"marker": "o", "color": style.FAINT, "fillstyle": "none"},
    NOT_TESTED: _EDGE | {"marker": ".", "color": style.FAINT},
}
"""What stands before a verdict."""

CLAIMED = "#dcebf5"
STEPS = {"time": 0.5}
STEP = 0.05
"""The unit of a contrast without a smallest effect, by its kind, and of all others."""

LETTERS = {"statement": 59, "contrast": 74}
"""How many letters of a text fit in a line."""

SIZE, LINE = 5.8, 0.082
"""Size of the text in points, and height of its lines in inches."""

TOP, BOTTOM = 0.22, 0.58
COLUMNS = {"claim": 2.26, "contrast": 2.72, "effect, as claimed \u2192": 1.2, "  verdict": 0.86}
"""In inches: what is above and below the lines, and widths."""

LANE = 0.31
"""Distance of levels that share a row, in lines."""

GAP = 0.26
"""Space above the text of a claim and below, in lines, together."""

HEADING = 1.9
"""Height of a heading, in lines."""

LONG = 30
"""So many letters at the beginning of a row are not repeated in the next."""


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

    @property
    def tested(self):
        """Those of its contrasts that are."""
        return [each for each in self.contrasts if each["evidence"] != NOT_TESTED]


@dataclass(frozen=True)
class Claim:
    """A claim with the rows of its contrasts."""

    told: ClaimVerdict
    rows: list

    @property
    def lines(self):
        """The text of its statement, and whose it is."""
        aside = self.told.aside.replace(" ", "\xa0")
        text = f"{self.told.statement} ({aside})" if aside else self.told.statement
        return _wrap(text, LETTERS["statement"])

    @property
    def notes(self):
        """What stands below the verdict: in how many contrasts it has support, whether it is
        fragile, and how many contrasts were tested if not all were."""
        support, *others = self.told.support.split("; ")
        fragile = ", fragile" if "fragile" in self.told.robust else ""
        return [f"{support}{fragile}", *(note for note in others if "tested" in note)]

    @property
    def height(self):
        """In lines."""
        rows = sum(row.height for row in self.rows)
        return max(1 + len(self.notes), len(self.lines), rows) + GAP


@style.styled
def draw(tables):
    """The figure, from a `Tables`."""
    robustness = robustness_texts(tables.robustness)
    groups = {
        title: _listed(claims, robustness) for title, claims in _groups(tables.claims).items()
    }
    heights = [claim.height for listed in groups.values() for claim in listed]
    figure, panels = _columns(sum(heights) + HEADING * len(groups))
    _draw_axis(panels[2], tables.claims)
    top = 0.0
    for title, listed in groups.items():
        _write(panels[0], top + HEADING - 1.3 - GAP / 2, [title], size=7)
        top += HEADING
        for claim in listed:
            _draw_claim(panels, top, claim)
            top += claim.height
    handles = [look.handle() for look in LOOKS.values()]
    handles.append(Patch(facecolor=CLAIMED, label="where the claim puts it"))
    style.legend(figure, handles, loc="lower center", handletextpad=0.2, fontsize=7)
    return figure


def _groups(claims):
    """The claims of others and those of this study, by what stands above them."""
    own = claims["edition"] == OWN
    parts = {
        "Claims of the tutorial and of the DNI paper": claims[~own],
        "Predictions": claims[own],
    }
    return {title: part for title, part in parts.items() if len(part)}


def _listed(claims, robustness):
    rows = dict(list(claims.groupby("claim", sort=False)))
    return [_claim(told, rows[told.claim]) for told in claim_verdicts(claims, robustness)]


def _columns(lines):
    """A figure with a column for each title, side by side and so many lines high."""
    height = TOP + LINE * lines + BOTTOM
    figure = style.new_figure(style.PAGE, height)
    figure.set_layout_engine("none")
    panels, left = [], 0.005
    for title, width in COLUMNS.items():
        place = (left, BOTTOM / height, width / style.PAGE, LINE * lines / height)
        axes = figure.add_axes(place, ylim=(lines, 0), xlim=(0, 1))
        axes.set_title(title, pad=5)
        axes.set_axis_off()
        panels.append(axes)
        left += width / style.PAGE
    return figure, panels


def scaled(contrast):
    """A contrast's estimate and interval, in smallest effects towards what is claimed."""
    values = np.array([contrast[name] for name in ("estimate", "ci_low", "ci_high")], dtype=float)
    estimate, *ends = values * _sign(contrast) / _unit(contrast)
    return np.array([estimate, *sorted(ends)])


def _sign(contrast):
    return -1 if contrast["direction"] in ("less", "not more") else 1


def _unit(contrast):
    return contrast["smallest_effect"] or STEPS.get(contrast["kind"], STEP)


def _claim(told, contrasts):
    """A claim from its rows of the table; without rows if the study does not ask for any."""
    groups = []
    for contrast in contrasts[contrasts["contrast"].fillna("") != ""].to_dict("records"):
        if groups and _place(*groups[-1], contrast) is not None:
            groups[-1].append(contrast)
        else:
            groups.append([contrast])
    names = [_name(group) for group in groups]
    shorter = [_beside(*pair) for pair in zip(["", *names], names)]
    rows = [Row(*pair) for pair in zip(shorter, groups, strict=True)]
    return Claim(told, rows)


def _wrap(text, letters):
    text = text.replace(" - ", "\xa0\u2212 ")
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
        if "-" in last and last.replace("-", "").isdigit():  # sizes of hidden layers
            others = [str(1 + word.count("-")) for word in others]
            last = f"{1 + last.count('-')} layers"
        if len(others) > 1 and all(word[0].isdigit() for word in others):
            words[place] = f"{others[0]} to {last}"
        elif len(others) > 2:
            words[place] = f"{others[0]} and {len(others)} others"
        else:
            words[place] = f"{', '.join(others)} and {last}"
    return " ".join(words).replace("_", " ").replace(" method ", " ")


def _beside(above, name):
    """The name of a row, without a long beginning that it shares with that above."""
    parts = name.split(", ")
    same = 0
    while parts[: same + 1] == above.split(", ")[: same + 1] and same + 1 < len(parts):
        same += 1
    shared = ", ".join(parts[:same])
    return name if len(shared) < LONG else f"\xa0\xa0\xa0and {', '.join(parts[same:])}"


def _write(axes, top, lines, place=0.0, **options):
    for i, line in enumerate(lines):
        baseline = top + GAP / 2 + i + 0.75
        axes.text(place, baseline, line, **{"size": SIZE} | options)


def _draw_claim(panels, top, claim):
    """A claim, its contrasts, and the verdict with its symbol."""
    statements, names, forest, verdicts = panels
    for axes in panels:
        axes.axhline(top, color="#c8c8c8", linewidth=0.5)
    _write(statements, top, claim.lines)
    _draw_rows(names, forest, top, claim)
    verdicts.plot(0.08, top + 0.72, markersize=4.8, **SYMBOLS[claim.told.verdict])
    _write(verdicts, top, [claim.told.verdict], 0.18)
    _write(verdicts, top + 1, claim.notes, 0.18, color=style.FAINT)


def _draw_rows(names, forest, top, claim):
    """The contrasts of a claim or, if it has none, why."""
    if not claim.rows:
        _write(names, top, _wrap(claim.told.note, LETTERS["contrast"]))
    for row in claim.rows:
        _write(names, top, row.lines)
        middle = top + GAP / 2 + row.height / 2
        places = middle + LANE * (np.arange(len(row.contrasts)) - (len(row.contrasts) - 1) / 2)
        if row.tested:
            _draw_claimed(forest, middle, row)
        else:
            _note_untested(forest, middle)
        for place, contrast in zip(places, row.contrasts, strict=True):
            if contrast in row.tested:
                _draw_contrast(forest, place, contrast)
        top += row.height


def _draw_claimed(axes, middle, row):
    """Shade where a claim puts an effect: beyond the smallest one, or short of one against it."""
    contrast = row.tested[0]
    smallest = contrast["smallest_effect"] / _unit(contrast)
    left, right = {
        "same": (-smallest, smallest),
        "not less": (-smallest, np.inf),
        "not more": (-smallest, np.inf),
    }.get(contrast["direction"], (smallest, np.inf))
    half = LANE * len(row.contrasts) / 2 + 0.1
    right = min(right, axes.get_xlim()[1])
    axes.fill_betweenx([middle - half, middle + half], left, right, color=CLAIMED, linewidth=0)


def _draw_contrast(axes, place, contrast):
    """A point, and a line that ends in an arrow where it has no bound."""
    look, limits = LOOKS[contrast["evidence"]], axes.get_xlim()
    estimate, *ends = scaled(contrast)
    estimate = np.clip(estimate, *limits)
    axes.plot(np.clip(ends, *limits), [place, place], color=look.colour, linewidth=0.9)
    for end, limit, arrow in zip(ends, limits, "<>", strict=True):
        if np.isinf(end):
            arrow = {"marker": arrow, "markersize": 2.2, "markeredgewidth": 0, "clip_on": False}
            axes.plot(limit, place, color=look.colour, **arrow)
    axes.plot(estimate, place, **look.line() | {"markersize": 2.8, "zorder": 3})


def _note_untested(axes, middle):
    place = {"transform": axes.get_yaxis_transform(), "va": "center_baseline"}
    axes.text(0.1, middle, NOT_TESTED, size=SIZE, color=style.FAINT, **place)


def _draw_axis(axes, table):
    """Multiples of the smallest effect, evenly up to one and logarithmic from there."""
    tested = table[table["evidence"] != NOT_TESTED].to_dict("records")
    values = [scaled(contrast) for contrast in tested if contrast["kind"] != "identity"]
    values = np.array(values or [[0.0]])
    furthest = max(3.0, np.abs(values[np.isfinite(values)]).max(initial=0))
    axes.set_xscale("symlog", linthresh=1, linscale=0.8)
    axes.set_xlim(-1.25 * furthest, 1.25 * furthest)
    power = 10 ** int(np.log10(furthest))
    axes.set_xticks(sorted({-power, -1, 0, 1, power}))
    axes.set_xticks([], minor=True)
    axes.xaxis.set_major_formatter(style.plain)
    axes.axvline(0, **style.REFERENCE)
    axes.set_xlabel("in smallest effects that matter")
    axes.set_axis_on()
    axes.spines["left"].set_visible(False)
    axes.set_yticks([])
