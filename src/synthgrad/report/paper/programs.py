"""The published programs, replayed: what each does, and what it ends with."""

from synthgrad.core.tutorial import EDITIONS
from synthgrad.report import tex
from synthgrad.report.paper import table
from synthgrad.report.tex import MISSING


def programs(run):
    """The cells that replay the published programs, by edition."""
    return run.cells("editions", lambda cell: cell.edition)


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
