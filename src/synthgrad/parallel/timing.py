"""Does not waiting pay? Time per minibatch of the same network, run in several ways.

Two ranks measure every arm in turn, again and again, and write the tables named
in `TABLES`. The workflow has the networks of the study measured, the command
``synthgrad decoupling`` those that it is told.

The rivals of the two ranks are the single process in one thread, as the study
trains, and in two (`threads`), measured in rank 0 while the other rank sleeps. All
ways run programs of the same engine and differ in where these are cut.
Data flows from `measure` (the ranks) through the measurements to `speedup`.
"""

import json
import sys
import time
from math import ceil

import numpy as np

from synthgrad.core.kernels.compiled import COMPILED
from synthgrad.core.kernels.engine.library import load
from synthgrad.core.network.methods import training_step
from synthgrad.core.streams import paired_draws
from synthgrad.core.tasks import draw_examples
from synthgrad.core.training.measures import is_finite
from synthgrad.core.training.stack import draw_stack
from synthgrad.parallel.arms import ALONE, LOCKED, RANKS, Network, arms_of
from synthgrad.parallel.mpi import ending_together, launch, wait_for, world
from synthgrad.parallel.operations import (
    OPERATIONS,
    OVERHEAD,
    Silent,
    exchange_messages,
    rehearse,
    step_alone,
)
from synthgrad.parallel.pipeline import Stage, share_layers
from synthgrad.parallel.threads import Halves
from synthgrad.study.ranks import IN_RANKS

LIMIT = 120.0
"""Seconds that a rank waits for another before it gives up."""

ROUND_TRIPS = 30

REHEARSED = (*OPERATIONS, OVERHEAD)
"""What is timed of each layer on its own, and of the rank around it."""

TABLES = ("times", "layers", "messages")
"""What is measured: minibatches by arm, the operations of each layer, messages."""

MEASURED = (
    "minibatches",
    "seconds",
    "core_share",
    "waited_0",
    "waited_1",
    "bytes_up",
    "bytes_down",
    "staleness_median",
    "staleness_most",
)


def measure(comm, networks, repeats, seconds, paths):
    """Measure all networks `repeats` times, as long as there is time.

    Networks come in the order given at first and are shuffled from then on, the
    arms of a network are shuffled anew each time. No network is begun `seconds`
    after the start. Rank 0 writes each of `TABLES` to its path.
    """
    networks = [Network(*network) for network in networks]
    order = np.random.RandomState(0)
    started = time.monotonic()
    rows = {table: [] for table in TABLES}
    for repeat, k in _turns(order, repeats, len(networks)):
        spent = time.monotonic() - started
        if not _agree(comm, not rows["times"] or spent < seconds):
            break
        if k is None:
            _measure_messages(comm, networks, repeat, rows)
            if comm.rank == 0:
                sys.stderr.write(f"decoupling: repeat {repeat + 1} of {repeats}, {spent:.0f} s\n")
        else:
            _measure_network(comm, networks[k], repeat, order, rows)
    if comm.rank == 0:
        from synthgrad.study.tables import write_csv

        for table in TABLES:
            write_csv(rows[table], paths[table])


def _turns(order, repeats, networks):
    """Pairs of a repeat and a network, or None, for which messages are measured."""
    for repeat in range(repeats):
        yield repeat, None
        for k in order.permutation(networks) if repeat else range(networks):
            yield repeat, k


def _measure_messages(comm, networks, repeat, rows):
    for size in message_sizes(networks):
        one_way, sending = exchange_messages(comm, size, ROUND_TRIPS, LIMIT)
        row = {"one_way_us": 1e6 * one_way, "sending_us": 1e6 * sending}
        rows["messages"].append({"repeat": repeat, "bytes": size} | row)


def _measure_network(comm, network, repeat, order, rows):
    # Drawn once, and trained on from arm to arm: drawing takes longer than measuring.
    drawn = {
        name: draw_stack(network.setup(name), [0], kernels=COMPILED).layers for name in IN_RANKS
    }
    chosen = arms_of(network)
    for k in order.permutation(len(chosen)):
        arm = chosen[k]
        one = _measure_alone if arm.way in ALONE else _measure_ranks
        measured = one(comm, arm, drawn[arm.conditioning])
        labels = {"repeat": repeat, **arm._asdict()}
        rows["times"].append(labels | dict(zip(MEASURED, measured)))
    for conditioning, layers in drawn.items():
        for parts in network.parts().values() if conditioning == "none" else [1]:
            labels = {"repeat": repeat, **network._asdict(), "conditioning": conditioning}
            taken = _rehearse(comm, network, conditioning, layers, parts)
            for k, microseconds in enumerate(1e6 * taken):
                operations = {f"{name}_us": us for name, us in zip(REHEARSED, microseconds)}
                rows["layers"].append(labels | {"parts": parts, "layer": k + 1} | operations)


def _measure_alone(comm, arm, layers):
    """One process, on rank 0, with as many threads as the way says."""
    measured = []
    if comm.rank == 0:
        seconds, core_share = _timed(_one_process(arm, layers), arm)
        _require_finite(layers, arm)
        measured = [arm.network.minibatches(), seconds, core_share, 0, 0, 0, 0, 0, 0]
    _sleep_until_both_are_here(comm)
    return measured


def _one_process(arm, layers):
    """What trains the layers of an arm on so many minibatches, in one process."""
    setup = arm.network.setup(arm.conditioning)
    count = min(arm.network.minibatches(), setup.batches)
    examples, _ = draw_examples(setup, [paired_draws(0)])
    inputs, labels = (part[:, : count * setup.batch_size] for part in examples[:2])
    if ALONE[arm.way] > 1:
        halves = Halves(layers, inputs, labels, setup.batch_size)
        return lambda minibatches, to_the_end=True: halves.run(minibatches)
    program = COMPILED.repeat(training_step(setup), layers, inputs, labels, setup.batch_size)

    def run(minibatches, to_the_end=True):
        for _ in range(ceil(minibatches / count)):
            program()

    return run


def _sleep_until_both_are_here(comm):
    # Asleep, so as not to take a core by looking for messages.
    wait_for(comm.Ibarrier(), "the other rank", LIMIT, lambda: time.sleep(0.002))


def _measure_ranks(comm, arm, layers):
    setup = arm.network.setup(arm.conditioning)
    parts = LOCKED.get(arm.way)
    options = {"micro_batches": parts} if parts else {}
    way = "locked" if parts else arm.way
    stage = Stage(comm, setup, [0], way, limit=LIMIT, network=layers, **options)
    before = {}

    def mark():
        before.update(waited=stage.waited, sent=stage.sent_bytes, updates=len(stage.staleness))

    stage.meet()
    own = [*_timed(stage.run, arm, mark)]
    _require_finite(stage.layers, arm)
    own += [stage.waited - before["waited"], stage.sent_bytes - before["sent"]]
    seconds, core_share, waited, sent = zip(own, _exchange(comm, own), strict=True)
    staleness = stage.staleness[before["updates"] :] or [np.nan]
    return [
        arm.network.minibatches(),
        max(seconds),
        min(core_share),
        *waited,
        *sent,
        np.median(staleness),
        max(staleness),
    ]


def _rehearse(comm, network, conditioning, layers, parts):
    """Seconds of the operations of all layers and, at its lowest layer, of the overhead of a
    rank. Decoupled ranks work at the same time, as do those with micro-batches; otherwise
    one sleeps while the other is at it."""
    options = {"way": "locked" if conditioning == "none" else "decoupled", "micro_batches": parts}
    silent = Silent(comm.rank, comm.size)
    stage = Stage(silent, network.setup(conditioning), [0], limit=LIMIT, network=layers, **options)
    in_turn = options["way"] == "locked" and parts == 1
    minibatches = max(network.minibatches() // 4, 3)
    taken = np.zeros((len(layers), len(REHEARSED)))
    for rank in range(RANKS) if in_turn else [comm.rank]:
        if rank == comm.rank:
            own = rehearse(stage, parts, minibatches)
            whole = step_alone(stage, minibatches)
            taken[:, :-1] = own
            taken[stage.share.start, -1] = max(whole - own.sum(), 0.0)
        _sleep_until_both_are_here(comm)
    _require_finite(stage.layers, network)
    return taken + _exchange(comm, taken)


def _timed(run, arm, mark=lambda: None):
    """Seconds that `run` takes for the arm's minibatches, and the share of them with a core.

    The share is below 1 where other work takes the core, since ranks look for
    messages all the time that they wait. A warm-up goes before, without a break
    that would let ranks fall back into step.
    """
    minibatches = arm.network.minibatches()
    # Decoupled ranks need as many to get as far apart as they may.
    run(max(minibatches // 8, 5 if arm.way == "decoupled" else 2), to_the_end=False)
    mark()
    began, computing = time.perf_counter(), time.thread_time()
    run(minibatches)
    seconds = time.perf_counter() - began
    return seconds, (time.thread_time() - computing) / seconds


def _require_finite(layers, arm):
    if not is_finite(layers).all():
        raise ValueError(f"{arm} reached numbers that are not finite; its time would mean nothing")


def _exchange(comm, numbers):
    """The other rank's numbers for this rank's."""
    mine = np.array(numbers, dtype=float)
    theirs = np.empty_like(mine)
    sending = comm.Isend(mine, 1 - comm.rank)
    wait_for(comm.Irecv(theirs, 1 - comm.rank), "the other rank's numbers", LIMIT)
    wait_for(sending, "the other rank to take numbers", LIMIT)
    return theirs


def _agree(comm, on):
    """Rank 0's answer, on both ranks."""
    theirs = _exchange(comm, [float(on)])
    return on if comm.rank == 0 else bool(theirs[0])


def message_sizes(networks):
    """Bytes of all messages between two ranks of these networks, the smallest first."""
    sizes = set()
    for network in networks:
        setup = network.setup("none")
        border = setup.sizes[share_layers(setup, RANKS)[0].stop]
        sizes |= {8 * border * network.batch_size // parts for parts in network.parts().values()}
    return sorted(sizes)


def work(plan):
    """What each rank does: measure by `plan`, the arguments of `measure` as JSON."""
    comm = world(RANKS)
    with ending_together(comm):
        measure(comm, **json.loads(plan))


def in_ranks(networks, repeats, seconds, paths):
    """`measure` in ranks of its own.

    Parameters
    ----------
    networks : list of Network
    repeats, seconds : int
    paths : dict from each of `TABLES` to a path

    Raises
    ------
    mpi.RanksEnded
    """
    plan = {
        "networks": networks,
        "repeats": repeats,
        "seconds": seconds,
        "paths": {table: str(path) for table, path in paths.items()},
    }
    load()  # compiled here, where needed, and not by two ranks at once
    code = "import sys; from synthgrad.parallel.timing import work; work(sys.argv[1])"
    launch(RANKS, ["-c", code, json.dumps(plan)], limit=3 * seconds + 300)
