"""The claims for the page: verdicts, contrasts, and what other ways of judging make of them."""

from synthgrad.claims.alternatives import OUTCOMES, OWN
from synthgrad.claims.judge import NOT_TESTED
from synthgrad.claims.robustness import AS_IT_IS, robustness_of, robustness_texts
from synthgrad.claims.telling import claim_verdicts, in_numbers
from synthgrad.report.explanation import cells, claimed
from synthgrad.report.explore.curves import rounded


def claims(table, robustness, outcomes):
    """Every claim of the table of claims, with its contrasts and its `judged_again`."""
    epochs = outcomes.groupby(["experiment", "cell"])["epochs"].max().to_dict()
    told = claim_verdicts(table, robustness_texts(robustness))
    return [
        {
            "claim": each.claim,
            "statement": each.statement,
            "source": each.source,
            "written": each.written,
            "changed": each.changed,
            "verdict": each.verdict,
            "support": each.support,
            "robust": each.robust,
            "reasons": robustness_of(robustness, each.claim).reasons,
            "note": each.note,
            "epochs": _longest(table[table["claim"] == each.claim], epochs),
            "contrasts": _contrasts(table[table["claim"] == each.claim]),
            "again": judged_again(robustness[robustness["claim"] == each.claim]),
        }
        for each in told
    ]


def _longest(rows, epochs):
    """The epochs of the longest run that a claim is about, 0 if it is about none."""
    return max((int(epochs.get(cell, 0)) for cell in cells(rows)), default=0)


def _contrasts(rows):
    rows = rows[rows["contrast"].fillna("") != ""]
    return [_contrast(rows.iloc[[i]]) for i in range(len(rows))]


def _contrast(rows):
    """A contrast, from a table with its row alone."""
    row = rows.iloc[0]
    tested = row["evidence"] != NOT_TESTED
    return {
        "name": row["contrast"],
        "claimed": claimed(row),
        "evidence": row["evidence"],
        "numbers": in_numbers(row) if tested else "",
        "estimate": rounded(row[["estimate", "ci_low", "ci_high"]].astype(float)),
        "note": row["note"] if isinstance(row["note"], str) else "",
        "cells": cells(rows),
    }


def judged_again(rows):
    """The rows of a claim in the table of robustness, as the page looks them up."""
    columns = ["alternative", "kind", "budget", "outcome", "effect", "test"]
    columns += ["contrasts", "as_published", "verdict"]
    texts = dict.fromkeys(["budget", "outcome"], "")
    return rows[columns].astype(dict.fromkeys(texts, object)).fillna(texts).to_dict("records")


def switches(robustness):
    """What can be chosen to judge claims again: the values of each choice that is crossed, its own
    first, and the alternatives that are made one at a time."""
    crossed = robustness[robustness["kind"].isin([AS_IT_IS, "crossed"])]
    outcomes = crossed["outcome"].dropna().unique()
    budgets = crossed["budget"].dropna().astype(str).unique()
    alone = robustness[~robustness["kind"].isin([AS_IT_IS, "crossed"])]
    return {
        "budget": sorted(budgets, key=lambda budget: -float(budget.replace("all", "inf"))),
        "outcome": {OWN: "as claimed"}
        | {name: OUTCOMES[name] for name in OUTCOMES if name in outcomes and name != OWN},
        "effect": sorted(crossed["effect"].unique(), key=lambda effect: (effect != 1, effect)),
        "test": list(crossed["test"].unique()),
        "alone": list(alone["alternative"].unique()),
    }
