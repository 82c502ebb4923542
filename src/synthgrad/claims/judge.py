"""From claims and the tables of a run to verdicts: the rule.

The claims are data (`config/claims.yaml`). Their schema tells the rule that
`evidence` and `verdict` follow.
"""

import pandas as pd

from synthgrad.claims.comparisons import DIFFERENCES, compare, regions, repetitions, untested
from synthgrad.claims.contrasts import arrange
from synthgrad.statistics.multiplicity import SIGNIFICANCE, holm
from synthgrad.statistics.streams import stream

SUPPORTS, OPPOSITE, NO_DIFFERENCE, UNDECIDED = "supports", "opposite", "no difference", "undecided"
"""What a contrast shows, if it is tested."""

REPRODUCED, PARTLY, NOT_REPRODUCED, NOT_TESTED = VERDICTS = (
    "reproduced",
    "partly",
    "not reproduced",
    "not tested",
)

COLUMNS = [
    *("claim", "edition", "statement", "contrast", "estimate", "ci_low", "ci_high", "p_adjusted"),
    *("n", "verdict", "evidence", "note", "part", "figure", "direction", "smallest_effect"),
]
"""Columns of the table of claims, which has a row for each contrast."""


def judge(claims, runs, outcomes, resamples, seed, seconds=None):
    """Judge claims by the tables of a run, that of `speedup.to_95` (`seconds`) among them if it
    has one.

    Each contrast draws from a random stream of its own, and p-values are
    adjusted after Holm within a family: those of the claims, and apart from them
    those of the question that a claim does not ask.

    Returns
    -------
    DataFrame with `COLUMNS`, a row a contrast; all rows of a claim have its verdict
    """
    results = arrange(runs, outcomes, seconds)
    rows = []
    for name, claim in claims.items():
        about = {"claim": name, "part": "", "figure": "", "contrast": ""} | claim
        if "not_tested" in claim:
            rows.append(about | untested(claim["not_tested"]))
            continue
        for contrast in claim["contrasts"]:
            for repetition in repetitions(results, contrast):
                rng = stream(seed, "claim", name, repetition["name"])
                rows.append(about | compare(results, repetition, rng, resamples))
    table = pd.DataFrame(rows)
    for p_value in ("p_adjusted", "p_other"):
        table[p_value] = table.groupby("family")[p_value].transform(holm)
    table["evidence"] = [evidence(row) for row in table.to_dict("records")]
    table["verdict"] = table.groupby("claim")["evidence"].transform(verdict)
    return table[COLUMNS]


def evidence(row):
    """What a contrast shows, from a row of `compare` with adjusted p-values."""
    if not row["tested"]:
        return NOT_TESTED
    if row["kind"] == "identity":
        return SUPPORTS if row["estimate"] == 0 else OPPOSITE

    def within(region):
        return region[0] < row["ci_low"] and row["ci_high"] < region[1]

    claimed, opposite = regions(row["direction"], row["smallest_effect"])
    if row["p_adjusted"] < SIGNIFICANCE and within(claimed):
        return SUPPORTS
    claims_difference = row["direction"] in DIFFERENCES
    p_difference = row["p_adjusted" if claims_difference else "p_other"]
    if p_difference < SIGNIFICANCE and any(map(within, opposite)):
        return OPPOSITE
    if claims_difference and row["p_other"] < SIGNIFICANCE:
        return NO_DIFFERENCE
    return UNDECIDED


def verdict(shown):
    """The verdict on a claim from what each of its contrasts shows."""
    if all(each == NOT_TESTED for each in shown):
        return NOT_TESTED
    supports = [each == SUPPORTS for each in shown]
    return REPRODUCED if all(supports) else PARTLY if any(supports) else NOT_REPRODUCED
