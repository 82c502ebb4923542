"""Other CPUs: whether a small study gives the same bits there."""

from synthgrad.report import tex
from synthgrad.report.paper import numbers, table
from synthgrad.report.tex import MISSING, fixed


@numbers
def portability_values(run):
    """How many runs were made in how many other places, and how many came out the same."""
    compared = run.portability
    places = compared["place"].nunique()
    elsewhere = compared[compared["place"] != compared["place"].iloc[0]] if places else compared
    return {
        "portability/places": tex.count(places - 1) if places else MISSING,
        "portability/runs": tex.count(compared["run"].nunique()),
        "portability/compared": tex.count(len(elsewhere)),
        "portability/identical": tex.count(int(elsewhere["identical"].sum())),
    }


@table("portability")
def portability_table(run):
    """Of each place the seconds, and how many runs are the same to the last bit."""
    lines = []
    for place, rows in run.portability.groupby("place", sort=False):
        same = f"{int(rows['identical'].sum())} of {len(rows)}"
        lines.append(tex.row(tex.escape(place), fixed(rows["seconds"].iloc[0], 1), same))
    return tex.table("lrr", [tex.row("Where", "seconds", "identical")], [lines])
