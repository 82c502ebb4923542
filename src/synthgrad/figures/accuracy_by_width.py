"""Final accuracy against width: on the training examples and on held-out ones, by method."""

import numpy as np

from . import style

EXPERIMENT = "headline"
PANELS = {
    "bit_accuracy": "training examples",
    "heldout_bit_accuracy": "held-out examples",
}
MOST_POINTS = 30
"""Up to this many seeds, each is drawn as a point."""


@style.styled
def draw(tables):
    """The figure, from a `Tables`."""
    arms = tables.arms("outcomes", EXPERIMENT, ["method", "bits"])
    estimates = tables.rows("summary", EXPERIMENT)
    widths = sorted({bits for _, bits in arms})
    chance = tables.rows("outcomes", EXPERIMENT).groupby("bits")["chance"].mean()
    methods = style.in_order(method for method, _ in arms)
    gap = min(np.diff(widths), default=2)
    lane = 0.72 * gap / len(methods)

    figure = style.new_figure(style.TWO_COLUMNS, 3.1)
    panels = figure.subplots(1, len(PANELS), sharey=True)
    for axes, measure in zip(panels, PANELS, strict=True):
        for bits in widths:
            span = [bits - 0.4 * gap, bits + 0.4 * gap]
            axes.axvspan(*span, color=style.SHADE, linewidth=0, zorder=0)
            if _has_values(arms, bits, measure):
                axes.plot(span, [chance[bits]] * 2, **style.REFERENCE)
            else:
                _note_absence(axes, bits)
        for i, method in enumerate(methods):
            look, offset = style.look(method), (i - (len(methods) - 1) / 2) * lane
            for bits in widths:
                if (method, bits) in arms:
                    seeds = arms[method, bits][measure].dropna()
                    if len(seeds) <= MOST_POINTS:
                        places = bits + offset + style.jitter(len(seeds), 0.6 * lane)
                        style.draw_seeds(axes, places, seeds, look)
            chosen = estimates[(estimates["method"] == method) & (estimates["measure"] == measure)]
            _draw_means(axes, chosen.sort_values("bits"), offset, look)
        axes.set_xticks(widths)
        axes.set_xlim(widths[0] - 0.6 * gap, widths[-1] + 0.6 * gap)
        axes.set_xlabel("width of the sum (bits)")
    panels[0].set_ylim(top=1.02)
    panels[0].set_ylabel("final bit accuracy")
    style.letter(panels, PANELS.values())
    handles = [style.look(method).handle() for method in methods]
    handles.append(style.reference_handle("chance"))
    style.legend(figure, handles, ncols=(len(handles) + 1) // 2)
    return figure


def _draw_means(axes, estimates, offset, look):
    mean = estimates["mean"]
    axes.errorbar(
        estimates["bits"] + offset,
        mean,
        # The mean of tied values can lie a rounding error outside its interval.
        yerr=[
            (mean - estimates["ci_low"]).clip(lower=0),
            (estimates["ci_high"] - mean).clip(lower=0),
        ],
        elinewidth=0.9,
        ecolor=look.colour,
        zorder=3,
        **look.line(),
    )


def _has_values(arms, bits, measure):
    return any(rows[measure].notna().any() for (_, at), rows in arms.items() if at == bits)


def _note_absence(axes, bits):
    """Say why a width has no values: there are too few pairs of operands."""
    axes.text(
        bits,
        0.5,
        "no pairs left to hold out",
        transform=axes.get_xaxis_transform(),
        rotation=90,
        ha="center",
        va="center",
        color=style.FAINT,
        size=style.NOTE_SIZE,
    )
