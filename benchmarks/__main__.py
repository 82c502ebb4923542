"""``python -m benchmarks [step | growth | command | jobs]``: runs all, or the one named.

`jobs` runs on two cores, the others on one.

Threads are settled before NumPy, PyTorch or JAX is loaded, since each reads the
environment as it starts.
"""

import argparse
import importlib

from benchmarks.machine import pin_to_one_core

PROGRAMS = ("step", "growth", "command", "jobs")


def main():
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("program", nargs="?", choices=PROGRAMS, help="all without it")
    chosen = parser.parse_args().program
    pin_to_one_core()
    for program in [chosen] if chosen else PROGRAMS:
        importlib.import_module(f"benchmarks.{program}").main()


if __name__ == "__main__":
    main()
