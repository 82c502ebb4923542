"""Small networks for ranks, how they are launched, and what stands in for their messages."""

from pathlib import Path

import pytest

from synthgrad.parallel.mpi import missing

LACKING = missing()
needs_mpi = pytest.mark.skipif(LACKING is not None, reason=f"needs the extra parallel: {LACKING}")

RANKS = Path(__file__).parent / "ranks.py"
PATIENCE = 120.0
"""Seconds; ranks are slow where they have to share cores."""

SMALL = {"bits": 5, "examples": 95, "hidden": [24, 20, 16], "step_size": 0.3, "batch_size": 10}
DNI = {**SMALL, "generator_step_size": 0.003}
# A message of 2 replicas is 200 kB: above what MPI sends before a receiver is there.
LARGE = {"bits": 8, "examples": 300, "hidden": [128, 128, 128], "batch_size": 100}

EPOCHS = 3
SEEDS = [0, 1]


def job(name, way, settings, **options):
    return options | {
        "name": name,
        "settings": settings,
        "seeds": SEEDS,
        "way": way,
        "epochs": EPOCHS,
    }


class Scripted:
    """Stands in for the communicator of rank 0 of 2, with targets `lag` minibatches late."""

    rank, size = 0, 2

    def __init__(self, lag):
        self.lag = lag
        self.sent = 0
        self.expected = 0

    @staticmethod
    def target(minibatch):
        return 0.1 * (minibatch + 1)

    def Isend(self, array, rank, tag):
        self.sent += 1
        return Done(lambda: True)

    Issend = Isend

    def Irecv(self, array, rank, tag):
        minibatch = self.expected
        self.expected += 1
        looks = iter(range(1000))

        def arrived():
            # On time only once waited for, as at the end of a run.
            if self.sent <= minibatch + self.lag and next(looks) < 20:
                return False
            array[...] = self.target(minibatch)
            return True

        return Done(arrived)


class Done:
    def __init__(self, test):
        self.Test = test
