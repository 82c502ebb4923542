"""What several figures are made of: methods side by side at levels of a factor, and rows of arms.

The seeds of an arm are points, as long as they are few; its mean is a symbol
with an interval.
"""

import numpy as np
import pandas as pd
from matplotlib.lines import Line2D

from synthgrad.figures import style

MOST_POINTS = 30
"""Up to this many seeds, each is drawn as a point."""

SCORE = "accuracy_auc"
SCORE_NAME = "score (accuracy over all epochs)"


def middle(levels):
    """The middle one of the levels of a factor; of two, the higher."""
    levels = sorted(set(levels))
    return levels[len(levels) // 2]


def draw_level_panel(axes, tables, experiment, arms, places, measure, labels=None):
    """Draw a measure of an experiment by method and level of another factor.

    Parameters
    ----------
    axes : Axes
    tables : Tables
    experiment : its name
    arms : dict from (method, level) to rows of the table of outcomes
    places : dict from the levels, in order, to where they are on the x axis
    measure : name of a column of the outcomes and a measure of the summary
    labels : texts at the levels, else the levels themselves
    """
    _draw_level_axis(axes, places, labels)
    _draw_chance(axes, places, arms, measure)
    _draw_arms(axes, places, arms, tables.estimates(experiment, measure), measure)
    _cover(axes)


def methods_legend(place, methods, **options):
    """The legend of a figure by method, with chance last."""
    handles = [style.look(method).handle() for method in methods]
    handles.append(style.reference_handle("chance"))
    columns = len(handles) if len(handles) <= 5 else (len(handles) + 1) // 2
    style.legend(place, handles, **{"ncols": columns} | options)


def draw_means(axes, places, estimates, look, across=False):
    """Draw means and intervals, of `Tables.estimates`, at places on the x axis.

    `across` exchanges the axes: the places are rows, and no line joins them.
    """
    mean, low, high = (estimates[name].to_numpy() for name in ("mean", "ci_low", "ci_high"))
    # The mean of tied values can lie a rounding error outside its interval.
    error = np.maximum([mean - low, high - mean], 0)
    options = look.line() | {"elinewidth": 0.9, "ecolor": look.colour, "zorder": 3}
    if across:
        axes.errorbar(mean, places, xerr=error, **options | {"linestyle": "none"})
    else:
        axes.errorbar(places, mean, yerr=error, **options)


def _cover(axes):
    """End the y axis just above 1 and below all that its panels show so far."""
    panels = axes.get_shared_y_axes().get_siblings(axes)
    # An axes without data has infinite limits.
    lowest = min(panel.dataLim.ymin for panel in panels if np.isfinite(panel.dataLim.ymin))
    axes.set_ylim(lowest - 0.05 * (1.02 - lowest), 1.02)


def _draw_arms(axes, places, arms, estimates, measure):
    """Draw the arms, the methods side by side at each level."""
    methods = style.in_order(method for method, _ in arms)
    lane = 0.72 * _gap(places) / len(methods)
    for i, method in enumerate(methods):
        look, offset, cells = style.look(method), (i - (len(methods) - 1) / 2) * lane, {}
        for level, place in places.items():
            if (method, level) in arms:
                rows = arms[method, level]
                seeds = rows[measure].dropna()
                if len(seeds) <= MOST_POINTS:
                    spots = place + offset + style.jitter(len(seeds), 0.6 * lane)
                    style.draw_seeds(axes, spots, seeds, look)
                if len(seeds):
                    cells[rows["cell"].iloc[0]] = place + offset
        draw_means(axes, list(cells.values()), estimates.loc[list(cells)], look)


def _draw_level_axis(axes, places, labels):
    """An x axis with a shaded band around the place of each level."""
    gap = _gap(places)
    for place in places.values():
        span = (place - 0.4 * gap, place + 0.4 * gap)
        axes.axvspan(*span, color=style.SHADE, linewidth=0, zorder=0)
    axes.set_xticks(list(places.values()), labels or list(places))
    axes.set_xlim(min(places.values()) - 0.6 * gap, max(places.values()) + 0.6 * gap)


def _draw_chance(axes, places, arms, measure):
    """Mark chance at each level or, where no arm has values of the measure, say why."""
    reach = 0.4 * _gap(places)
    for level, place in places.items():
        rows = pd.concat([rows for (_, other), rows in arms.items() if other == level])
        if rows[measure].notna().any():
            chance = 0.0 if measure == SCORE else rows["chance"].mean()
            axes.plot([place - reach, place + reach], [chance, chance], **style.REFERENCE)
        else:
            axes.text(
                place,
                0.5,
                "no pairs left to hold out",
                transform=axes.get_xaxis_transform(),
                rotation=90,
                ha="center",
                va="center",
                color=style.FAINT,
                size=style.NOTE_SIZE,
            )


def _gap(places):
    """The least distance between two levels."""
    return min(np.diff(sorted(places.values())), default=2)


def draw_matrix(axes, rows, columns):
    """A row of dots for each set in `rows`: filled for those of the columns that are in it."""
    shade_rows(axes, len(rows))
    for row, members in enumerate(rows):
        places = [place for place, column in enumerate(columns) if column in members]
        absent = [place for place, column in enumerate(columns) if column not in members]
        axes.plot(places, [row] * len(places), "o-", color=style.INK, markersize=4.5, linewidth=1)
        axes.plot(absent, [row] * len(absent), "o", color="#d0d0d0", markersize=4.5)
    axes.set_xlim(-0.6, len(columns) - 0.4)
    axes.set_xticks(range(len(columns)), columns)
    axes.set_yticks([])
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)


def draw_rows(axes, arms, estimates, measure, look, offset=0.0, height=0.5):
    """Draw a measure of arms, a row each: the seeds as points, the mean and its interval.

    Parameters
    ----------
    axes : Axes
    arms : dict from numbers of rows, the uppermost being 0, to rows of the table of outcomes
    estimates : DataFrame of `Tables.estimates`
    measure : what it is of, a column of the outcomes
    look : Look
    offset, height : how far below the middle of its row an arm is, and how high
    """
    for row, rows in arms.items():
        seeds = rows[measure].dropna()
        if len(seeds) <= MOST_POINTS:
            style.draw_seeds(axes, seeds, row + offset + style.jitter(len(seeds), height), look)
    cells = [rows["cell"].iloc[0] for rows in arms.values()]
    draw_means(axes, [row + offset for row in arms], estimates.loc[cells], look, across=True)


def seed_handle(look):
    """The entry of the small points in a legend."""
    points = {"marker": "o", "linestyle": "none", "markersize": 2.5, "markeredgewidth": 0}
    return Line2D([], [], label="a seed", color=look.colour, alpha=0.4, **points)


def score_axis(axes, count):
    """Shaded rows above an axis of scores, with chance at 0."""
    shade_rows(axes, count)
    axes.plot([0, 0], [-0.5, count - 0.5], **style.REFERENCE)
    axes.set_xlabel("score")


def shade_rows(axes, count):
    """A y axis of `count` rows, from the top, of which every other is shaded."""
    for row in range(0, count, 2):
        axes.axhspan(row - 0.5, row + 0.5, color=style.SHADE, linewidth=0, zorder=0)
    axes.set_ylim(count - 0.5, -0.5)
    axes.tick_params(axis="y", length=0)
