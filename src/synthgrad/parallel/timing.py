"""Does not waiting pay? Time per minibatch of the same network, run in several ways.

Two ranks measure every arm in turn, again and again, and write the tables named
in `TABLES`. The workflow has the networks of the study measured, the command
``synthgrad decoupling`` those that it is told.

The rivals of the two ranks are the single process on one core and the single
process with two BLAS threads, measured in rank 0 while the other rank sleeps.
All use the NumPy kernels, the only ones for which BLAS threads matter.
Data flows from `measure` (the ranks) through the measurements to `speedup`.
"""

import json
import sys
import time
from itertools import product
from typing import NamedTuple

import numpy as np
from threadpoolctl import threadpool_limits

from synthgrad.core.kernels import reference
from synthgrad.core.network.methods import training_step
from synthgrad.core.network.sizes import multiplications
from synthgrad.core.setup import Setup
from synthgrad.core.streams import paired_draws
from synthgrad.core.tasks import draw_examples
from synthgrad.core.training.measures import is_finite
from synthgrad.core.training.stack import draw_stack
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
from synthgrad.study import memory
from synthgrad.study.experiments import CONDITIONINGS
from synthgrad.study.naming import setting_text

RANKS = 2
ALONE = {"one process": 1, "one process, 2 threads": 2}
"""BLAS threads of the ways that need no second rank."""

LOCKED = {"locked": 1, "locked, 2 parts": 2, "locked, 5 parts": 5}
"""Micro-batches of the ways in which ranks wait for their gradients."""

MULTIPLICATIONS = 5e8
"""Of a measurement: some hundredths of a second."""

FEWEST, MOST = 5, 250
"""Minibatches of a measurement, whatever the network."""

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


class Network(NamedTuple):
    """What is trained: the sizes of the hidden layers as ``256-256``, bits and minibatch."""

    hidden: str
    bits: int
    batch_size: int

    def setup(self, conditioning):
        """The setup of a conditioning. Time does not depend on its step sizes and initial
        weights as long as all stays finite."""
        hidden = tuple(map(int, self.hidden.split("-")))
        return Setup(
            method=CONDITIONINGS[conditioning],
            bits=self.bits,
            hidden=hidden,
            batch_size=self.batch_size,
            heldout_examples=0,
            weight_scale=max(hidden) ** -0.5,
            weight_shift=0.0,
            step_size=0.001,
            generator_step_size=1e-6,
        )

    def minibatches(self):
        """How many to measure, the same for all arms of a network: few of those that take long
        with the largest generators."""
        heaviest = sum(multiplications(self.setup("output+label")))
        return int(np.clip(MULTIPLICATIONS / (self.batch_size * heaviest), FEWEST, MOST))

    def parts(self):
        """Into how many micro-batches its minibatches can be split."""
        return {way: parts for way, parts in LOCKED.items() if self.batch_size % parts == 0}


class Arm(NamedTuple):
    """One network and the way it is run."""

    hidden: str
    bits: int
    batch_size: int
    conditioning: str
    way: str

    @property
    def network(self):
        """What is run, whichever the way."""
        return Network(*self[: len(Network._fields)])


def uniform(widths, depths, batch_sizes, bits=8):
    """Networks whose hidden layers all have the same width."""
    return [
        Network("-".join([str(width)] * depth), bits, batch_size)
        for depth, width, batch_size in product(depths, widths, batch_sizes)
    ]


def network_of(setup):
    """The network of a setup of the study."""
    return Network(setting_text(setup.hidden), setup.bits, setup.batch_size)


def check(networks):
    """Nothing if networks can be measured.

    Raises
    ------
    ValueError
        Names a setting, its value and what is allowed.
    """
    for network in networks:
        for conditioning in CONDITIONINGS:
            memory.check(network.setup(conditioning), 1)


def networks_of(study):
    """What a study measures: the networks of its headline, then those of its config."""
    listed = [network_of(cell.setup) for cell in study.cells_in_ranks()]
    for block in study.decoupling["networks"]:
        listed += uniform(block["width"], block["hidden_layers"], block["batch_size"])
    return list(dict.fromkeys(listed))


def arms(network):
    """All arms of a network: every conditioning in one process and in ranks."""
    ways = {
        conditioning: ["one process", "lock-step", "decoupled"] for conditioning in CONDITIONINGS
    }
    ways["none"] = [*ALONE, *network.parts()]
    return [Arm(*network, conditioning, way) for conditioning, each in ways.items() for way in each]


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
        name: draw_stack(network.setup(name), [0], kernels=reference).layers
        for name in CONDITIONINGS
    }
    chosen = arms(network)
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
    """The engine's own step on rank 0, with as many BLAS threads as the way says."""
    measured = []
    if comm.rank == 0:
        setup = arm.network.setup(arm.conditioning)
        examples, _ = draw_examples(setup, [paired_draws(0)])
        step = training_step(setup)

        def run(minibatches, to_the_end=True):
            for n in range(minibatches):
                first = n % setup.batches * setup.batch_size
                rows = slice(first, first + setup.batch_size)
                step(layers, examples.inputs[:, rows], examples.targets[:, rows])

        with threadpool_limits(ALONE[arm.way]):
            seconds, core_share = _timed(run, arm)
        _require_finite(layers, arm)
        measured = [arm.network.minibatches(), seconds, core_share, 0, 0, 0, 0, 0, 0]
        if ALONE[arm.way] > 1:
            time.sleep(0.1)  # idle BLAS threads spin a while before they sleep
    _sleep_until_both_are_here(comm)
    return measured


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
    staleness = stage.staleness[before["updates"] :] or [0]
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
            taken[layers.index(stage.layers[0]), -1] = max(whole - own.sum(), 0.0)
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
        raise ValueError(f"{arm} left the finite numbers; its time would mean nothing")


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
    with ending_together(comm), threadpool_limits(1):
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
    code = "import sys; from synthgrad.parallel.timing import work; work(sys.argv[1])"
    launch(RANKS, ["-c", code, json.dumps(plan)], limit=3 * seconds + 300)
