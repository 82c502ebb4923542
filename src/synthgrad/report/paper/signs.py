"""The printed class of the tutorial with each pair of update directions."""

from synthgrad.report import tex
from synthgrad.report.paper import numbers, table
from synthgrad.report.run import diverged
from synthgrad.report.tex import fixed, listing, magnitude

DIRECTIONS = tuple((a, b) for a in ("ascent", "descent") for b in ("ascent", "descent"))
"""Updates of the layers and of the generators, in the order of the table."""

SIGN_MEASURES = {
    "printed_error": magnitude,
    "bit_accuracy": fixed,
    "mse": fixed,
    "largest_weight": magnitude,
}
"""What is told of the printed class, and how it is written."""


def sign_ends(run, directions):
    """A pair of update directions before and after training: two frames, by seed.

    directions : of the layers' and of the generators' updates

    The first printed error is that of the first pass; the other first values
    are those of the untrained network.
    """
    cells = run.cells(
        "signs", lambda cell: (cell.setup.step_direction, cell.setup.generator_step_direction)
    )
    name = cells[directions].name if directions in cells else ""
    recorded = run.runs_of("signs", name)
    untrained = recorded[recorded["epoch"] == 0].set_index("seed")
    first_pass = recorded[recorded["epoch"] == 1].set_index("seed")
    last = run.outcomes_of("signs", name).set_index("seed")
    return untrained.assign(printed_error=first_pass["printed_error"]).reindex(last.index), last


@numbers
def sign_values(run):
    """How the printed class begins and ends with each pair of directions, medians over seeds."""
    setups = [cell.setup for cell in run.cells("signs").values()]

    def each(text):
        return listing(dict.fromkeys(text(setup) for setup in setups))

    texts = {
        "signs/examples": each(lambda s: tex.count(s.training_examples)),
        "signs/bits": each(lambda s: s.bits),
        "signs/passes": each(lambda s: tex.count(s.epochs)),
        "signs/undecided": each(lambda s: magnitude(s.training_examples * s.bits / 8)),
    }
    for directions in DIRECTIONS:
        first, last = sign_ends(run, directions)
        prefix = f"signs/{'-'.join(directions)}"
        fell = last["printed_error"].lt(first["printed_error"]).sum()
        texts[f"{prefix}/fell"] = tex.share(int(fell), len(last))
        texts[f"{prefix}/chance"] = fixed(last["chance"].median())
        for when, ends in (("first", first), ("last", last)):
            for name, form in SIGN_MEASURES.items():
                texts[f"{prefix}/{name}/{when}"] = form(ends[name].median())
            slope = ends["tutorial_error"] / ends["absolute_error"]
            texts[f"{prefix}/slope/{when}"] = fixed(slope.median())
    return texts


@table("signs")
def signs_table(run):
    """The same as a table, a row a pair of directions."""
    lines = []
    for directions in DIRECTIONS:
        first, last = sign_ends(run, directions)
        if len(last):
            texts = [
                SIGN_MEASURES[name](ends[name].median())
                for ends, name in (
                    (first, "printed_error"),
                    (last, "printed_error"),
                    (first, "mse"),
                    (last, "mse"),
                    (last, "bit_accuracy"),
                    (last, "largest_weight"),
                )
            ]
            lines.append(tex.row(*directions, *texts, diverged(last)))
    groups = [tex.span(2, name) for name in ("updates of", "printed error", "squared error")]
    header = [
        tex.row(*groups, "bit", "largest", ""),
        r"\cmidrule(lr){1-2}\cmidrule(lr){3-4}\cmidrule(lr){5-6}",
        tex.row("layers", "generators", *["first", "last"] * 2, "accuracy", "weight", "div."),
    ]
    return tex.table("llrrrrrrr", header, [lines])
