"""What the searches show of themselves: what diverged, what was nearly missed, what has to hold."""

import pandas as pd

from synthgrad.report import tex
from synthgrad.report.paper import numbers, table
from synthgrad.search.ranking import ranked, standings
from synthgrad.search.running import COARSE, FINALS, rung
from synthgrad.study.tuning import ABOVE_0

COLUMNS = ["cell", "method", "points", "diverged", "rank", "beyond", "last", "off", "lead"]


@table("searches")
def searches_table(run):
    """A row a method: its searches, and what they show."""
    header = [
        tex.row(
            *("method", "searches", "diverged", "winner first", "winner last", "beyond"),
            *("switched off", "least lead"),
        )
    ]
    lines = [
        tex.row(
            tex.method_name(method),
            tex.count(len(own)),
            tex.share(int(own["diverged"].sum()), int(own["points"].sum())),
            *(tex.share(int(held.sum()), len(own)) for held in (own["rank"] == 1, own["last"])),
            tex.share(int(own["beyond"].sum()), len(own)),
            tex.share(int(own["off"].sum()), len(own))
            if own["lead"].notna().any()
            else tex.MISSING,
            tex.fixed(own["lead"].min()),
        )
        for method, own in checked(run).groupby("method", sort=False)
    ]
    return tex.table("lrrrrrrr", header, [lines])


@numbers
def nested_values(run):
    """How many searches have the frozen network among their points, and how many lose to it."""
    lead = checked(run)["lead"].dropna()
    return {"searches/nested": tex.count(len(lead)), "searches/nested-lost": str((lead < 0).sum())}


def checked(run):
    """A row a search of a cell.

    Its coarse `points` and how many of them `diverged`; the `rank` of its best finalist in the
    coarse stage, whether that is `beyond` it, and whether it is the `last` that was let through;
    whether the best of all switches the generators `off`; and, where a frozen network is among the
    points, the `lead` in score over its best.
    """
    rows = [_checked(cell, own, run.tuned) for cell, own in run.sweeps.groupby("cell", sort=False)]
    return pd.DataFrame(rows, columns=COLUMNS)


def _checked(cell, sweep, tuned):
    is_own = sweep["generator_step_size"] != 0
    own = _columns(sweep[is_own])
    coarse, finals = (standings(rung(own, number)) for number in (COARSE, FINALS))
    order, (best, *_) = ranked(coarse), ranked(finals)
    rank = order.index(best) + 1 if best in order else None
    ranks = [order.index(point) for point in finals if point in order]
    twin = standings(rung(_columns(sweep[~is_own]), FINALS))
    score = tuned.set_index("cell")["score"]
    return (
        cell,
        sweep["method"].iloc[0],
        len(coarse),
        sum(standing.diverged for standing in coarse.values()),
        rank,
        rank is None,
        rank == max(ranks) + 1,
        f"{cell},{ABOVE_0}" in score,
        score[cell] - twin[ranked(twin)[0]].score if twin else None,
    )


def _columns(sweep):
    columns = {name: column.to_numpy() for name, column in sweep.items()}
    return columns | {"generator_step_size": sweep["generator_step_size"].fillna(0.0).to_numpy()}
