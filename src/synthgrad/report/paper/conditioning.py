"""The sets of conditions: which is best, and what each condition adds."""

from synthgrad.report import tex
from synthgrad.report.paper import numbers, table
from synthgrad.report.tex import MISSING, fixed, interval


def of_conditioning(rows):
    """The rows of a table that are of the experiment on sets of conditions."""
    return rows[rows["experiment"] == "conditioning"]


@numbers
def ranking_values(run):
    """The set of conditions with the highest mean, and how sure it is."""
    ranking = of_conditioning(run.ranking)
    first, *_ = ranking.to_dict("records") or [{}]
    near = ranking["p_near_best"] >= 0.05 if first else []
    return {
        "ranking/first": tex.escape(first.get("conditions", MISSING)),
        "ranking/first/mean": fixed(first.get("mean")),
        "ranking/first/p": fixed(first.get("p_best"), 2),
        "ranking/near/count": str(int(sum(near))) if first else MISSING,
        "ranking/count": str(len(ranking)) if first else MISSING,
    }


@table("ranking")
def ranking_table(run):
    """The sets of conditions, best first, with the probabilities of being best and near it."""
    lines = [
        tex.row(
            tex.escape(row["conditions"]),
            *(fixed(row[name]) for name in ("mean", "p_best", "p_near_best")),
        )
        for row in of_conditioning(run.ranking).to_dict("records")
    ]
    header = [tex.row("Conditions", "score", "best", "near best")]
    return tex.table("lrrr", header, [lines])


@table("factorial")
def factorial_table(run):
    """Main effects and two-way interactions of the conditions."""
    rows = of_conditioning(run.factorial).to_dict("records")
    blocks = [
        [
            tex.row(
                tex.escape(row["effect"]),
                fixed(row["estimate"]),
                interval(row["ci_low"], row["ci_high"]),
                tex.p_value(row["p_adjusted"]),
            )
            for row in rows
            if ("+" in row["effect"]) == interaction
        ]
        for interaction in (False, True)
    ]
    header = [tex.row("Effect", tex.span(2, "difference"), "$p$")]
    return tex.table("lr@{~}lr", header, [block for block in blocks if block])
