"""The verdicts that `judge` decides, as they are told: a claim at a time, and as a table for the
documents, the paper and the HTML report."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from synthgrad.claims.judge import AGAINST, NOT_TESTED, SUPPORTS, UNDECIDED, VERDICTS


class Source(NamedTuple):
    """How the source of a claim is written: in a column, and in a word behind the claim, if that
    needs saying."""

    name: str
    aside: str = ""


SOURCES = {
    "first": Source("21 March 2017", "first"),
    "later": Source("23 March 2017", "later"),
    "both": Source("both"),
    "paper": Source("DNI paper", "DNI paper"),
    "this study": Source("this study"),
}
"""By the edition that a claim says."""

TUTORIAL = ("first", "later", "both")
"""Those of them that are editions of the tutorial."""

OWN = "this study"
"""The source of predictions."""

WRITTEN = ("before the first results", "after the first results", "after a pilot")
"""When a claim may have been written."""

FAVOUR = (AGAINST, UNDECIDED, SUPPORTS)
"""What a tested contrast may show, the least favourable first."""


@dataclass(frozen=True)
class ClaimVerdict:
    """A claim with its verdict and evidence.

    source, aside : where the claim is made; the same in a word, "" if that needs no saying
    written, changed : when it was written; what was changed in its contrasts since, or ""
    tested : how many of its contrasts were, as ``4 of 7``
    counts : dict of what contrasts show to how many show it
    weakest : dict, the row of the contrast that supports the claim least, None if none is tested
    note : why a claim that is not tested is not
    robust : how many alternatives change the verdict, "" if none was tried
    """

    claim: str
    statement: str
    source: str
    aside: str
    written: str
    changed: str
    verdict: str
    figure: str
    tested: str
    counts: dict
    weakest: dict | None
    note: str
    robust: str

    @property
    def history(self):
        """When it was written, and whether its contrasts were changed since."""
        return f"{self.written}; changed since" if self.changed else self.written

    @property
    def support(self):
        """What its contrasts show, and how many were tested if not all were:
        ``3 of 5; 2 undecided; 5 of 7 tested``."""
        counts = {shown: n for shown, n in self.counts.items() if shown != NOT_TESTED}
        others = [f"{counts[shown]} {shown}" for shown in (UNDECIDED, AGAINST) if shown in counts]
        parts = [f"{counts.get(SUPPORTS, 0)} of {sum(counts.values())}"] if counts else []
        parts += [", ".join(others)] if others else []
        parts += [f"{self.tested} tested"] if NOT_TESTED in self.counts else []
        return "; ".join(parts)

    @property
    def supported(self):
        """The first part of that: in how many of its contrasts it has support."""
        return self.support.partition(";")[0]

    @property
    def least_favourable(self):
        """The contrast that supports it least, in numbers; or why it is not tested."""
        if self.weakest is None:
            return self.note
        return f"{self.weakest['contrast']}: {in_numbers(self.weakest)}"


class Column(NamedTuple):
    """A column of the table of verdicts.

    heading : what stands above it
    text : what a `ClaimVerdict` has in it
    narrow : its heading in the narrow table; "" if it is not there
    short : the text there, if it is another
    """

    heading: str
    text: Callable
    narrow: str = ""
    short: Callable | None = None


ALTERNATIVES = "alternatives that change it"

COLUMNS = (
    Column("claim", lambda told: told.statement, "Claim"),
    Column("said in", lambda told: told.source, "said in"),
    Column("written", lambda told: told.history),
    Column("verdict", lambda told: told.verdict, "verdict"),
    Column(
        "contrasts in support",
        lambda told: told.support,
        "in support",
        lambda told: told.supported,
    ),
    Column(ALTERNATIVES, lambda told: told.robust, "changed by"),
    Column("least favourable comparison", lambda told: told.least_favourable),
    Column("figure", lambda told: told.figure),
)
"""The table of verdicts; the narrow one is that of the paper, whose appendix has all contrasts."""


def verdict_table(claims, robustness=None):
    """The rows of the table of verdicts, as dicts of heading to text, from the same as
    `claim_verdicts`; on alternatives only if they were tried."""
    columns = [column for column in COLUMNS if column.heading != ALTERNATIVES or robustness]
    return [
        {column.heading: column.text(told) for column in columns}
        for told in claim_verdicts(claims, robustness)
    ]


def narrow_verdict_table(claims, robustness):
    """The rows of the narrow table of verdicts, likewise."""
    return [
        {column.narrow: (column.short or column.text)(told) for column in COLUMNS if column.narrow}
        for told in claim_verdicts(claims, robustness)
    ]


def claim_verdicts(claims, robustness=None):
    """The claims of a table of `judge`, in its order.

    robustness : dict of claim to how many alternatives change its verdict, in words
    """
    texts = ("part", "figure", "note", "changed")
    claims = claims.astype(dict.fromkeys(texts, object)).fillna(dict.fromkeys(texts, ""))
    robustness = robustness or {}
    return [
        _claim_verdict(rows, robustness.get(claim, ""))
        for claim, rows in claims.groupby("claim", sort=False)
    ]


def _claim_verdict(rows, robust):
    first = rows.iloc[0]
    source = SOURCES[first["edition"]]
    return ClaimVerdict(
        **first[["claim", "statement", "written", "changed", "verdict", "figure"]],
        source=f"{source.name}, part {first['part']}" if first["part"] else source.name,
        aside=source.aside,
        tested=first["tested_contrasts"],
        counts=rows["evidence"].value_counts().to_dict(),
        weakest=_weakest(rows),
        note=first["note"] if first["verdict"] == NOT_TESTED else "",
        robust=robust,
    )


def _weakest(rows):
    """The contrast that speaks least for a claim, as a row."""
    tested = rows[rows["evidence"] != NOT_TESTED].to_dict("records")
    return min(tested, key=_favour, default=None)


def _favour(row):
    """What contrasts are ordered by, the least favourable first: by what they show; then by the
    p-value of that; then, as many have the smallest that there can be, by the estimate."""
    shown, p_value = FAVOUR.index(row["evidence"]), np.nan_to_num(deciding(row))
    distance = towards(row) * row["estimate"] / (row["smallest_effect"] or 1)
    return shown, p_value if row["evidence"] == AGAINST else -p_value, distance


def towards(row):
    """The sign of estimates that lie towards what a contrast claims."""
    if row["direction"] == "same":
        return -1 if row["estimate"] > 0 else 1
    return 1 if row["direction"] in ("more", "not less") else -1


def deciding(row):
    """The p-value, after Holm, of what a contrast shows: against its claim, or else for it."""
    return row["p_against_holm"] if row["evidence"] == AGAINST else row["p_supports_holm"]


def in_numbers(row):
    """What a tested contrast comes to: estimate, interval, deciding p-value and seeds."""
    n = f"n = {int(row['n'])}"
    if row["kind"] == "identity":
        return f"largest difference {number(row['estimate'])}, {n}"
    side = "against" if row["evidence"] == AGAINST else "for"
    p_value = deciding(row)
    p_text = "p < 0.001" if p_value < 0.001 else f"p = {p_value:.3f}"
    bounds = interval(row["ci_low"], row["ci_high"])
    text = f"{number(row['estimate'])} {bounds}, {p_text} {side} it, {n}"
    lost = diverged(row)
    return f"{text}; {lost}" if lost else text


def diverged(row):
    """On how many seeds either side of a contrast diverged, "" if on none."""
    counts = [row["arm_diverged"], row["reference_diverged"]]
    if not np.nansum(np.array(counts, dtype=float)):
        return ""
    return f"diverged: arm {int(counts[0])}, reference {int(counts[1])}"


def number(value):
    """Three digits of a number; whole ones of a large one; a sign for one without bounds."""
    if np.isinf(value):
        return "∞" if value > 0 else "-∞"
    return f"{value:.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def interval(low, high):
    """An interval, open where it has no bound: ``[0.2, 0.3]``, ``[0.2, ∞)``."""
    left, right = "(" if np.isinf(low) else "[", ")" if np.isinf(high) else "]"
    return f"{left}{number(low)}, {number(high)}{right}"


def history(claims):
    """When claims were written, and how many were changed since, in words."""
    told = claim_verdicts(claims)
    counts = {when: sum(each.written == when for each in told) for when in WRITTEN}
    parts = [f"{when} ({count})" for when, count in counts.items() if count]
    changed = sum(bool(each.changed) for each in told)
    return (
        f"The {len(told)} claims were written {joined(parts)}; what is asked of "
        f"{changed or 'none'} was changed since the first results"
    )


def verdicts_counted(claims):
    """How many claims have each verdict, in words."""
    found = [each.verdict for each in claim_verdicts(claims)]
    return joined([f"{found.count(each)} {each}" for each in VERDICTS if each in found])


def joined(parts):
    """``a``, ``a and b`` or ``a, b and c``."""
    *others, last = parts
    return f"{', '.join(others)} and {last}" if others else last
