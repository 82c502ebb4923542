"""Digits: error on the test set against the number of hidden layers, by method."""

from synthgrad.figures import drawing, naming, style
from synthgrad.figures.gallery import depth

EXPERIMENT = "digits"
CATEGORY = "Beyond the toy"
CAPTION = r"""
Depth on handwritten digits: test error by number of hidden layers. Look for the lines that rise.
Small points are single seeds, each with a split of its own; symbols are means over
\val{seeds/digits} seeds with \val{study/confidence}\,\% bootstrap intervals. Dotted: always the
most frequent digit. The axis is linear up to one per cent.
"""

MEASURE = "heldout_bit_accuracy"
ERROR = "test error, %"


@style.styled
def draw(tables):
    """The figure, from a `Tables`."""
    tables = _with_errors(tables)
    arms = tables.arms("outcomes", EXPERIMENT, ["method", "hidden"])
    arms = {(method, depth.layers(hidden)): rows for (method, hidden), rows in arms.items()}
    places = {count: count for count in sorted({count for _, count in arms})}

    figure = style.new_figure(style.TWO_COLUMNS, 2.4)
    axes = figure.subplots()
    errors = tables.estimates(EXPERIMENT, ERROR)
    ends = drawing.draw_level_panel(axes, errors, arms, places, ERROR)
    _error_axis(axes)
    axes.set_xlabel("hidden layers")
    style.letter([axes], [ERROR])
    naming.name_methods(axes, ends)
    return figure


def _with_errors(tables):
    """The tables with errors in percent in place of accuracies, that of chance included."""
    outcomes = tables.outcomes.assign(
        **{ERROR: _error(tables.outcomes[MEASURE])}, chance=_error(tables.outcomes["chance"])
    )
    summary = tables.summary[tables.summary["measure"] == MEASURE]
    summary = summary.assign(
        measure=ERROR,
        mean=_error(summary["mean"]),
        ci_low=_error(summary["ci_high"]),
        ci_high=_error(summary["ci_low"]),
    )
    return tables.changed(outcomes=outcomes, summary=summary)


def _error(accuracy):
    return 100 * (1 - accuracy)


def _error_axis(axes):
    """From no error to every image wrong: linear up to 1 %, then logarithmic."""
    axes.set_yscale("symlog", linthresh=1, linscale=0.35)
    axes.set_yticks([0, 1, 3, 10, 30, 100])
    axes.set_yticks([*range(2, 10), *range(20, 100, 10)], minor=True)
    axes.yaxis.set_major_formatter(style.plain)
    axes.set_ylim(0, 100)
