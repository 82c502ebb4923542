"""What became of the findings of the version before, as a page: docs/changes-in-findings.md."""

from pathlib import Path

import pandas as pd

from synthgrad.claims.judge import AGAINST, SUPPORTS, UNDECIDED, verdict
from synthgrad.claims.robustness import COLUMNS as ROBUSTNESS
from synthgrad.report.readme import markdown_table
from synthgrad.study.tables import read_csv

BEFORE = "history/claims-0.1.0.csv"
"""The table of claims of the version before, below the published tables."""

TODAY = {"opposite": AGAINST, "no difference": AGAINST, SUPPORTS: SUPPORTS, UNDECIDED: UNDECIDED}
"""What a contrast showed, in the words of 0.1.0 and in those of today."""

INTRODUCTION = """\
# Changes in findings, from 0.1.0 to 0.2.0

This page is generated from the claims of both versions,
[published/{before}](../published/{before}) and [published/claims.csv](../published/claims.csv).

No number of 0.1.0 comes back in 0.2.0: all was trained anew, otherwise. What differs for every
claim:

- **Seeds.** 0 to 29 in 0.1.0; 100 to 129, which had not been looked at, in 0.2.0, and 15 of them
  in side experiments.
- **Budget.** 100 epochs for sums and 25 for digits in 0.1.0; 600 for the headline, 300 for other
  experiments on sums and 100 for digits in 0.2.0.
- **Search of step sizes.** A fixed grid of 143 points, best on an edge of it for many arms, in
  0.1.0; all decades, then points beside the best, in 0.2.0. There the control is in every search:
  generators may be switched off.
- **Rule.** In 0.1.0 a contrast came out *opposite*, as *no difference* or *undecided* where it
  did not support its claim, and some support made a claim *partly* reproduced whatever the rest
  showed. In 0.2.0 opposite and too little to matter both count as *against*; support beside
  evidence against is *mixed*, and no support beside evidence against is *contradicted*. What is
  not known helps neither side.
- **Arithmetic.** 0.2.0 gives the same bits on every CPU; 0.1.0 did not.

The third column has the contrasts of 0.1.0 under the words of 0.2.0, so a change from the second
to the third is one of words alone. A change from the third to the fourth is one of findings. Why
is told as far as the tables can tell it: what is asked now (*contrasts*); how the contrasts that
both versions ask by the same name came out; and, where a claim was judged over its first 100
epochs too, whether that *budget* gives another verdict. What seeds, search and the two tests did
to a contrast cannot be told apart: no run changed one of them alone.
"""


def page(published):
    """The page, from the folder of published tables."""
    folder = Path(published)
    before, now = read_csv(folder / BEFORE), read_csv(folder / "claims.csv")
    shorter = _over_100_epochs(read_csv(folder / "robustness.csv", ROBUSTNESS))
    before["evidence"] = before["evidence"].map(TODAY)
    asked_before = dict(list(before.groupby("claim")))
    rows, new = [], []
    for claim, contrasts in now.groupby("claim", sort=False):
        if claim in asked_before:
            rows.append(_compared(claim, asked_before[claim], contrasts, shorter.get(claim)))
        else:
            new.append([f"`{claim}`", contrasts["statement"].iloc[0], contrasts["verdict"].iloc[0]])
    head = ["claim", "0.1.0", "0.1.0, in the words of 0.2.0", "0.2.0", "why"]
    changed = [row for row in rows if row[2] != row[3]]
    return "\n".join(
        [
            INTRODUCTION.format(before=BEFORE),
            f"## Other verdicts: {len(changed)} of {len(rows)}\n",
            markdown_table(head, changed),
            f"\n## The same verdicts: {len(rows) - len(changed)} of {len(rows)}\n",
            markdown_table(head, [row for row in rows if row not in changed]),
            "\n## New claims\n",
            markdown_table(["claim", "statement", "0.2.0"], new),
            "",
        ]
    )


def _compared(claim, before, now, shorter):
    """A row of the page: a claim then and now; `shorter` is its verdict over 100 epochs."""
    found = now["verdict"].iloc[0]
    return [
        f"`{claim}`",
        before["verdict"].iloc[0],
        verdict(list(before["evidence"])),
        found,
        " ".join(_reasons(before, now, shorter if shorter != found else None)),
    ]


def _reasons(before, now, shorter):
    """What is known of why a verdict changed, or could have, as sentences."""
    changed = now["changed"].iloc[0]
    if pd.notna(changed) and changed:
        yield f"*Contrasts*: {changed}"
    both = before.merge(now, on="contrast", suffixes=("_before", "_now"))
    otherwise = (both["evidence_before"] != both["evidence_now"]).sum()
    asked = f"{len(before)} contrasts then, {len(now)} now"
    yield f"{asked}; of {len(both)} by the same name {otherwise} came out otherwise."
    if shorter is not None:
        yield f"*Budget*: over the first 100 epochs it is {shorter}."


def _over_100_epochs(robustness):
    """The verdict of each claim over its first 100 epochs, all else as published."""
    asked = robustness["alternative"] == "100 epochs, score, smallest effect x 1, signed ranks"
    return robustness[asked].set_index("claim")["verdict"].to_dict()
