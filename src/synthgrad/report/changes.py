"""What the findings of the previous version have become, for docs/changes-in-findings.md."""

import pandas as pd

from synthgrad.claims.judge import AGAINST, SUPPORTS, UNDECIDED, verdict
from synthgrad.claims.robustness import COLUMNS as ROBUSTNESS
from synthgrad.report.markdown import markdown_table
from synthgrad.study.tables import read_csv

BEFORE = "history/claims-0.1.0.csv"
"""The table of claims of the version before, below the published tables."""

TODAY = {"opposite": AGAINST, "no difference": AGAINST, SUPPORTS: SUPPORTS, UNDECIDED: UNDECIDED}
"""What a contrast showed, in the words of 0.1.0 and in those of today."""


def changes(folder):
    """Tables of other, same and new verdicts, from a folder of published tables."""
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
            f"## Other verdicts: {len(changed)} of {len(rows)}\n",
            markdown_table(head, changed),
            f"\n## The same verdicts: {len(rows) - len(changed)} of {len(rows)}\n",
            markdown_table(head, [row for row in rows if row not in changed]),
            "\n## New claims\n",
            markdown_table(["claim", "statement", "0.2.0"], new),
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
