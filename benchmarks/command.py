"""`synthgrad train` as a user calls it, from its start to its end, beside the tutorial's loop.

The command starts Python, draws, trains and measures; the loop only trains. Each is
given one core, in turns; times are of the processor.
"""

import os
import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from benchmarks import presenting
from benchmarks.contestants.plain_loop import PlainLoop
from benchmarks.measuring import seconds
from benchmarks.step import CELLS

RESULTS = Path("results/benchmark")

LOOP = "plain loop"
COMMANDS = {"command": [], "command, --json": ["--json"]}
"""As it is, with measures at the end, and with all of them at some epochs on the way."""


class Effort(NamedTuple):
    """How much is measured. The loop trains some of the seeds, and the rest is reckoned."""

    repeats: int = 3
    seeds: int = 20
    epochs: int = 30
    loop_seeds: int = 4


FULL = Effort()


def main():
    """Measure and write `command.csv` and `command.md`."""
    print("synthgrad train ...", file=sys.stderr, flush=True)
    table = measure(CELLS)
    presenting.write_csv(table, RESULTS / "command.csv")
    presenting.write_text(markdown(table), RESULTS / "command.md")
    print((RESULTS / "command.md").read_text(encoding="utf-8"))


def measure(cells, effort=FULL):
    """Processor seconds of the command and of the loop: a DataFrame, a row a cell, turn and way."""
    train(effort, [], cells[0])  # Compiles, if nothing has yet.
    ways = {name: partial(train, effort, more) for name, more in COMMANDS.items()}
    ways[LOOP] = partial(train_in_loop, effort)
    return pd.DataFrame(
        {
            "bits": setup.bits,
            "hidden": "/".join(map(str, setup.hidden)),
            "method": setup.method,
            "seeds": effort.seeds,
            "epochs": effort.epochs,
            "way": name,
            "repeat": repeat,
            "seconds": way(setup),
        }
        for setup in cells
        for repeat in range(effort.repeats)
        for name, way in ways.items()
    )


def train(effort, more, setup):
    """Processor seconds of a call of the command."""
    options = {
        "--method": setup.method,
        "--bits": setup.bits,
        "--hidden": ",".join(map(str, setup.hidden)),
        "--seeds": effort.seeds,
        "--epochs": effort.epochs,
    }
    arguments = [str(part) for option in options.items() for part in option]
    command = [sys.executable, "-m", "synthgrad", "train", *arguments, *more]
    before = os.times()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    after = os.times()
    used = after.children_user + after.children_system
    return used - before.children_user - before.children_system


def train_in_loop(effort, setup):
    """Processor seconds in which the tutorial's loop trains as many seeds for as long."""
    loop = PlainLoop(setup, range(effort.loop_seeds))
    return seconds(loop.run, effort.epochs)[0] * effort.seeds / effort.loop_seeds


def markdown(table):
    """The table for reading."""
    rows = []
    for cell, group in table.groupby(presenting.CELL, sort=False):
        turns = {way: own.set_index("repeat")["seconds"] for way, own in group.groupby("way")}
        ratios = [(turns[LOOP] / turns[name]).median() for name in COMMANDS]
        times = [turns[name].median() for name in (*COMMANDS, LOOP)]
        rows.append((*cell, *(f"{t:.2f}" for t in times), *(f"{ratio:.1f}" for ratio in ratios)))
    times = [f"{way}, s" for way in (*COMMANDS, LOOP)]
    header = [*presenting.CELL, *times, *(f"loop / {way}" for way in COMMANDS)]
    first = table.iloc[0]
    return f"""\
# The command, from its start to its end

`synthgrad train` with {first["seeds"]} seeds and {first["epochs"]} epochs, compiled before,
beside the tutorial's loop over the same seeds, which only trains; processor time on one core,
medians over {table["repeat"].nunique()} turns. With `--json` it takes all measures at some epochs,
without it at the last.

{presenting.markdown_table(header, rows, left=3)}

- {presenting.machine()}
"""
