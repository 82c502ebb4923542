import io
import os
import re
from dataclasses import replace

import numpy as np
import pytest

from synthgrad.cli.curves import show
from synthgrad.core.setup import Setup
from synthgrad.core.training.loop import train

SMALL = Setup(bits=3, examples=40, hidden=(6, 5), epochs=20)
METHODS = ["backprop", "dni[label]"]


class Terminal(io.StringIO):
    def isatty(self):
        return True


def final_accuracy(method):
    history = train(Setup(method=method, bits=3, examples=40, hidden=(6, 5), epochs=20), [4])
    return history.measures["bit_accuracy"][0, -1]


def ends(text):
    """What the picture says of each method: last epoch and bit accuracy."""
    found = re.findall(r"^(\S+) +epoch +(\d+) +bit accuracy ([\d.]+)$", text, flags=re.M)
    return {method: (int(epoch), float(accuracy)) for method, epoch, accuracy in found}


def test_without_a_terminal_there_are_lines_and_one_picture():
    out = io.StringIO()
    show(SMALL, METHODS, 4, out)
    text = out.getvalue()
    assert "\x1b" not in text
    assert text.count("bit accuracy by epoch, 3 bits") == 1
    lines = re.findall(r"^(\S+): epoch (\d+), bit accuracy", text, flags=re.M)
    assert lines == [(m, str(epoch)) for m in METHODS for epoch in range(0, 21, 2)]
    for method, (epoch, accuracy) in ends(text).items():
        assert epoch == 20
        assert accuracy == pytest.approx(final_accuracy(method), abs=5e-4)
    assert list(ends(text)) == METHODS


def test_on_a_terminal_each_picture_takes_the_place_of_the_one_before(monkeypatch):
    monkeypatch.setattr("synthgrad.cli.curves.SECONDS_BETWEEN", 0)
    monkeypatch.delenv("NO_COLOR", raising=False)
    out = Terminal()
    show(SMALL, METHODS, 4, out)
    pictures = re.split(r"\x1b\[(\d+)F\x1b\[J", out.getvalue())
    # One for each epoch of each method, with epoch 0, and the last.
    assert len(pictures[::2]) == 2 * 21 + 1
    for picture, height in zip(pictures[::2], pictures[1::2]):
        assert picture.count("\n") == int(height)
    assert list(ends(pictures[-1])) == METHODS
    assert "\x1b[" in pictures[-1]


class Screen:
    """The lines of a terminal of some size and all that has scrolled out of it, after a text."""

    def __init__(self, columns, rows, text):
        self.lines, self.row = [""], 0
        for part in re.split(r"(\n|\x1b\[\d+F|\x1b\[J)", re.sub(r"\x1b\[[\d;]*m", "", text)):
            top = max(0, len(self.lines) - rows)
            if part == "\n":
                self.down()
            elif part.endswith("F"):
                self.row = max(top, self.row - int(part[2:-1]))
            elif part == "\x1b[J":
                del self.lines[self.row :]
                self.lines.append("")
            else:
                for start in range(0, len(part), columns):
                    if start:
                        self.down()
                    self.lines[self.row] = part[start : start + columns]

    def down(self):
        self.row += 1
        if self.row == len(self.lines):
            self.lines.append("")


@pytest.mark.parametrize(("columns", "rows"), [(200, 50), (80, 24), (80, 12), (40, 50), (5, 2)])
def test_no_picture_is_left_on_a_terminal_of_any_size(columns, rows, monkeypatch):
    monkeypatch.setattr("synthgrad.cli.curves.SECONDS_BETWEEN", 0)
    monkeypatch.delenv("NO_COLOR", raising=False)
    size = os.terminal_size((columns, rows))
    monkeypatch.setattr("shutil.get_terminal_size", lambda fallback: size)
    methods, out = [*METHODS, "dni[input+output+label+batchnorm]"], Terminal()
    show(replace(SMALL, epochs=2), methods, 4, out)
    *lines, last = Screen(columns, rows, out.getvalue()).lines
    assert last == ""
    assert len(lines) < rows
    for method in methods[-min(rows - 1, 3) :]:
        assert sum(line.startswith(method[:columns]) for line in lines) == 1
    room = columns >= 80 and rows >= 24
    assert sum("bit accuracy by epoch" in line for line in lines) == room or not room


def test_no_color_is_respected(monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")
    out = Terminal()
    show(SMALL, METHODS[:1], 4, out)
    assert not re.search(r"\x1b\[\d*m", out.getvalue())


def test_training_can_be_watched():
    seen = []
    history = train(
        SMALL, [3, 4], watch=lambda epoch, accuracy, stack: seen.append((epoch, accuracy))
    )
    assert [epoch for epoch, _ in seen] == list(range(21))
    np.testing.assert_array_equal(
        np.transpose([accuracy for _, accuracy in seen]), history.measures["bit_accuracy"]
    )
