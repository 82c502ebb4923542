"""Does not waiting pay? Time per minibatch of the same network, run in several ways.

``python -m synthgrad.decoupling FOLDER`` starts two ranks that measure every
arm in turn, again and again, prints a row an arm and writes the tables named in
`TABLES`. The workflow does the same with the networks of the study.

The rivals of the two ranks are the single process on one core and the single
process with two BLAS threads, measured in rank 0 while the other rank sleeps.
All use the NumPy kernels, the only ones for which BLAS threads matter.
Data flows from `measure` (the ranks) through the measurements to `summarise`.
"""

import json
import os
import signal
import sys
import time
from itertools import product
from pathlib import Path
from typing import NamedTuple

import click
import numpy as np
from threadpoolctl import threadpool_limits

from . import methods, pipeline, rehearsal, task
from .measures import is_finite
from .setups import Setup
from .study import setting_text

RANKS = 2
CONDITIONINGS = {
    "none": "backprop",
    "output": "dni[output]",
    "label": "dni[label]",
    "output+label": "dni[output+label]",
}
"""Method by what its generators see; without generators it is backprop."""

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

REHEARSED = (*rehearsal.OPERATIONS, rehearsal.OVERHEAD)
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
        heaviest = sum(methods.multiplications(self.setup("output+label")))
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


def networks_of(study):
    """What a study measures: the networks of its headline, then those of its config."""
    listed = [network_of(cell.setup) for _, cell in study.experiments.get("headline", [])]
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
        from .records import write_csv

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
        one_way, sending = rehearsal.exchange_messages(comm, size, ROUND_TRIPS, LIMIT)
        row = {"one_way_us": 1e6 * one_way, "sending_us": 1e6 * sending}
        rows["messages"].append({"repeat": repeat, "bytes": size} | row)


def _measure_network(comm, network, repeat, order, rows):
    # Drawn once, and trained on from arm to arm: drawing takes longer than measuring.
    drawn = {conditioning: _draw(network.setup(conditioning)) for conditioning in CONDITIONINGS}
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


def _draw(setup):
    draws = [task.paired_draws(0)]
    sizes = [np.array([s]) for s in (setup.step_size, setup.generator_step_size)]
    return methods.build_network(setup, draws, *sizes)


def _measure_alone(comm, arm, layers):
    """The engine's own step on rank 0, with as many BLAS threads as the way says."""
    measured = []
    if comm.rank == 0:
        setup = arm.network.setup(arm.conditioning)
        examples, _ = task.draw_task(setup, [task.paired_draws(0)])
        step = methods.training_step(setup)

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
    pipeline.wait_for(comm.Ibarrier(), "the other rank", LIMIT, lambda: time.sleep(0.002))


def _measure_ranks(comm, arm, layers):
    setup = arm.network.setup(arm.conditioning)
    parts = LOCKED.get(arm.way)
    options = {"micro_batches": parts} if parts else {}
    way = "locked" if parts else arm.way
    stage = pipeline.Stage(comm, setup, [0], way, limit=LIMIT, network=layers, **options)
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
    silent = rehearsal.Silent(comm.rank, comm.size)
    stage = pipeline.Stage(
        silent, network.setup(conditioning), [0], limit=LIMIT, network=layers, **options
    )
    in_turn = options["way"] == "locked" and parts == 1
    minibatches = max(network.minibatches() // 4, 3)
    taken = np.zeros((len(layers), len(REHEARSED)))
    for rank in range(RANKS) if in_turn else [comm.rank]:
        if rank == comm.rank:
            own = rehearsal.rehearse(stage, parts, minibatches)
            whole = rehearsal.step_alone(stage, minibatches)
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
    pipeline.wait_for(comm.Irecv(theirs, 1 - comm.rank), "the other rank's numbers", LIMIT)
    pipeline.wait_for(sending, "the other rank to take numbers", LIMIT)
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
        border = setup.sizes[pipeline.share_layers(setup, RANKS)[0].stop]
        sizes |= {8 * border * network.batch_size // parts for parts in network.parts().values()}
    return sorted(sizes)


def summarise(measurements):
    """One row an arm, in the order in which they should be read.

    Parameters
    ----------
    measurements : list of dict
        The rows of ``times`` that `measure` writes.

    Returns
    -------
    list of dict
        `median_us`, `least_us` and `most_us` are microseconds a minibatch over
        repeats; `to_backprop` is the median ratio to backprop in one process on
        one core in the same repeat; `core_share` the share of time in which the
        process, or the worse-off rank, had a core; `waits_k` that in which rank
        k waited; `bytes_up` and `bytes_down` are those sent in a minibatch.
    """
    by_arm = {}
    for row in measurements:
        arm = Arm(*(row[name] for name in Arm._fields))
        by_arm.setdefault(arm, []).append([row[name] for name in MEASURED])
    every = {arm: np.array(values).T for arm, values in by_arm.items()}
    rows = []
    for arm in sorted(every, key=_place):
        minibatches, seconds, core_share, waited_0, waited_1, up, down, staleness, most_stale = (
            every[arm]
        )
        rival = every[arm._replace(conditioning="none", way="one process")]
        took = 1e6 * seconds / minibatches
        in_ranks = arm.way not in ALONE
        rows.append(
            {
                **arm._asdict(),
                "repeats": len(took),
                "median_us": round(np.median(took), 2),
                "least_us": round(took.min(), 2),
                "most_us": round(took.max(), 2),
                "to_backprop": round(np.median(took / (1e6 * rival[1] / rival[0])), 4),
                "core_share": round(np.median(core_share), 4),
                "waits_0": round(np.median(waited_0 / seconds), 4) if in_ranks else None,
                "waits_1": round(np.median(waited_1 / seconds), 4) if in_ranks else None,
                "bytes_up": int(np.median(up / minibatches)),
                "bytes_down": int(np.median(down / minibatches)),
                "staleness_median": np.median(staleness) if arm.way == "decoupled" else None,
                "staleness_most": most_stale.max() if arm.way == "decoupled" else None,
            }
        )
    return rows


def _place(arm):
    """Where an arm stands: by network, small ones first, then in the order of `arms`."""
    hidden = [int(units) for units in arm.hidden.split("-")]
    return len(hidden), hidden, arm.bits, arm.batch_size, arms(arm.network).index(arm)


def render(rows):
    """The summary as a table for the terminal."""
    widest = max(len("hidden"), *(len(row["hidden"]) for row in rows))
    lines = [
        f"{'hidden':{widest}} {'batch':>5}  {'conditioning':12}  {'way':22}  {'us a minibatch':>14}"
        f"  {'least to most':>19}  {'to backprop':>11}  {'ranks wait':>11}  {'bytes up, down':>15}"
        f"  {'staleness':>9}"
    ]
    for row in rows:
        in_ranks = row["way"] not in ALONE
        waits = f"{row['waits_0']:.0%}, {row['waits_1']:.0%}" if in_ranks else ""
        sent = f"{row['bytes_up']}, {row['bytes_down']}" if in_ranks else ""
        stale = (
            f"{row['staleness_median']:g} (<={row['staleness_most']:g})"
            if row["way"] == "decoupled"
            else ""
        )
        lines.append(
            f"{row['hidden']:{widest}} {row['batch_size']:5}  {row['conditioning']:12}"
            f"  {row['way']:22}"
            f"  {row['median_us']:14.1f}  {row['least_us']:8.1f} to {row['most_us']:7.1f}"
            f"  {row['to_backprop']:11.2f}  {waits:>11}  {sent:>15}  {stale:>9}".rstrip()
        )
    return "\n".join(lines)


def _span(rows):
    fewest, most = (choose(row["repeats"] for row in rows) for choose in (min, max))
    return f"{fewest}" if fewest == most else f"{fewest} to {most}"


def caution(rows):
    """A sentence on other work on the machine; empty if there was little."""
    share = np.median([row["core_share"] for row in rows])
    if share > 0.95:
        return ""
    return (
        f"Other work took the cores for {1 - share:.0%} of the time (median of the rows): "
        "do not rely on these times.\n"
    )


def work(plan):
    """What each rank does: measure by `plan`, the arguments of `measure` as JSON."""
    comm = pipeline.world(RANKS)
    with pipeline.ending_together(comm), threadpool_limits(1):
        measure(comm, **json.loads(plan))


class Sizes(click.ParamType):
    """Whole numbers of at least 1, as in ``64,256``."""

    name = "sizes"

    def convert(self, value, param, ctx):
        try:
            sizes = [int(part) for part in value.split(",")]
        except ValueError:
            sizes = [0]
        if min(sizes) < 1:
            self.fail(f"{value!r}; allowed are whole numbers of at least 1 joined by commas")
        return sorted(set(sizes))


def in_ranks(networks, repeats, seconds, paths):
    """`measure` in ranks of its own.

    Parameters
    ----------
    networks : list of Network
    repeats, seconds : int
    paths : dict from each of `TABLES` to a path

    Raises
    ------
    pipeline.RanksEnded
    """
    plan = {
        "networks": networks,
        "repeats": repeats,
        "seconds": seconds,
        "paths": {table: str(path) for table, path in paths.items()},
    }
    code = "import sys; from synthgrad.decoupling import work; work(sys.argv[1])"
    pipeline.launch(RANKS, ["-c", code, json.dumps(plan)], limit=3 * seconds + 300)


@click.command(context_settings={"help_option_names": ["-h", "--help"], "show_default": True})
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option("--widths", type=Sizes(), default="64,256", help="Units of each hidden layer.")
@click.option("--depths", type=Sizes(), default="1,3", help="Numbers of hidden layers.")
@click.option("--batch-sizes", type=Sizes(), default="10,100", help="Examples in a minibatch.")
@click.option("--repeats", type=click.IntRange(1), default=7, help="Measurements of each arm.")
@click.option(
    "--seconds",
    type=click.IntRange(1, 86_400),
    default=200,
    help="No network is begun after this time; the first always is.",
)
def run(folder, widths, depths, batch_sizes, repeats, seconds):
    """Measure what not waiting pays on two ranks, and write the tables to FOLDER."""
    import pandas as pd

    from . import manifest, records

    if lacking := pipeline.missing():
        raise click.UsageError(f"{lacking}; `make decoupling` installs it")
    networks = uniform(widths, depths, batch_sizes)
    for network in networks:
        try:
            network.setup("none")
        except ValueError as error:
            raise click.UsageError(str(error)) from None
    cores = len(os.sched_getaffinity(0))
    click.echo(
        f"{RANKS} ranks on {cores} core{'s' if cores > 1 else ''} ({manifest.cpu_model()}), "
        f"load {os.getloadavg()[0]:.1f} at the start\n",
    )
    paths = {table: folder / f"decoupling_{table}.csv" for table in TABLES}
    in_ranks(networks, repeats, seconds, paths)
    rows = summarise(pd.read_csv(paths["times"]).to_dict("records"))
    records.write_csv(rows, folder / "decoupling.csv")
    click.echo(render(rows))
    click.echo(
        f"\n{caution(rows)}{folder / 'decoupling.csv'}, of {_span(rows)} repeats; {paths['times']}"
    )


def main(arguments=None):
    """Run `run`; turns errors into one line and an exit status, as the synthgrad command does."""
    try:
        status = run.main(args=arguments, prog_name="synthgrad.decoupling", standalone_mode=False)
    except click.ClickException as error:
        sys.stderr.write(f"synthgrad: error: {' '.join(error.format_message().split())}\n")
        status = 2
    except pipeline.RanksEnded as error:
        sys.stderr.write(f"synthgrad: error: {error}\n")
        status = 1
    except click.Abort:
        sys.stderr.write("synthgrad: interrupted\n")
        status = 130
    sys.exit(status if isinstance(status, int) else 0)


if __name__ == "__main__":
    # Raised where the launcher waits, it ends the ranks too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    main()
