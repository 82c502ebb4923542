"""The claims: verdicts, counted and one by one, and the contrasts behind them."""

from itertools import groupby

from synthgrad.claims.judge import (
    CONTRADICTED,
    MIXED,
    NOT_TESTED,
    PARTLY,
    REPRODUCED,
    VERDICTS,
)
from synthgrad.claims.robustness import robustness_texts
from synthgrad.claims.telling import (
    COLUMNS,
    OWN,
    TUTORIAL,
    claim_verdicts,
    deciding,
    diverged,
    history,
    narrow_verdict_table,
    verdicts_counted,
)
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
        "claims/history": history(run.claims),
        "claims/verdicts": verdicts_counted(run.claims),
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
    return texts | estimates(run.claims)


def estimates(claims):
    """Every estimate by claim and place, ``claim/linear-is-enough/1``, and the least and the most
    of a claim."""
    texts = {}
    for claim, rows in claims.groupby("claim", sort=False):
        tested = rows["estimate"].where(rows["evidence"] != NOT_TESTED)
        texts |= {f"claim/{claim}/{place}": fixed(found) for place, found in enumerate(tested, 1)}
        texts[f"claim/{claim}/least"] = fixed(tested.min())
        texts[f"claim/{claim}/most"] = fixed(tested.max())
    return texts


def outcome(verdicts):
    """What a replication journal puts before a title, by the verdicts on the tutorial's claims."""
    if verdicts == {REPRODUCED}:
        return "[Re]"
    holds = verdicts & {REPRODUCED, PARTLY, MIXED}
    return r"[\textlnot Re]" if CONTRADICTED in verdicts and not holds else "[Re, in part]"


NARROW = [column.narrow for column in COLUMNS if column.narrow]

WIDTHS = {"Claim": "80mm", "said in": "32mm"}
"""Of the columns whose text is broken into lines."""


@table("claims")
def claims_table(run):
    """Every claim of the tutorial and of the paper behind it, with its verdict."""
    return _verdicts(run, run.claims["edition"] != OWN)


@table("predictions")
def predictions_table(run):
    """Every prediction of this study, with its verdict."""
    return _verdicts(run, run.claims["edition"] == OWN, without=["said in"])


def _verdicts(run, which, without=()):
    rows = narrow_verdict_table(run.claims[which], robustness_texts(run.robustness))
    shown = [name for name in NARROW if name not in without]
    columns = [tex.paragraph(WIDTHS[name]) if name in WIDTHS else "l" for name in shown]
    lines = [tex.row(*(_cell(name, row[name]) for name in shown)) + "[1pt]" for row in rows]
    return tex.table("".join(columns), [tex.row(*shown)], [lines])


def _cell(heading, text):
    return rf"\verdict{{{text}}}" if heading == "verdict" else tex.escape(text)


@table("evidence")
def evidence(run):
    """Every contrast of every claim: estimate, interval, p-value, n and what it shows.

    A run of paragraphs, not a table, which fills columns and goes over pages.
    """
    lines = []
    for told in claim_verdicts(run.claims):
        rows = run.claims[run.claims["claim"] == told.claim]
        lines.append(rf"\evidenceof{{{tex.escape(told.claim)}}}{{{told.verdict}}}")
        lines.append(rf"\historyof{{{told.written}}}{{{tex.escape(told.changed)}}}")
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
    tested, lost = row["evidence"] != NOT_TESTED, diverged(row)
    texts = (
        tex.escape(f"{name} ({lost})" if lost else name),
        magnitude(row["estimate"]) if tested else MISSING,
        interval(row["ci_low"], row["ci_high"], magnitude) if tested else "",
        tex.p_value(deciding(row)),
        str(int(row["n"])) if tested else "",
        row["evidence"],
    )
    return "".join(f"{{{text}}}" for text in texts)
