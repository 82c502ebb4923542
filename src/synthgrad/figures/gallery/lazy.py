"""Lazy updates: learning curves by epoch and by updates made, for each probability of an update."""

from matplotlib.ticker import NullFormatter

from synthgrad.figures import style

EXPERIMENT = "lazy"
CATEGORY = "Beyond the toy"
CAPTION = r"""
Lazy updates: each decoupled layer, and each generator, is updated at a step with some probability
only. Training accuracy step by step (above) and update by update (below), where an epoch at
probability $p$ counts $p$. Lines are means over \val{seeds/lazy} seeds, bands their
\val{study/confidence}\,\% bootstrap intervals. Dotted: the best constant prediction.
"""

MEASURE = "bit_accuracy"
TASKS = {"addition": "sums", "digits": "digits"}
"""What the tasks are called."""

AXES = {
    "epoch": lambda rate: 1.0,
    "epochs of updates made": float,
}
"""What the two rows are drawn against, and how far along an epoch goes at a probability."""


@style.styled
def draw(tables):
    """The figure, from a `Tables`: a column a task and method, a row a way to count."""
    keys = ["task", "method", "update_probability"]
    arms = tables.arms("runs", EXPERIMENT, keys)
    chance = tables.rows("outcomes", EXPERIMENT).groupby("task")["chance"].mean()
    pairs = list(dict.fromkeys((task, method) for task, method, _ in arms))
    looks = style.sequence(sorted({rate for *_, rate in arms}, key=float, reverse=True))

    figure = style.new_figure(style.TWO_COLUMNS, 3.6)
    panels = figure.subplots(len(AXES), len(pairs), squeeze=False, sharex="row", sharey=True)
    for row, (label, per_epoch) in zip(panels, AXES.items(), strict=True):
        ends = [rows["epoch"].max() * per_epoch(rate) for (*_, rate), rows in arms.items()]
        _log_axis(row[0], min(map(per_epoch, looks)), max(ends))
        for axes, (task, method) in zip(row, pairs, strict=True):
            present = [rate for rate in looks if (task, method, rate) in arms]
            curves = {rate: tables.curve(arms[task, method, rate], MEASURE) for rate in present}
            axes.plot(axes.get_xlim(), [chance[task]] * 2, **style.REFERENCE)
            _draw_curves(axes, curves, looks, per_epoch)
            axes.set_xlabel(label)
        row[0].set_ylabel("training accuracy")
        row[0].set_ylim(top=1.02)
    titles = [f"{style.look(method).name}\n{TASKS[task]}" for task, method in pairs]
    style.letter(panels.ravel(), titles * len(AXES))
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
