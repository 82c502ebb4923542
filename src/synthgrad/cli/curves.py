"""Learning curves in the terminal, drawn while the networks train."""

import os
import re
import shutil
import sys
import time
from dataclasses import replace

import numpy as np
import uniplot

from synthgrad.core.training.loop import train

SECONDS_BETWEEN = 0.15
"""Between two drawings; more often would flicker."""

COLOUR = re.compile(r"\x1b\[[\d;]*m")
"""What colours text on a terminal, and takes no room."""

LINES_OF_TEXT = 10
"""How many lines a method gets where there is no terminal to draw on."""


def show(setup, methods, seed, out=None):
    """Train one network a method, one after another, and show their bit accuracy as it grows.

    On a terminal the picture is drawn again and again in its place, without the
    curves where there is no room for them; elsewhere there are a few lines of
    text a method and one picture at the end.
    """
    out = sys.stdout if out is None else out
    screen = _Screen(setup, methods, out)
    for method in methods:
        train(
            replace(setup, method=method),
            [seed],
            record=[setup.epochs],
            watch=lambda epoch, accuracy, _, method=method: screen.add(method, epoch, accuracy[0]),
        )
    screen.draw()


class _Screen:
    """The curves so far, and where they go."""

    def __init__(self, setup, methods, out):
        self.setup = setup
        self.out = out
        self.live = out.isatty()
        self.coloured = self.live and not os.environ.get("NO_COLOR")
        self.curves = {method: [] for method in methods}
        self.drawn = 0
        self.drawn_at = -np.inf

    def add(self, method, epoch, accuracy):
        self.curves[method].append(accuracy)
        if self.live:
            if time.monotonic() - self.drawn_at >= SECONDS_BETWEEN:
                self.draw()
        elif epoch % max(1, self.setup.epochs // LINES_OF_TEXT) == 0 or epoch == self.setup.epochs:
            self.out.write(f"{method}: epoch {epoch}, bit accuracy {accuracy:.3f}\n")

    def draw(self):
        """Put the picture in the place of the one before, if there is one."""
        size = shutil.get_terminal_size((80, 24))
        lines = self.picture(*size)
        if self.live:
            lines = fitting(lines, len(self.curves), *size)
        # To the first line of the one before, and clear from there on.
        back = f"\x1b[{self.drawn}F\x1b[J" if self.live and self.drawn else ""
        self.out.write(back + "".join(f"{line}\n" for line in lines))
        self.out.flush()
        self.drawn, self.drawn_at = len(lines), time.monotonic()

    def picture(self, columns, rows):
        """Lines with the curves, and below them where each stands."""
        begun = {method: curve for method, curve in self.curves.items() if curve}
        plot = uniplot.plot_to_string(
            xs=[np.arange(len(curve)) for curve in begun.values()],
            ys=[np.array(curve) for curve in begun.values()],
            lines=True,
            color=self.coloured,
            width=max(20, min(columns - 14, 100)),
            height=max(6, min(rows - len(begun) - 8, 20)),
            x_min=0,
            x_max=self.setup.epochs,
            y_min=min(0.45, *(min(curve) for curve in begun.values())),
            y_max=1,
            y_gridlines=[],
            title=f"bit accuracy by epoch, {self.setup.bits} bits",
            legend_labels=list(begun) if self.coloured else None,
        )
        ends = [
            f"{method:24} epoch {len(curve) - 1:5}   bit accuracy {curve[-1]:.3f}"
            for method, curve in begun.items()
        ]
        return [*plot.rstrip("\n").split("\n"), *ends]


def fitting(lines, ends, columns, rows):
    """The lines of a picture or, where a terminal would break or scroll them, as much of its last
    lines as there is room for."""
    widths = [len(COLOUR.sub("", line)) for line in lines]
    if len(lines) < rows and max(widths) <= columns:
        return lines
    return [line[:columns] for line in lines[-ends:]][-max(1, rows - 1) :]
