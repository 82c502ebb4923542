"""The published programs: how their printed error and accuracy end, over seeds."""

from synthgrad.core.tutorial import EDITIONS
from synthgrad.figures import style

EXPERIMENT = "editions"
CATEGORY = "Published programs"
CAPTION = r"""
What the published programs end with over \val{seeds/editions} seeds: (a)~the error that a program
prints last, whose formula stands below its name; (b)~bit accuracy on the training set, with the
best constant answer. Points are seeds, each with a training set of its own; bars are the mean and
its \val{study/confidence}\,\% bootstrap interval.
"""

PANELS = {
    "printed_error": ("printed error", "sum over all output bits, last iteration"),
    "bit_accuracy": ("training bit accuracy", "share of output bits, last iteration"),
}
SEEDS = style.Look("a seed", style.NEUTRAL, "none")
MEAN = style.Look("mean and 95 % interval", style.INK, marker="|")
UPPER, LOWER = -0.13, 0.25
"""Where in its row an edition has its seeds and name, and its mean and note."""


@style.styled
def draw(tables):
    """The figure, from a `Tables`."""
    arms = tables.arms("outcomes", EXPERIMENT, ["edition"])
    editions = [name for name in EDITIONS if (name,) in arms]

    figure = style.new_figure(style.TWO_COLUMNS, 0.95 + 0.36 * len(editions))
    panels = figure.subplots(1, len(PANELS), sharey=True)
    for axes, (measure, (_, unit)) in zip(panels, PANELS.items(), strict=True):
        for row, name in enumerate(editions):
            if row % 2 == 0:
                axes.axhspan(row - 0.5, row + 0.5, color=style.SHADE, linewidth=0, zorder=0)
            runs = arms[name,].dropna(subset=[measure])
            if len(runs):
                _draw_seeds(axes, row, runs[measure])
                interval = tables.interval(runs[measure], EXPERIMENT, name, measure)
                _draw_mean(axes, row, interval)
        axes.set_xlabel(unit)
    errors, accuracy = panels
    errors.set_xscale("symlog", linthresh=1, linscale=0.3)
    errors.set_xlim(0, 1.7 * errors.dataLim.xmax)
    errors.xaxis.set_major_formatter(style.plain)
    for row, name in enumerate(editions):
        chance = arms[name,]["chance"].mean()
        accuracy.plot([chance, chance], [row - 0.45, row + 0.45], **style.REFERENCE)
        _note(errors, (-0.02, row + LOWER), _about(EDITIONS[name]), ha="right", va="center")
    errors.set_ylim(len(editions) - 0.5, -0.5)
    errors.set_yticks([row + UPPER for row in range(len(editions))], editions)
    errors.tick_params(axis="y", length=0)
    accuracy.tick_params(axis="y", length=0)
    style.letter(panels, [title for title, _ in PANELS.values()])
    handles = [look.handle() for look in (SEEDS, MEAN)]
    style.legend(figure, [*handles, style.reference_handle("chance")])
    return figure


def _draw_seeds(axes, row, values):
    places = row + UPPER + style.jitter(len(values), 0.36)
    style.draw_seeds(axes, values, places, SEEDS, size=2.5)


def _draw_mean(axes, row, interval):
    below = max(0, interval.estimate - interval.low)
    above = max(0, interval.high - interval.estimate)
    axes.errorbar(interval.estimate, row + LOWER, xerr=[[below], [above]], **MEAN.line())


def _note(axes, place, text, **alignment):
    """A note at a share of the axes' width and a row."""
    transform = axes.get_yaxis_transform()
    axes.text(*place, text, transform=transform, size=style.NOTE_SIZE, **alignment)


def _about(edition):
    """What an edition prints, and whether its code was published."""
    printed = "$\\Sigma\\,|(o-t)\\,f'(o)|$" if edition.prints_derivative else "$\\Sigma\\,|o-t|$"
    return f"reconstructed, {printed}" if edition.reconstructed else printed
