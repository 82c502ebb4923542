"""What the tests run as ranks: ``mpiexec -n RANKS python ranks.py FOLDER RANKS LIMIT``.

`jobs.json` in FOLDER lists the jobs; each leaves ``NAME.npz`` there: the
parameters after every epoch and, by rank, staleness and bytes sent.
"""

import json
import os
import sys
from pathlib import Path

import numpy as np

from synthgrad.core.setup import Setup
from synthgrad.parallel.mpi import ending_together, world
from synthgrad.parallel.pipeline import Stage, state


def network_state(layers):
    """All arrays of a network that training changes."""
    return [array for layer in layers for array in state(layer)]


def train(comm, folder, limit, name, settings, seeds, way, epochs, **options):
    setup = Setup(**settings)
    stage = Stage(comm, setup, seeds, way, limit=limit, **options)
    kept = {}
    for epoch in range(1, epochs + 1):
        stage.run(setup.batches)
        # The killed ranks of a test are named by these.
        (folder / f"rank-{comm.rank}").write_text(f"{os.getpid()}\n")
        stage.gather()
        if comm.rank == 0:
            kept |= {f"{epoch}-{k}": a.copy() for k, a in enumerate(network_state(stage.network))}
    np.savez(folder / f"{name}.{comm.rank}.npz", staleness=stage.staleness, sent=stage.sent_bytes)
    if comm.rank == 0:
        np.savez(folder / f"{name}.npz", **kept)


def main(folder, ranks, limit):
    comm = world(int(ranks))
    with ending_together(comm):
        folder = Path(folder)
        for job in json.loads((folder / "jobs.json").read_text()):
            train(comm, folder, float(limit), **job)


if __name__ == "__main__":
    main(*sys.argv[1:])
