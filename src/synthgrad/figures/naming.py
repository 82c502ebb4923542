"""Names beside what they belong to, in place of a legend."""

from dataclasses import dataclass

import numpy as np
from matplotlib.transforms import Affine2D, ScaledTranslation, blended_transform_factory
from scipy.optimize import isotonic_regression

from synthgrad.figures import style

HEIGHT = 9.5
"""In points, that each name is given."""


@dataclass(frozen=True)
class End:
    """Where a method ends in a panel by level: its last level, where its symbol is there, and the
    top of its seeds."""

    look: style.Look
    level: float
    place: float
    height: float
    top: float


def name_methods(axes, ends):
    """Name methods where they end, in place of a legend: beside the panel, or above the seeds where
    that is not at the last level. To be called when all else is drawn.

    Parameters
    ----------
    axes : Axes
    ends : list of End
    """
    last = max(end.level for end in ends)
    for end in ends:
        if end.level < last:
            above = {"textcoords": "offset points", "xytext": (0, 3), "ha": "center"}
            axes.annotate(end.look.name, (end.place, end.top), size=style.NOTE_SIZE, **above)
    name_beside(axes, [(end.height, end.look) for end in ends if end.level == last])


def name_beside(axes, ends):
    """Names to the right of a panel, each joined to where it belongs on the panel's edge.

    Names that would overlap or leave the panel's height are moved, by as little as possible.

    Parameters
    ----------
    axes : Axes, of which all else is drawn
    ends : list of (height on the y axis, Look)
    """
    heights, looks = zip(*sorted(ends, key=lambda end: end[0]), strict=True)
    axes.figure.draw_without_rendering()  # which gives the panel its size
    tall = axes.get_window_extent().height * 72 / axes.figure.dpi
    to_share = axes.transData + axes.transAxes.inverted()
    shares = to_share.transform([(0, height) for height in heights])[:, 1]
    apart = HEIGHT / tall * np.arange(len(shares))
    moved = np.clip(isotonic_regression(shares - apart).x, 0, 1 - apart[-1]) + apart
    points = Affine2D().scale(1 / 72) + axes.figure.dpi_scale_trans
    beside = blended_transform_factory(
        points + ScaledTranslation(1, 0, axes.transAxes), axes.transAxes
    )
    for look, share, place in zip(looks, shares, moved, strict=True):
        line = look.line() | {"linewidth": 0.8, "markevery": [1], "label": "_beside"}
        axes.plot([1, 13], [share, place], transform=beside, clip_on=False, **line)
        axes.text(
            19, place, look.name, transform=beside, va="center_baseline", size=style.NAME_SIZE
        )
