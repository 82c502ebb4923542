"""From claims and the tables of a run to verdicts: the rule.

The claims are data (`config/claims.yaml`). Their schema tells the rule that
`evidence` and `verdict` follow.
"""

import numpy as np
import pandas as pd

from synthgrad.claims.comparisons import compare, repetitions, untested
from synthgrad.claims.contrasts import arrange
from synthgrad.statistics import ONE_SIDED
from synthgrad.statistics.multiplicity import holm
from synthgrad.statistics.streams import stream

SUPPORTS, AGAINST, UNDECIDED, NOT_TESTED = "supports", "against", "undecided", "not tested"
"""What a contrast shows."""

VERDICTS = REPRODUCED, PARTLY, MIXED, CONTRADICTED = (
    "reproduced",
    "partly",
    "mixed",
    "contradicted",
)
"""Verdicts, besides `UNDECIDED` and `NOT_TESTED`."""
VERDICTS += (UNDECIDED, NOT_TESTED)

ABOUT = ["claim", "edition", "part", "statement", "written", "changed", "figure", "family"]
"""What a row says of its claim."""

COLUMNS = [
    *ABOUT,
    *("verdict", "tested_contrasts", "contrast", "kind", "measure", "direction"),
    *("smallest_effect", "arm_cells", "reference_cells", "n", "arm_diverged", "reference_diverged"),
    *("estimate", "ci_low", "ci_high", "p_supports", "p_against", "p_supports_holm"),
    *("p_against_holm", "alone", "evidence", "note"),
]
"""Columns of the table of claims, which has a row for each contrast."""


def judge(claims, runs, outcomes, seed, seconds=None):
    """Judge claims by the tables of a run, that of `speedup.to_95` (`seconds`) among them if it
    has one.

    Returns
    -------
    DataFrame with `COLUMNS`, a row a contrast; all rows of a claim have its verdict
    """
    return judged(claims, all_repetitions(arrange(runs, outcomes, seconds), claims), seed)


def all_repetitions(results, claims):
    """The contrasts of all claims with their results: triples of claim, results and contrast."""
    return [
        (name, results, repetition)
        for name, claim in claims.items()
        for contrast in claim.get("contrasts", [])
        if "not_tested" not in claim
        for repetition in repetitions(results, contrast)
    ]


def judged(claims, asked, seed):
    """The table of claims from what is asked, as of `all_repetitions`."""
    rows = []
    for name, results, contrast in asked:
        rng = stream(seed, "claim", name, contrast["name"])
        rows.append(about(name, claims[name]) | compare(results, contrast, rng))
    for name, claim in claims.items():
        if "not_tested" in claim:
            rows.append(about(name, claim) | untested(claim["not_tested"]))
    order = {name: place for place, name in enumerate(claims)}
    rows.sort(key=lambda row: order[row["claim"]])
    table = pd.DataFrame(rows).reindex(columns=[*COLUMNS, "tested"])
    table = with_evidence(table, ["family"])
    table["alone"] = [evidence(row) for row in table.to_dict("records")]
    by_claim = table.groupby("claim")["evidence"]
    table["verdict"] = by_claim.transform(verdict)
    table["tested_contrasts"] = by_claim.transform(how_many_tested)
    counts = dict.fromkeys(("n", "arm_diverged", "reference_diverged"), "Int64")
    return table[COLUMNS].astype(counts)


def with_evidence(table, family):
    """A table of contrasts with what each shows, given the columns whose values a family shares.

    P-values are adjusted after Holm within a family, those for claims and those against
    them apart: each at 2.5 %, so that within a family any wrong decision has a
    chance of at most 5 %.
    """
    for p_value in ("p_supports", "p_against"):
        table[f"{p_value}_holm"] = table.groupby(family)[p_value].transform(holm)
    shown = [evidence(row, "_holm") for row in table.to_dict("records")]
    return table.assign(evidence=shown)


def about(name, claim):
    """What a row says of its claim."""
    return (
        dict.fromkeys(ABOUT, "")
        | {key: claim[key] for key in ABOUT if key in claim}
        | {"claim": name}
    )


def evidence(row, adjusted=""):
    """What a contrast shows, from a row of `compare`: with the suffix of adjusted p-values after
    Holm, without it alone, as its interval says."""
    if not row["tested"]:
        return NOT_TESTED
    if row["kind"] == "identity":
        return SUPPORTS if row["estimate"] == 0 else AGAINST
    if row[f"p_supports{adjusted}"] <= ONE_SIDED:
        return SUPPORTS
    return AGAINST if row[f"p_against{adjusted}"] <= ONE_SIDED else UNDECIDED


def verdict(shown):
    """The verdict on a claim from what each of its contrasts shows."""
    tested = [each for each in shown if each != NOT_TESTED]
    if not tested:
        return NOT_TESTED
    supports, against = tested.count(SUPPORTS), tested.count(AGAINST)
    if supports == len(tested):
        return REPRODUCED
    if supports:
        return MIXED if against else PARTLY
    return CONTRADICTED if against else UNDECIDED


def how_many_tested(shown):
    """How many contrasts of a claim were tested, as ``5 of 7``."""
    return f"{np.sum(shown != NOT_TESTED)} of {len(shown)}"
