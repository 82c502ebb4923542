"""The claims: verdicts, counted and one by one, and the contrasts behind them."""

from itertools import groupby

from synthgrad.claims.judge import NOT_REPRODUCED, NOT_TESTED, REPRODUCED, VERDICTS
from synthgrad.claims.verdicts import TUTORIAL, claim_verdicts, verdict_table
from synthgrad.report import tex
from synthgrad.report.paper import numbers, table
from synthgrad.report.tex import MISSING, fixed, interval, magnitude
from synthgrad.statistics.estimates import SMALLEST_EFFECT


@numbers
def claim_values(run):
    """The verdicts, counted and claim by claim."""
    told = claim_verdicts(run.claims)
    texts = {
        "claims/count": str(len(told)),
        "claims/contrasts": str(len(run.claims)),
        "claims/smallest-effect": fixed(SMALLEST_EFFECT, 2),
    }
    of_tutorial = run.claims["edition"].isin(TUTORIAL) & (run.claims["verdict"] != NOT_TESTED)
    texts["claims/outcome"] = outcome(set(run.claims.loc[of_tutorial, "verdict"]))
    for verdict in VERDICTS:
        count = sum(each.verdict == verdict for each in told)
        texts[f"claims/{verdict.replace(' ', '-')}/count"] = str(count)
    open_ids = [each.claim for each in told if each.verdict == NOT_TESTED]
    texts["claims/not-tested/list"] = tex.listing(map(tex.escape, open_ids))
    for each in told:
        texts[f"claim/{each.claim}"] = each.verdict
        texts[f"claim/{each.claim}/support"] = each.support
    return texts


def outcome(verdicts):
    """What a replication journal puts before a title, by the verdicts on the tutorial's claims."""
    if verdicts == {REPRODUCED}:
        return "[Re]"
    return r"[\textlnot Re]" if verdicts == {NOT_REPRODUCED} else "[Re, in part]"


COLUMNS = {
    "claim": ("Claim", tex.paragraph("86mm"), "{}"),
    "said in": ("said in", tex.paragraph("27mm"), "{}"),
    "verdict": ("verdict", "l", r"\verdict{{{}}}"),
    "contrasts in support": ("in support", tex.paragraph("30mm"), "{}"),
    "figure": ("fig.", "l", r"\figureof{{{}}}"),
}
"""The columns of the table of verdicts that fit on a page: heading, width, and how a text is
marked. The appendix has the contrasts."""


@table("claims")
def claims_table(run):
    """Every claim with its verdict and how many contrasts support it."""

    def cell(column, text):
        return COLUMNS[column][2].format(tex.escape(text)) if text else ""

    lines = [
        tex.row(*(cell(column, row[column]) for column in COLUMNS)) + "[2pt]"
        for row in verdict_table(run.claims)
    ]
    headings, widths, _ = zip(*COLUMNS.values(), strict=True)
    return tex.table("".join(widths), [tex.row(*headings)], [lines])


@table("evidence")
def evidence(run):
    """Every contrast of every claim: estimate, interval, p-value, n and what it shows.

    A run of paragraphs, not a table, which fills columns and goes over pages.
    """
    lines = []
    for claim, rows in run.claims.groupby("claim", sort=False):
        lines.append(rf"\evidenceof{{{tex.escape(claim)}}}")
        named = [(_name(row), row) for row in rows.to_dict("records")]
        for stem, group in groupby(named, lambda pair: _stem(pair[0])):
            alike = list(group)
            if len(alike) == 1:
                lines.append(r"\evidence" + _evidence(*alike[0]))
                continue
            lines.append(rf"\evidencestem{{{tex.escape(stem)}}}")
            for name, row in alike:
                lines.append(r"\evidencepart" + _evidence(name.removeprefix(f"{stem}, "), row))
    return "\n".join([*lines, ""])


def _name(row):
    """What a contrast is called; some claims have but one, without a name."""
    return row["contrast"] if isinstance(row["contrast"], str) else ""


def _stem(name):
    """The name of a contrast without its last part, which tells it from others."""
    return name.rpartition(", ")[0] or name


def _evidence(name, row):
    """The arguments of the macro for a contrast."""
    tested = row["evidence"] != NOT_TESTED
    texts = (
        tex.escape(name),
        magnitude(row["estimate"]) if tested else MISSING,
        interval(row["ci_low"], row["ci_high"], magnitude) if tested else "",
        tex.p_value(row["p_adjusted"]),
        str(row["n"]),
        row["evidence"],
    )
    return "".join(f"{{{text}}}" for text in texts)
