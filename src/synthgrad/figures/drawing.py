"""What several figures are made of: methods side by side at levels of a factor, and rows of arms.

The seeds of an arm are points, as long as they are few; its mean is a symbol
with an interval.
"""

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.lines import Line2D

from synthgrad.figures import style
from synthgrad.figures.naming import End

MOST_POINTS = 30
"""Up to this many seeds, each is drawn as a point."""

SCORE = "accuracy_auc"
SCORE_NAME = "score (accuracy over all epochs)"


def middle(levels):
    """The middle one of the levels of a factor; of two, the higher."""
    levels = sorted(set(levels))
    return levels[len(levels) // 2]


def draw_level_panel(axes, estimates, arms, places, measure, labels=None, apart=()):
    """Draw a measure of an experiment by method and level of another factor.

    Parameters
    ----------
    axes : Axes
    estimates : DataFrame of `Tables.estimates`
    arms : dict from (method, level) to rows of the table of outcomes
    places : dict from the levels, in order, to where they are on the x axis
    measure : what the estimates are of, a column of the outcomes
    labels : texts at the levels, else the levels themselves
    apart : levels that no line joins to the others

    Returns
    -------
    list of End
        For `naming.name_methods`.
    """
    _draw_level_axis(axes, places, labels)
    chance = _draw_chance(axes, places, arms, measure)
    ends = _draw_arms(axes, places, arms, estimates, measure, apart)
    _cover(axes)
    return [*ends, chance]


def methods_legend(place, methods, **options):
    """The legend of a figure by method, with chance last: at most five in a row."""
    handles = [style.look(method).handle() for method in methods]
    handles.append(style.reference_handle("chance"))
    rows = math.ceil(len(handles) / 5)
    style.legend(place, handles, **{"ncols": math.ceil(len(handles) / rows)} | options)


def draw_means(axes, places, estimates, look, across=False, joined=True):
    """Draw means and intervals, of `Tables.estimates`, at places on the x axis.

    `across` exchanges the axes: the places are rows, which no line joins.
    """
    mean, low, high = (estimates[name].to_numpy() for name in ("mean", "ci_low", "ci_high"))
    # The mean of tied values can lie a rounding error outside its interval.
    error = np.maximum([mean - low, high - mean], 0)
    options = look.line() | {"elinewidth": 0.9, "ecolor": look.colour, "zorder": 3}
    if across or not joined:
        options["linestyle"] = "none"
    if across:
        axes.errorbar(mean, places, xerr=error, **options)
    else:
        axes.errorbar(places, mean, yerr=error, **options)


def _cover(axes):
    """End the y axis just above 1 and below all that its panels show so far."""
    panels = axes.get_shared_y_axes().get_siblings(axes)
    # An axes without data has infinite limits.
    lowest = min(panel.dataLim.ymin for panel in panels if np.isfinite(panel.dataLim.ymin))
    axes.set_ylim(lowest - 0.05 * (1.02 - lowest), 1.02)


def _draw_arms(axes, places, arms, estimates, measure, apart):
    """Draw the arms, the methods side by side at each level; where each ends."""
    methods = style.in_order(method for method, _ in arms)
    lane = 0.72 * _gap(places) / len(methods)
    ends = []
    for i, method in enumerate(methods):
        look, offset = style.look(method), (i - (len(methods) - 1) / 2) * lane
        cells, joined = {}, []
        for level, place in places.items():
            rows = arms.get((method, level))
            if rows is None or rows[measure].isna().all():
                continue
            seeds = rows[measure].dropna()
            if len(seeds) <= MOST_POINTS:
                spots = place + offset + style.jitter(len(seeds), 0.6 * lane)
                style.draw_seeds(axes, spots, seeds, look)
            cell = rows["cell"].iloc[0]
            cells[cell] = place + offset
            end = End(look, place, place + offset, estimates.loc[cell, "mean"], seeds.max())
            joined += [cell] * (level not in apart)
        draw_means(axes, [*cells.values()], estimates.loc[[*cells]], look, joined=not apart)
        if apart:
            line = look.line() | {"marker": "none"}
            axes.plot([cells[cell] for cell in joined], estimates["mean"][joined], **line)
        if cells:
            ends.append(end)
    return ends


def _draw_level_axis(axes, places, labels):
    """An x axis with a shaded band around the place of each level."""
    gap = _gap(places)
    for place in places.values():
        span = (place - 0.4 * gap, place + 0.4 * gap)
        axes.axvspan(*span, color=style.SHADE, linewidth=0, zorder=0)
    axes.set_xticks(list(places.values()), labels or list(places))
    axes.set_xlim(min(places.values()) - 0.6 * gap, max(places.values()) + 0.6 * gap)


def _draw_chance(axes, places, arms, measure):
    """Mark chance at each level or, where no arm has values of the measure, say why; where the
    marks end."""
    reach = 0.4 * _gap(places)
    end = None
    for level, place in places.items():
        rows = pd.concat([rows for (_, other), rows in arms.items() if other == level])
        if rows[measure].notna().any():
            chance = 0.0 if measure == SCORE else rows["chance"].mean()
            axes.plot([place - reach, place + reach], [chance, chance], **style.REFERENCE)
            end = End(style.CHANCE, place, place, chance, chance)
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
    return end


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
    arms = {row: rows for row, rows in arms.items() if rows[measure].notna().any()}
    for row, rows in arms.items():
        seeds = rows[measure].dropna()
        if len(seeds) <= MOST_POINTS:
            style.draw_seeds(axes, seeds, row + offset + style.jitter(len(seeds), height), look)
    cells = [rows["cell"].iloc[0] for rows in arms.values()]
    draw_means(axes, [row + offset for row in arms], estimates.loc[cells], look, across=True)


@dataclass(frozen=True)
class Variant:
    """One way to run methods, which is set beside another.

    look : Look
    arms : dict from methods to rows of the table of outcomes
    estimates : DataFrame of `Tables.estimates`
    measure : what they are of, a column of the outcomes
    """

    look: style.Look
    arms: dict
    estimates: pd.DataFrame
    measure: str = SCORE


def variant_looks(name, usual):
    """Looks of a variant and of the usual way beside it."""
    variant = style.Look(name, style.CONTRAST, marker="D", filled=False)
    return variant, style.Look(usual, style.NEUTRAL)


def variants_by_bits(tables, experiment, look, measure=SCORE):
    """An experiment on methods and numbers of bits as a variant for each of these."""
    arms = tables.arms("outcomes", experiment, ["bits", "method"])
    estimates = tables.estimates(experiment, measure)
    return {
        bits: Variant(look, of_level(arms, bits), estimates, measure)
        for bits in sorted({bits for bits, _ in arms})
    }


def of_level(arms, level):
    """The arms at a level of a factor, by method, of arms by (level, method)."""
    return {method: rows for (other, method), rows in arms.items() if other == level}


def scores_of_variants(panels):
    """A figure of the scores of variants: a panel for each title, given a dict from titles to
    variants, and a row for each method of the first of them."""
    methods = style.in_order(method for first, *_ in panels.values() for method in first.arms)
    figure = style.new_figure(style.TWO_COLUMNS, 0.9 + 0.26 * len(methods))
    grid = figure.subplots(1, len(panels), sharex=True, sharey=True, squeeze=False).ravel()
    for axes, listed in zip(grid, panels.values(), strict=True):
        score_axis(axes, len(methods))
        draw_variants(axes, listed, methods)
    name_rows(grid[0], methods)
    grid[0].set_xlim(right=1.03)
    style.letter(grid, panels)
    looks = {variant.look.name: variant.look for listed in panels.values() for variant in listed}
    handles = [*(look.handle() for look in looks.values()), style.reference_handle("chance")]
    style.legend(figure, handles, ncols=min(3, len(handles)))
    return figure


def draw_variants(axes, variants, methods):
    """Draw variants below one another, in a row for each method."""
    lane = 0.8 / len(variants)
    for i, variant in enumerate(variants):
        arms = {row: variant.arms[name] for row, name in enumerate(methods) if name in variant.arms}
        shape = {"offset": (i - (len(variants) - 1) / 2) * lane, "height": 0.75 * lane}
        draw_rows(axes, arms, variant.estimates, variant.measure, variant.look, **shape)


def name_rows(axes, methods):
    """Name the rows of a y axis after methods."""
    axes.set_yticks(range(len(methods)), [style.look(method).name for method in methods])


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
