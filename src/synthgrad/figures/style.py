"""How the figures look: the one place for sizes, fonts, colours, marks and names.

A method has the same colour, dashes, marker and place in the order everywhere.
Colours are those of Okabe and Ito, with a wine red and a lighter grey that keep
further apart from the rest for colour-blind readers; dashes and markers tell
methods apart in grey. Widths are those of the columns
of an A4 article, and the letters are the Computer Modern that Matplotlib
ships, the same design as the Latin Modern of the paper.
"""

import functools
import logging
import math
import zlib
from contextlib import contextmanager
from dataclasses import dataclass

import matplotlib
import numpy as np
import seaborn
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from synthgrad.core.setup import CONDITIONS, CONDITIONS_OF
from synthgrad.study.tables import replacing

# Else every PDF would come with warnings about the dates in Matplotlib's own fonts.
logging.getLogger("fontTools").setLevel(logging.ERROR)

ONE_COLUMN, TWO_COLUMNS, PAGE = 3.35, 6.2, 7.1
"""Widths in inches: of a column of the paper, of what stands beside its caption over both, and of
what is a page of its own."""

INK = "#222222"
FAINT = "#767676"
SHADE = "#f3f3f3"
"""Colours of what is not data: axes and text; references and notes; groups."""

NEUTRAL, CONTRAST = "#5d6d7e", "#d81b60"
"""Colours of data that are of no one method, and of what is set against them."""

NOTE_SIZE = 7
"""Size in points of notes, the smallest text."""

NAME_SIZE = 7.5
"""Size in points of names."""

RC = seaborn.axes_style("ticks") | {
    "font.family": ["cmr10", "STIXGeneral"],
    "mathtext.fontset": "cm",
    "axes.formatter.use_mathtext": True,  # cmr10 has its minus sign in the mathematics
    "font.size": 8,
    "axes.titlesize": 8,
    "axes.titlelocation": "left",
    "axes.labelsize": 8,
    "xtick.labelsize": 7,
    "ytick.labelsize": 7,
    "figure.labelsize": 8,
    "legend.fontsize": NAME_SIZE,
    "legend.frameon": False,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.titlecolor": INK,
    "axes.edgecolor": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "axes.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "xtick.minor.width": 0.4,
    "ytick.minor.width": 0.4,
    "xtick.major.size": 3,
    "ytick.major.size": 3,
    "xtick.minor.size": 1.5,
    "ytick.minor.size": 1.5,
    "axes.labelpad": 2.5,
    "lines.linewidth": 1.2,
    "lines.solid_capstyle": "butt",  # an interval ends where it ends
    "lines.markersize": 3.5,
    "pdf.fonttype": 42,
    "figure.dpi": 100,
}


@dataclass(frozen=True)
class Look:
    """Name and appearance of a method, or of another arm."""

    name: str
    colour: str
    dashes: str | tuple = "-"
    marker: str = "o"
    filled: bool = True
    width: float = 1.2

    def line(self):
        """Keywords of a line with markers."""
        return {
            "color": self.colour,
            "linestyle": self.dashes,
            "linewidth": self.width,
            "marker": self.marker,
            "markerfacecolor": self.colour if self.filled else "white",
            "markeredgecolor": self.colour,
            "markeredgewidth": 0.7,
            "label": self.name,
        }

    def handle(self):
        """Its entry in a legend."""
        return Line2D([], [], **self.line())


_DASHED = (0, (4, 1.3))
_DOTTED = (0, (1, 1.2))
_MIXED = (0, (4, 1.2, 1, 1.2))

METHODS = {
    "backprop": Look("backprop", "#000000", marker="s"),
    "frozen": Look("frozen", "#a6a6a6", _MIXED, "X"),
    "feedback-alignment": Look("feedback alignment", "#882255", marker="P"),
    "local-loss": Look("local loss", "#7818f2", _DOTTED, "h"),
    "dni[output]": Look("dni[output]", "#0072b2", marker="o"),
    "dni[label]": Look("dni[label]", "#e69f00", marker="^"),
    "dni[batchnorm]": Look("dni[batchnorm]", "#009e73", marker="D"),
    "dni[output+label]": Look("dni[output+label]", "#56b4e9", _DASHED, "v"),
    "dni[label+batchnorm]": Look("dni[label+batchnorm]", "#d55e00", _DASHED, "d"),
    "noise": Look("noise", "#4c3000", _DOTTED, "p"),
}
"""The methods of the headline, in the order in which they are listed."""

PRINTED = "#d55e00"
SIGNS = {
    ("descent", "descent"): Look("weights \u2212=, generators \u2212=", "#000000", _DASHED, "s"),
    ("descent", "ascent"): Look("weights \u2212=, generators +=", "#0072b2", _DOTTED, "o"),
    ("ascent", "descent"): Look("weights +=, generators \u2212=", "#8c8c8c", marker="^"),
    ("ascent", "ascent"): Look(
        "weights +=, generators += (as printed)", PRINTED, marker="D", width=2
    ),
}
"""Signs of the two updates of the printed class, in the tutorial's own notation."""

SPARE_COLOURS = (
    "#332288",
    "#cc6677",
    "#ddcc77",
    "#117733",
    "#88ccee",
    "#aa4499",
    "#44aa99",
    "#999933",
)
SPARE_DASHES = (_DASHED, _MIXED)
SPARE_MARKERS = ("o", "s")
"""For other methods, see `look`."""


def look(method):
    """Appearance of a method.

    Any method outside `METHODS` has an open marker. The subset of conditions of
    a ``dni[...]``, read as a binary number whose lowest digit is the first
    condition, chooses from the spare colours by its three lowest digits and
    from the spare dashes and markers by the next, so that no two subsets look
    alike. A method that is not of this kind is given the CRC-32 of its name.
    """
    if method in METHODS:
        return METHODS[method]
    conditions = CONDITIONS_OF.get(method)
    if conditions:
        number = sum(1 << CONDITIONS.index(name) for name in conditions)
    else:
        number = zlib.crc32(method.encode())
    high, low = divmod(number, len(SPARE_COLOURS))
    high %= len(SPARE_DASHES)
    name = method.replace("-", " ")
    return Look(name, SPARE_COLOURS[low], SPARE_DASHES[high], SPARE_MARKERS[high], filled=False)


def in_order(methods):
    """Methods in the order in which they are listed: those of `METHODS`, then the shorter names."""
    methods = set(methods)
    others = sorted(methods - set(METHODS), key=lambda name: (len(name), name))
    return [name for name in METHODS if name in methods] + others


@contextmanager
def in_style():
    """Matplotlib as it comes and then `RC`, whatever the user's own settings are."""
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(RC)
        yield


def styled(draw):
    """Decorator of a function that draws: everything in it is made in this style."""

    @functools.wraps(draw)
    def drawn(*arguments):
        with in_style():
            return draw(*arguments)

    return drawn


def save(figure, stem):
    """Write ``<stem>.pdf`` and ``<stem>.png``: the same bytes for the same figure."""
    for kind, metadata in (("pdf", {"CreationDate": None}), ("png", None)):
        with replacing(f"{stem}.{kind}") as temporary, in_style():
            figure.savefig(temporary, format=kind, dpi=300, metadata=metadata)


def new_figure(width, height):
    """An empty figure of this size in inches, laid out by constraints."""
    figure = Figure(figsize=(width, height), layout="constrained")
    figure.get_layout_engine().set(w_pad=0.04, h_pad=0.04, wspace=0.04, hspace=0.04)
    return figure


def panel_grid(count):
    """A figure with `count` panels of one y axis and, after them, room for the legend."""
    columns = count + 1 if count < 3 else math.ceil(math.sqrt(count + 1))
    rows = math.ceil((count + 1) / columns)
    figure = new_figure(TWO_COLUMNS, 1.9 * rows + 0.1)
    shares = {"width_ratios": [1] * count + [0.7]} if rows == 1 else {}
    grid = figure.subplots(rows, columns, sharey=True, squeeze=False, **shares).ravel()
    for axes in grid[count:]:
        axes.set_axis_off()
    return figure, grid[:count], grid[count]


def letter(panels, titles):
    """Title the panels (a), (b), ..."""
    for i, (axes, title) in enumerate(zip(panels, titles, strict=True)):
        axes.set_title(f"({chr(ord('a') + i)})  {title}", pad=4)


def legend(place, handles, **options):
    """The one legend of a figure: below it or, where `place` is an axes, in there."""
    if isinstance(place, Figure):
        options = {"loc": "outside lower center", "ncols": len(handles)} | options
    place.legend(handles=handles, handlelength=2.4, columnspacing=1.4, **options)


def draw_curve(axes, curve, look, markevery=None):
    """Draw a curve of `Tables.curve`: its mean as a line and its interval as a band."""
    axes.fill_between(
        curve["epoch"], curve["low"], curve["high"], color=look.colour, alpha=0.2, linewidth=0
    )
    axes.plot(curve["epoch"], curve["mean"], markevery=markevery, **look.line())


def draw_seeds(axes, x, y, look, size=1.8):
    """Draw the values of single seeds as small points."""
    axes.plot(x, y, "o", color=look.colour, alpha=0.4, markersize=size, markeredgewidth=0)


def sequence(names):
    """Looks of the levels of a factor that has an order, from dark to light."""
    shades = matplotlib.colormaps["viridis"](np.linspace(0, 0.78, len(names)))
    markers = ("o", "s", "^", "D", "v", "P", "X")
    return {
        name: Look(name, to_hex(shade), marker=markers[i % len(markers)])
        for i, (name, shade) in enumerate(zip(names, shades, strict=True))
    }


def jitter(count, width):
    """Fixed offsets for `count` points, spread evenly over `width` in an order without pattern."""
    golden_ratio = (np.sqrt(5) - 1) / 2
    return width * (np.arange(1, count + 1) * golden_ratio % 1 - 0.5)


REFERENCE = {"color": FAINT, "linewidth": 0.9, "linestyle": _DOTTED, "zorder": 1.5}
"""A line that is not data, such as chance: the best constant prediction."""


BOUNDARY = {"color": "#d0d0d0", "linewidth": 0.7, "zorder": 0}
"""A line where something ends that is counted, such as a budget."""


def draw_reference(axes, height, name):
    """Draw a level that is not data across a panel, with its name above it."""
    axes.axhline(height, **REFERENCE)
    axes.annotate(
        name,
        (1, height),
        xycoords=axes.get_yaxis_transform(),
        xytext=(0, 3),
        textcoords="offset points",
        ha="right",
        color=FAINT,
        size=NOTE_SIZE,
    )


def reference(name):
    """Look of a level that is not data, such as chance."""
    return Look(
        name, REFERENCE["color"], REFERENCE["linestyle"], "none", width=REFERENCE["linewidth"]
    )


def reference_handle(name):
    """The entry of a reference in a legend."""
    return reference(name).handle()


CHANCE = reference("chance")


def epoch_axis(axes, last):
    """Epochs from 0, the untrained network, to the last: linear up to 1, then logarithmic."""
    axes.set_xscale("symlog", linthresh=1, linscale=0.35)
    decades = [10**power for power in range(math.ceil(math.log10(last)) + 1)]
    labelled = [0, *(digit * decade for decade in decades for digit in (1, 3))]
    between = [digit * decade for decade in decades for digit in range(2, 10)]
    axes.set_xticks([epoch for epoch in labelled if epoch <= last])
    axes.set_xticks([epoch for epoch in between if epoch <= last], minor=True)
    axes.xaxis.set_major_formatter(plain)
    axes.set_xlim(0, last * 1.06)
    axes.set_xlabel("epoch")


def plain(value, _position=None):
    """A number on an axis, written out, or with a power of ten where that would be long."""
    digits, _, power = f"{value:g}".partition("e")
    digits = digits.replace("-", "\u2212")
    if not power:
        return digits
    factor = "" if digits == "1" else rf"{digits}\cdot "
    return rf"${factor}10^{{{int(power)}}}$"
