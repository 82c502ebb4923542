"""The verdicts as they are told: a line a claim, for the README and the paper."""

from dataclasses import dataclass

import numpy as np

from synthgrad.claims.judge import NO_DIFFERENCE, NOT_TESTED, OPPOSITE, SUPPORTS, UNDECIDED
from synthgrad.study import tables as records

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

BEGIN, END = "<!-- verdicts: generated, do not edit -->", "<!-- end of verdicts -->"
"""What the table of verdicts stands between in the README."""

UNPUBLISHED = "The full study has not been published yet; its verdicts will stand here."


@dataclass(frozen=True)
class Line:
    """A claim with its verdict and evidence.

    counts : dict of what contrasts show to how many show it
    weakest : dict, the row of the contrast that supports the claim least, None if none is tested
    note : why a claim that is not tested is not
    """

    claim: str
    statement: str
    edition: str
    part: str
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


def lines(table):
    """The claims of a table as of `claims.judge`, in its order."""
    found = []
    for name, rows in table.fillna({"part": "", "figure": "", "note": ""}).groupby(
        "claim", sort=False
    ):
        first = rows.iloc[0]
        shown = rows["evidence"].value_counts()
        order = [SUPPORTS, UNDECIDED, NO_DIFFERENCE, OPPOSITE, NOT_TESTED]
        found.append(
            Line(
                claim=name,
                statement=first["statement"],
                edition=SOURCES[first["edition"]],
                part=first["part"],
                verdict=first["verdict"],
                figure=first["figure"],
                counts={kind: int(shown[kind]) for kind in order if kind in shown},
                weakest=_weakest(rows),
                note=first["note"] if first["verdict"] == NOT_TESTED else "",
            )
        )
    return found


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


def markdown(table):
    """The verdicts as a Markdown table; a sentence if there is no table yet (None)."""
    if table is None:
        return UNPUBLISHED
    rows = ["| claim | said in | verdict | contrasts in support | the weakest of them | figure |"]
    rows.append("|---|---|---|---|---|---|")
    for line in lines(table):
        where = f"part {line.part}, {line.edition}" if line.part else line.edition
        figure = f"[{line.figure}](figures/{line.figure}.png)" if line.figure else ""
        evidence = _evidence(line.weakest) if line.weakest else line.note
        cells = [line.statement, where, f"**{line.verdict}**", line.support, evidence, figure]
        rows.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(rows)


def _evidence(row):
    p_value = row["p_adjusted"]
    p_text = (
        "" if np.isnan(p_value) else ", p < 0.001" if p_value < 0.001 else f", p = {p_value:.3f}"
    )
    return (
        f"{row['contrast']}: {row['estimate']:.3g} [{row['ci_low']:.3g}, {row['ci_high']:.3g}]"
        f"{p_text}, n = {row['n']}"
    )


def with_verdicts(readme, path):
    """The text of a README with the verdicts of a table of claims, if the file is there.

    Raises
    ------
    ValueError
        If the README does not have the markers, in order.
    """
    before, begin, rest = readme.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"the README must have the lines {BEGIN} and {END}")
    table = records.read_csv(path) if path.exists() else None
    return f"{before}{BEGIN}\n\n{markdown(table)}\n\n{END}{after}"
