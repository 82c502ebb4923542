"""Lazy updates: learning curves by epoch and by updates made, for each probability of an update."""

from itertools import product

from matplotlib.ticker import NullFormatter

from synthgrad.figures import style

EXPERIMENT = "lazy"
CATEGORY = "Beyond the toy"
CAPTION = r"""
Lazy updates: each decoupled layer, and each generator, is updated at a step with some probability
only; those of \method{frozen}, the control, never are. For addition and for digits, training
accuracy step by step (above) and update by update (below), where an epoch at probability $p$ counts
$p$.
Lines are means over \val{seeds/lazy} seeds, bands their \val{study/confidence}\,\% bootstrap
intervals. Dotted: the best constant prediction.
"""

MEASURE = "bit_accuracy"

AXES = {
    "epoch": lambda rate: 1.0,
    "epochs of updates made": float,
}
"""What the rows of a task are drawn against, and how far along an epoch goes at a probability."""


@style.styled
def draw(tables):
    """The figure, from a `Tables`: a column a method, a row a task and way to count."""
    arms = tables.arms("runs", EXPERIMENT, ["task", "method", "update_probability"])
    chance = tables.rows("outcomes", EXPERIMENT).groupby("task")["chance"].mean()
    methods = style.in_order(method for _, method, _ in arms)
    looks = style.sequence(sorted({rate for *_, rate in arms}, key=float, reverse=True))
    rows = list(product(chance.index, AXES.items()))

    figure = style.new_figure(style.TWO_COLUMNS, 0.6 + 1.35 * len(rows))
    grid = figure.subplots(len(rows), len(methods), squeeze=False, sharex="row", sharey=True)
    for row, (task, (label, per_epoch)) in zip(grid, rows, strict=True):
        of_task = {arm[1:]: runs for arm, runs in arms.items() if arm[0] == task}
        ends = [runs["epoch"].max() * per_epoch(rate) for (_, rate), runs in of_task.items()]
        _log_axis(row[0], min(map(per_epoch, looks)), max(ends))
        for axes, method in zip(row, methods, strict=True):
            present = [rate for rate in looks if (method, rate) in of_task]
            curves = {rate: tables.curve(of_task[method, rate], MEASURE) for rate in present}
            axes.plot(axes.get_xlim(), [chance[task]] * 2, **style.REFERENCE)
            _draw_curves(axes, curves, looks, per_epoch)
            axes.set_xlabel(label)
        row[0].set_ylabel(f"training accuracy\non {task}")
    grid[0, 0].set_ylim(top=1.02)
    style.letter(grid.ravel(), [style.look(method).name for method in methods] * len(rows))
    handles = [look.handle() for look in looks.values()] + [style.reference_handle("chance")]
    style.legend(figure, handles, title="probability of an update at a step")
    return figure


def _draw_curves(axes, curves, looks, per_epoch):
    """Draw curves by the probability of an update, from the first epoch on."""
    for i, (rate, curve) in enumerate(curves.items()):
        trained = curve[curve["epoch"] > 0]
        trained = trained.assign(epoch=trained["epoch"] * per_epoch(rate))
        style.draw_curve(axes, trained, looks[rate], markevery=(i % 4, 4))


def _log_axis(axes, first, last):
    """A logarithmic axis, on which as many times the updates are as far at every probability."""
    axes.set_xscale("log")
    axes.set_xlim(first / 1.15, last * 1.15)
    axes.xaxis.set_major_formatter(style.plain)
    axes.xaxis.set_minor_formatter(NullFormatter())
