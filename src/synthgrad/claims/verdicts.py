"""The verdicts as they are told: a claim at a time, and as a table for the README, the paper and
the HTML report."""

from dataclasses import dataclass

import numpy as np

from synthgrad.claims.judge import NO_DIFFERENCE, NOT_TESTED, OPPOSITE, SUPPORTS, UNDECIDED

SOURCES = {
    "first": "21 March 2017",
    "later": "23 March 2017",
    "both": "both",
    "paper": "DNI paper",
    "this study": "this study",
}
"""How the source of a claim is written."""

TUTORIAL = ("first", "later", "both")
"""Those of them that are editions of the tutorial."""


@dataclass(frozen=True)
class ClaimVerdict:
    """A claim with its verdict and evidence.

    source : where the claim is made
    counts : dict of what contrasts show to how many show it
    weakest : dict, the row of the contrast that supports the claim least, None if none is tested
    note : why a claim that is not tested is not
    """

    claim: str
    statement: str
    source: str
    verdict: str
    figure: str
    counts: dict
    weakest: dict | None
    note: str

    @property
    def support(self):
        """How many contrasts support it and what others show: ``3 of 5; 2 undecided``."""
        others = [f"{n} {shown}" for shown, n in self.counts.items() if shown != SUPPORTS]
        total = sum(self.counts.values())
        text = f"{self.counts.get(SUPPORTS, 0)} of {total}"
        return "; ".join([text, ", ".join(others)]) if others else text

    @property
    def least_favourable(self):
        """The contrast that supports it least, in numbers; or why it is not tested."""
        if self.weakest is None:
            return self.note
        row = self.weakest
        return (
            f"{row['contrast']}: {row['estimate']:.3g} [{row['ci_low']:.3g}, {row['ci_high']:.3g}]"
            f"{_p_text(row['p_adjusted'])}, n = {row['n']}"
        )


def _p_text(p_value):
    if np.isnan(p_value):
        return ""
    return ", p < 0.001" if p_value < 0.001 else f", p = {p_value:.3f}"


COLUMNS = {
    "claim": lambda told: told.statement,
    "said in": lambda told: told.source,
    "verdict": lambda told: told.verdict,
    "contrasts in support": lambda told: told.support,
    "least favourable comparison": lambda told: told.least_favourable,
    "figure": lambda told: told.figure,
}
"""The table of verdicts: its columns in order, and what text a `ClaimVerdict` has in each."""


def verdict_table(claims):
    """The rows of the table of verdicts, as dicts of column to text; from a table of `judge`."""
    return [
        {column: text(told) for column, text in COLUMNS.items()} for told in claim_verdicts(claims)
    ]


def claim_verdicts(claims):
    """The claims of a table of `judge`, in its order."""
    claims = claims.fillna({"part": "", "figure": "", "note": ""})
    return [_claim_verdict(rows) for _, rows in claims.groupby("claim", sort=False)]


def _claim_verdict(rows):
    first = rows.iloc[0]
    source = SOURCES[first["edition"]]
    shown = rows["evidence"].value_counts()
    order = [SUPPORTS, UNDECIDED, NO_DIFFERENCE, OPPOSITE, NOT_TESTED]
    return ClaimVerdict(
        claim=first["claim"],
        statement=first["statement"],
        source=f"{source}, part {first['part']}" if first["part"] else source,
        verdict=first["verdict"],
        figure=first["figure"],
        counts={kind: int(shown[kind]) for kind in order if kind in shown},
        weakest=_weakest(rows),
        note=first["note"] if first["verdict"] == NOT_TESTED else "",
    )


def _weakest(rows):
    """The contrast that speaks most against a claim; of equals the one with the largest p-value."""
    tested = rows[rows["evidence"] != NOT_TESTED]
    if tested.empty:
        return None
    order = [OPPOSITE, NO_DIFFERENCE, UNDECIDED, SUPPORTS]
    rank = tested["evidence"].map(order.index)
    least = tested[rank == rank.min()]
    p_values = least["p_adjusted"].fillna(0)
    # What is opposed is opposed most clearly where the p-value is small, what is not least.
    place = p_values.argmin() if rank.min() == 0 else p_values.argmax()
    return least.iloc[int(place)].to_dict()
