"""Speed: the share of seeds that have reached 95 % of the bits by each epoch, a panel for
each number of bits.

Kaplan-Meier curves. A seed that does not get there, diverged or not, is
censored at the end of training.
"""

import numpy as np

from synthgrad.figures import style
from synthgrad.statistics.survival import kaplan_meier

EXPERIMENT = "headline"
CATEGORY = "Who learns"
CAPTION = r"""
How fast: Kaplan--Meier estimate of the share of \val{seeds/headline} seeds whose bit accuracy on
the
training set has reached 95\,\% by each epoch, a panel for each number of bits. Bands are
pointwise \val{study/confidence}\,\% log-log intervals, which are not defined, and not drawn,
where none or all have got there. Seeds that do not get there, because they are too slow or
diverge, are censored at the last epoch.
"""

MEASURE = "epochs_to_95"


@style.styled
def draw(tables):
    """The figure, from a `Tables`."""
    arms = tables.arms("outcomes", EXPERIMENT, ["bits", "method"])
    all_bits = sorted({bits for bits, _ in arms})
    methods = style.in_order(method for _, method in arms)

    figure, panels, rest = style.panel_grid(len(all_bits))
    for axes, bits in zip(panels, all_bits, strict=True):
        budget = max(rows["epochs"].max() for arm, rows in arms.items() if arm[0] == bits)
        for i, method in enumerate(methods):
            if (bits, method) in arms:
                curve = kaplan_meier(arms[bits, method][MEASURE], budget)
                _draw_steps(axes, curve, budget, style.look(method), start=0.03 * i)
        style.epoch_axis(axes, budget)
    panels[0].set_ylim(-0.04, 1.04)
    style.letter(panels, [f"{bits} bits" for bits in all_bits])
    figure.supylabel("share of seeds with 95 % of bits right")
    style.legend(rest, [style.look(method).handle() for method in methods], loc="center left")
    return figure


def _draw_steps(axes, curve, budget, look, start):
    """The share that has got there with its band and, from `start` on, a marker every so often."""
    # Further places for markers, which would lie on one another where curves do.
    epoch = np.unique(np.r_[0, curve.times, np.geomspace(1, budget, 40)])
    passed = np.searchsorted(curve.times, epoch, side="right")
    share, low, high = (
        1 - np.r_[1, left][passed] for left in (curve.shares, curve.highs, curve.lows)
    )
    band = {"step": "post", "color": look.colour, "alpha": 0.12, "linewidth": 0}
    axes.fill_between(epoch, low, high, **band)
    line = look.line() | {"drawstyle": "steps-post", "markevery": (start, 0.25)}
    axes.plot(epoch, share, **line)
