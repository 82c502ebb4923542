"""The claims under alternatives: how many verdicts change, which are fragile, and by what."""

from synthgrad.claims.comparisons import SIGNED_RANKS
from synthgrad.claims.robustness import robustness_of
from synthgrad.report import tex
from synthgrad.report.paper import numbers
from synthgrad.report.tex import MISSING
from synthgrad.statistics.estimates import PRIMARY


def bearing(run):
    """The `Robustness` of each claim to which an alternative applies, by its id."""
    found = {claim: robustness_of(run.robustness, claim) for claim in run.claims["claim"].unique()}
    return {claim: each for claim, each in found.items() if each.applicable}


@numbers
def robustness_values(run):
    """How many claims are judged again, and which verdicts are fragile."""
    found = bearing(run)
    fragile = [claim for claim, each in found.items() if each.fragile]
    counts = [each.applicable for each in found.values()]
    texts = {
        "robustness/claims/count": str(len(found)),
        "robustness/steady/count": str(sum(not each.changed for each in found.values())),
        "robustness/fragile/count": str(len(fragile)),
        "robustness/fragile/list": tex.listing(map(tex.escape, fragile)),
        "robustness/alternatives/most": str(max(counts)) if counts else MISSING,
    }
    for claim in run.claims["claim"].unique():
        texts[f"claim/{claim}/robustness"] = found[claim].text if claim in found else MISSING
    return texts | within_budgets(run.robustness)


def within_budgets(robustness):
    """The verdict on each claim by the score of so many first epochs, all else as it is."""
    rows = robustness[
        (robustness["kind"] == "crossed")
        & (robustness["outcome"] == PRIMARY)
        & (robustness["effect"] == 1)
        & (robustness["test"] == SIGNED_RANKS)
    ]
    return {
        f"claim/{row['claim']}/within/{row['budget']}": row["verdict"]
        for row in rows.to_dict("records")
    }
