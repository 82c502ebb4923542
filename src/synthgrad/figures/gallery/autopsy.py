"""Autopsy of the printed class: why its error falls while it learns nothing.

The error that it prints holds a factor f'(output), which vanishes as the
outputs saturate. The printed error over the same sum without that factor is the
mean of f', weighted by the errors: at most 1/4, which it is where all outputs
are 1/2.
"""

import numpy as np

from synthgrad.figures import style

EXPERIMENT = "signs"
CATEGORY = "Published programs"
CAPTION = r"""
The printed class (thick) beside the other three pairs of signs, by pass. Its printed error
falls~(a) while its accuracy stays at chance~(b) and its squared error grows~(c), because its
weights explode~(d) and its outputs saturate~(e): the mean of $f'$ over all output bits, weighted by
their errors, is $\tfrac14$ where all outputs are $\tfrac12$ and cannot be more. (f)~No data: the
error $u$ of a bit, and what of it is printed (\cref{eq:printed}). Means over \val{seeds/editions}
seeds, geometric in (d), with \val{study/confidence}\,\% bootstrap intervals.
"""

KEYS = ["step_direction", "generator_step_direction"]
PANELS = {
    "printed_error": "printed error (sum over bits)",
    "bit_accuracy": "training bit accuracy",
    "mse": "mean squared error (per bit)",
    "largest_weight": "largest absolute weight",
    "remaining_slope": "mean $f'(o)$, error-weighted",
}
LARGEST_SLOPE = 0.25
"""Of the sigmoid, whose f'(output) is output (1 - output)."""


@style.styled
def draw(tables):
    """The figure, from a `Tables`."""
    arms = tables.arms("runs", EXPERIMENT, KEYS)
    looks = {signs: look for signs, look in style.SIGNS.items() if signs in arms}

    figure = style.new_figure(style.TWO_COLUMNS, 3.9)
    *panels, one_bit = figure.subplots(2, 3).ravel()
    for signs, look in looks.items():
        runs = arms[signs].assign(remaining_slope=remaining_slope)
        for axes, measure in zip(panels, PANELS, strict=True):
            curve = tables.curve(runs, measure, geometric=measure == "largest_weight")
            style.draw_curve(axes, curve, look, markevery=3)
    for axes in panels:
        style.epoch_axis(axes, max(runs["epoch"].max() for runs in arms.values()))

    printed, accuracy, error, weight, slope = panels
    for axes in (printed, error):
        axes.set_ylim(0, 1.08 * axes.dataLim.ymax)
    style.draw_reference(accuracy, tables.rows("outcomes", EXPERIMENT)["chance"].mean(), "chance")
    accuracy.set_ylim(min(0.4, accuracy.dataLim.ymin), 1.02)
    weight.set_yscale("log")
    style.draw_reference(slope, LARGEST_SLOPE, "all outputs 1/2")
    slope.set_ylim(0, 1.2 * LARGEST_SLOPE)
    _draw_one_bit(one_bit)
    style.letter([*panels, one_bit], [*PANELS.values(), "error of a bit whose target is 1"])
    style.legend(figure, [look.handle() for look in looks.values()], ncols=2)
    return figure


def remaining_slope(runs):
    """The printed error over the absolute error, after each recorded epoch."""
    return runs["tutorial_error"] / runs["absolute_error"]


def _draw_one_bit(axes):
    """What is wrong with one output, and what of it is printed: no data, only the two formulas."""
    output = np.linspace(0, 1, 201)
    error = 1 - output
    axes.plot(output, error, color=style.INK, linestyle="--")
    axes.plot(output, error * output * (1 - output), color=style.PRINTED)
    axes.text(0.42, 0.64, "error $|o-1|$")
    axes.text(0.03, 0.2, "printed $|(o-1)\\,f'(o)|$", color=style.PRINTED)
    axes.set_xlabel("output $o$")
    axes.set_xlim(-0.02, 1.02)
    axes.set_ylim(-0.03, 1.05)
