"""Why it works: what linear generators could represent, what they came to, and what that buys."""

from synthgrad.core.setup import CONDITIONS_OF
from synthgrad.report import tex
from synthgrad.report.paper import numbers, table
from synthgrad.report.tex import MISSING, fixed, interval
from synthgrad.statistics.correlations import correlation
from synthgrad.statistics.estimates import PRIMARY

LAST, SCORE = "alignment_2", PRIMARY
"""What the prose asks of the last hidden layer, and of the network."""

SCALES = (0.05, 0.2, 1.0, 2.0)
TOLD = ("output", "label", "output+label")
"""The initial scales and conditions that the prose names."""

SETS = {
    "all": lambda conditions: True,
    "label": lambda conditions: "label" in conditions,
    "without": lambda conditions: "label" not in conditions,
}
"""Sets of conditions over which alignment and score are correlated."""


def best_of(run, condition, scale, epoch=None, trained_by="backprop", layer=2):
    """The row of the best linear generator of a layer, at an epoch or over training; empty if there
    is none."""
    found = run.representable
    kept = (found["condition"] == condition) & (found["weight_scale"] == scale)
    kept &= (found["trained_by"] == trained_by) & (found["layer"] == layer)
    kept &= found["epoch"].isna() if epoch is None else found["epoch"] == epoch
    return next(iter(found[kept].to_dict("records")), {})


def _of_arms(run, experiment, **settings):
    """Rows of `run.aligned` of an experiment that have these settings, as text."""
    rows = run.aligned[run.aligned["experiment"] == experiment]
    for name, value in settings.items():
        rows = rows[rows[name].astype(str) == str(value)] if name in rows else rows[:0]
    return rows


@numbers
def best_values(run):
    """What the best linear generator does at the start, and over its own training."""
    texts = {}
    for condition in TOLD:
        for scale in SCALES:
            key = f"why/{condition}/{scale}"
            start = best_of(run, condition, scale, epoch=0)
            own = best_of(run, condition, scale, trained_by=f"dni[{condition}]")
            came = _of_arms(run, "flatness", method=f"dni[{condition}]", weight_scale=scale)
            texts |= {
                f"{key}/share": fixed(start.get("share")),
                f"{key}/reached": fixed(start.get("reached")),
                f"{key}/best": fixed(own.get("alignment"), 2),
                f"{key}/attained": fixed(came[LAST].mean(), 2),
            }
    local = _of_arms(run, "flatness", method="local-loss", weight_scale=0.2)
    for layer in (1, 2):
        texts[f"why/local/{layer}"] = fixed(local[f"alignment_{layer}"].mean(), 2)
    return texts


@numbers
def correlation_values(run):
    """How alignment goes with score over the sets of conditions, which are few."""
    rows = _of_arms(run, "conditioning")
    means = rows.groupby("method")[[LAST, SCORE]].mean().dropna()
    texts = {}
    for name, belongs in SETS.items():
        kept = [each for each in means.index if (s := CONDITIONS_OF[each]) and belongs(s)]
        key = f"why/sets/{name}"
        texts |= {key: MISSING, f"{key}/interval": MISSING, f"{key}/count": str(len(kept))}
        if len(kept) > 3:
            found = correlation(*means.loc[kept].to_numpy().T)
            texts[key] = fixed(found.estimate, 2)
            texts[f"{key}/interval"] = interval(found.low, found.high, lambda end: fixed(end, 2))
    return texts


STARTS = {"0.0": "zero", "0.2": "random"}
"""Initial scales of generators, and what such a start is called."""

COMPARED = {
    "alignment_1": "alignment 1",
    LAST: "alignment 2",
    "similarity_2": "similarity 2",
    SCORE: "score",
}
"""What is compared between the starts, by the number of the hidden layer."""


@table("starts")
def starts_table(run):
    """Learning generators that start at zero and at random: alignment, similarity and score."""
    plain = {"generator_hidden": 0, "generator_step": "plain"}
    rows = _of_arms(run, "generator", **plain)
    lines = []
    for method in rows["method"].unique():
        own = rows[rows["method"] == method]
        starts = [own[own["generator_scale"] == scale] for scale in STARTS]
        values = [fixed(start[name].mean(), 2) for name in COMPARED for start in starts]
        lines.append(tex.row(tex.method_name(method), *values))
    header = [
        tex.row("", *(tex.span(len(STARTS), name) for name in COMPARED.values())),
        tex.row("Start of generators", *(name for _ in COMPARED for name in STARTS.values())),
    ]
    return tex.table("l" + "r" * len(STARTS) * len(COMPARED), header if lines else [], [lines])
