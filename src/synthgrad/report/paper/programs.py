"""The published programs, replayed: what each does, and what it ends with."""

from dataclasses import dataclass

import numpy as np

from synthgrad.core.tutorial import EDITIONS, PUBLISHED_SEED
from synthgrad.report import tex
from synthgrad.report.paper import table
from synthgrad.report.run import diverged
from synthgrad.report.tex import MISSING, fixed, interval, magnitude


def programs(run):
    """The cells that replay the published programs, by edition."""
    return run.cells("editions", lambda cell: cell.edition)


def program_ends(run, edition):
    """Outcomes of a replayed program, one row a seed."""
    cells = programs(run)
    return run.outcomes_of("editions", cells[edition].name if edition in cells else "")


@dataclass(frozen=True)
class Spread:
    """Median and quartiles over seeds; the published seed's value and, as text, its rank
    from the lowest. NaN and a dash where there is none."""

    median: float
    low: float
    high: float
    published: float
    rank: str

    @classmethod
    def of(cls, ends, name):
        """The spread of a column of outcomes, over the seeds that have a value."""
        ends = ends[ends[name].notna()]
        low, median, high = (
            np.quantile(ends[name], [0.25, 0.5, 0.75]) if len(ends) else [np.nan] * 3
        )
        published = ends.loc[ends["seed"] == PUBLISHED_SEED, name]
        if published.empty:
            return cls(median, low, high, np.nan, MISSING)
        rank = 1 + int((ends[name] < published.iloc[0]).sum())
        return cls(median, low, high, published.iloc[0], f"{rank}/{len(ends)}")


def _of_generators(text):
    """`text` of a setup, or a dash if it has no generators."""
    return lambda setup: text(setup) if setup.conditions else MISSING


PROGRAM_ROWS = {
    "bits": lambda s: tex.setting(s.bits),
    "examples": lambda s: tex.setting(s.training_examples),
    "minibatch": lambda s: tex.setting(s.batch_size),
    "passes": lambda s: tex.setting(s.epochs),
    "hidden units": lambda s: tex.setting(s.hidden),
    "initial weights": lambda s: tex.drawn(s.weight_scale, s.weight_shift),
    "biases": lambda s: tex.setting(s.bias),
    "step size": lambda s: tex.setting(s.step_size),
    "layers' updates": lambda s: s.step_direction,
    "decoupled layers": _of_generators(lambda s: "all" if s.decouple_last else "hidden"),
    "generators see": _of_generators(lambda s: ", ".join(s.conditions)),
    "initial generators": _of_generators(lambda s: tex.drawn(s.generator_scale, s.generator_shift)),
    "generators' biases": _of_generators(lambda s: tex.setting(s.generator_bias)),
    "generators' step size": _of_generators(lambda s: tex.setting(s.generator_step_size)),
    "generators' updates": _of_generators(lambda s: s.generator_step_direction),
}
"""What is told of a published program: label, and text from its setup."""

EDITION_ROWS = {
    "printed error": lambda e: r"$\sum|ef'|$" if e.prints_derivative else r"$\sum|e|$",
    "code": lambda e: "reconstructed" if e.reconstructed else "published",
}
"""The same from its `Edition`."""


@table("programs")
def programs_table(run):
    """What each replayed program does: one column a program."""
    cells = programs(run)

    def heading(name):
        head, hyphen, tail = name.rpartition("-")
        return rf"\programhead{{{tex.escape(head + hyphen)}}}{{{tex.escape(tail)}}}"

    lines = [
        tex.row(label, *(text(cell.setup) for cell in cells.values()))
        for label, text in PROGRAM_ROWS.items()
    ]
    lines += [
        tex.row(label, *(text(EDITIONS[name]) for name in cells))
        for label, text in EDITION_ROWS.items()
    ]
    return tex.table("l" + "c" * len(cells), [tex.row("", *map(heading, cells))], [lines])


@table("editions")
def editions_table(run):
    """What each replayed program ends with, over seeds and with the published one."""

    def cells(ends, name, form):
        spread = Spread.of(ends, name)
        bounds = interval(spread.low, spread.high, form)
        return form(spread.median), bounds, form(spread.published), spread.rank

    lines = []
    for name in programs(run):
        ends = program_ends(run, name)
        texts = cells(ends, "printed_error", magnitude) + cells(ends, "bit_accuracy", fixed)
        lines.append(tex.row(tex.program_name(name), *texts, diverged(ends)))
    groups = [tex.span(4, name) for name in ("printed error", "bit accuracy")]
    columns = ["median", "[quartiles]", f"seed {PUBLISHED_SEED}", "rank"]
    header = [
        tex.row("", *groups, ""),
        r"\cmidrule(lr){2-5}\cmidrule(lr){6-9}",
        tex.row("Program", *columns * 2, "div."),
    ]
    return tex.table("l" + "r@{~}lrr" * 2 + "r", header, [lines])
