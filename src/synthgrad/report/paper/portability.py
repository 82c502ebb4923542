"""Other CPUs: how far runs with their kernels are from those with the chosen ones."""

from synthgrad.report import tex
from synthgrad.report.paper import numbers, table
from synthgrad.report.tex import MISSING, fixed, listing, magnitude
from synthgrad.reproduce.closeness import CLOSE, DIFFERENT, IDENTICAL, TOLERANCE

OUTCOMES = (IDENTICAL, CLOSE, DIFFERENT)
"""What may come out where runs are compared, the best first."""


@numbers
def portability_values(run):
    """How many other kernels were tried, how far they went, and what pinning them costs."""
    compared = run.portability
    seconds = compared.groupby("kernels", sort=False)["seconds"].first()
    runs = sorted(set(compared.loc[compared["outcome"] == DIFFERENT, "run"]))
    both = {"portable", "as chosen"} <= set(seconds.index)
    return {
        "portability/kernels": tex.count(len(seconds) - 1) if len(seconds) else MISSING,
        "portability/runs": tex.count(compared["run"].nunique()),
        "portability/tolerance": magnitude(TOLERANCE),
        "portability/different": listing(map(tex.program_name, runs)) if runs else "no run",
        "portability/cost": fixed(seconds["portable"] / seconds["as chosen"] if both else None, 2),
    }


@table("portability")
def portability_table(run):
    """Seconds, runs by what came out, and the largest difference of those that are close."""
    lines = []
    for kernels, rows in run.portability.groupby("kernels", sort=False):
        counts = [str(int((rows["outcome"] == outcome).sum())) for outcome in OUTCOMES]
        close = rows.loc[rows["outcome"] != DIFFERENT, "largest"]
        texts = [fixed(rows["seconds"].iloc[0], 1), *counts, magnitude(close.max())]
        lines.append(tex.row(tex.escape(kernels), *texts))
    header = [tex.row("Kernels", "seconds", *OUTCOMES, "largest difference")]
    return tex.table("lrrrrr", header, [lines])
