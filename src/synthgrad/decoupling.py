"""Does not waiting pay? Time per minibatch of the same network, run in several ways.

``python -m synthgrad.decoupling FOLDER`` starts two ranks that measure every
arm in turn, again and again, and writes ``measurements.csv`` (one row a
measurement) and ``decoupling.csv`` (one row an arm), which it also prints.

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
from pathlib import Path
from typing import NamedTuple

import click
import numpy as np
from threadpoolctl import threadpool_limits

from . import methods, pipeline, task
from .measures import is_finite
from .setups import Setup

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

HIDDEN_LAYERS = 3
MULTIPLICATIONS = 3e9
"""Of a measurement: a few tenths of a second."""

LIMIT = 120.0
"""Seconds that a rank waits for another before it gives up."""

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


class Arm(NamedTuple):
    """One network and the way it is run."""

    width: int
    batch_size: int
    conditioning: str
    way: str

    def setup(self):
        # Time does not depend on the step sizes as long as all stays finite.
        return Setup(
            method=CONDITIONINGS[self.conditioning],
            bits=8,
            hidden=(self.width,) * HIDDEN_LAYERS,
            batch_size=self.batch_size,
            heldout_examples=0,
            step_size=0.01,
            generator_step_size=1e-6,
        )

    def minibatches(self):
        """How many to measure: the same for all arms of a width and a minibatch."""
        multiplications = 3 * HIDDEN_LAYERS * self.width**2 * self.batch_size
        return int(np.clip(MULTIPLICATIONS / multiplications, 40, 2000))


def arms(widths, batch_sizes):
    """All arms: every network in one process and in ranks."""
    return [
        Arm(width, batch_size, conditioning, way)
        for width in widths
        for batch_size in batch_sizes
        for conditioning in CONDITIONINGS
        for way in (*ALONE, *(["locked"] if conditioning == "none" else pipeline.WAYS[1:]))
    ]


def measure(comm, widths, batch_sizes, repeats, seconds, path):
    """Measure all arms `repeats` times, in an order shuffled anew each time.

    No repeat is begun in which `seconds` since the start would be exceeded,
    going by the longest so far. Rank 0 writes the measurements to `path`.
    """
    chosen = arms(widths, batch_sizes)
    order = np.random.RandomState(0)
    started = time.monotonic()
    longest = 0.0
    rows = []
    for repeat in range(repeats):
        began = time.monotonic()
        if not _agree(comm, repeat == 0 or began - started + longest < seconds):
            break
        for k in order.permutation(len(chosen)):
            arm = chosen[k]
            measured = _measure_alone(comm, arm) if arm.way in ALONE else _measure_ranks(comm, arm)
            rows.append({"repeat": repeat, **arm._asdict(), **dict(zip(MEASURED, measured))})
        longest = max(longest, time.monotonic() - began)
        if comm.rank == 0:
            sys.stderr.write(
                f"repeat {repeat + 1} of {repeats}, {time.monotonic() - started:.0f} s\n"
            )
    if comm.rank == 0:
        from .records import write_csv

        write_csv(rows, path)


def _measure_alone(comm, arm):
    """The engine's own step on rank 0, with as many BLAS threads as the way says."""
    if comm.rank == 0:
        setup = arm.setup()
        draws = [task.paired_draws(0)]
        examples, _ = task.draw_task(setup, draws)
        sizes = [np.array([s]) for s in (setup.step_size, setup.generator_step_size)]
        layers = methods.build_network(setup, draws, *sizes)
        step = methods.training_step(setup)

        def run(minibatches):
            for n in range(minibatches):
                first = n % setup.batches * setup.batch_size
                rows = slice(first, first + setup.batch_size)
                step(layers, examples.inputs[:, rows], examples.targets[:, rows])

        with threadpool_limits(ALONE[arm.way]):
            seconds, core_share = _timed(run, arm)
        _require_finite(layers, arm)
        if ALONE[arm.way] > 1:
            time.sleep(0.1)  # idle BLAS threads spin a while before they sleep
    # The other rank sleeps, so as not to take a core by looking for messages.
    pipeline.wait_for(comm.Ibarrier(), "the other rank", LIMIT, lambda: time.sleep(0.002))
    return [arm.minibatches(), seconds, core_share, 0, 0, 0, 0, 0, 0] if comm.rank == 0 else []


def _measure_ranks(comm, arm):
    stage = pipeline.Stage(comm, arm.setup(), [0], arm.way, limit=LIMIT)
    before = {}

    def be_ready():
        stage.meet()
        before.update(waited=stage.waited, sent=stage.sent_bytes, updates=len(stage.staleness))

    own = [*_timed(stage.run, arm, be_ready)]
    _require_finite(stage.layers, arm)
    own += [stage.waited - before["waited"], stage.sent_bytes - before["sent"]]
    seconds, core_share, waited, sent = zip(own, _exchange(comm, own), strict=True)
    staleness = stage.staleness[before["updates"] :] or [0]
    return [
        arm.minibatches(),
        max(seconds),
        min(core_share),
        *waited,
        *sent,
        np.median(staleness),
        max(staleness),
    ]


def _timed(run, arm, be_ready=lambda: None):
    """Seconds that `run` takes for the arm's minibatches, and the share of them with a core.

    The share is below 1 where other work takes the core, since ranks look for
    messages all the time that they wait. A warm-up goes before.
    """
    minibatches = arm.minibatches()
    run(max(minibatches // 5, 10))
    be_ready()
    began, computing = time.perf_counter(), time.thread_time()
    run(minibatches)
    seconds = time.perf_counter() - began
    return seconds, (time.thread_time() - computing) / seconds


def _require_finite(layers, arm):
    if not is_finite(layers).all():
        raise ValueError(f"{arm} left the finite numbers; its time would mean nothing")


def _exchange(comm, numbers):
    """The other rank's numbers for this rank's."""
    theirs = np.empty(len(numbers))
    sending = comm.Isend(np.array(numbers, dtype=float), 1 - comm.rank)
    pipeline.wait_for(comm.Irecv(theirs, 1 - comm.rank), "the other rank's numbers", LIMIT)
    pipeline.wait_for(sending, "the other rank to take numbers", LIMIT)
    return theirs


def _agree(comm, on):
    """Rank 0's answer, on both ranks."""
    theirs = _exchange(comm, [float(on)])
    return on if comm.rank == 0 else bool(theirs[0])


def summarise(measurements):
    """One row an arm, in the order in which they should be read.

    Parameters
    ----------
    measurements : list of dict
        The rows that `measure` writes.

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
    chosen = arms(*(sorted({arm[k] for arm in every}) for k in range(2)))
    rows = []
    for arm in chosen:
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


def render(rows):
    """The summary as a table for the terminal."""
    lines = [
        f"{'width':>5} {'batch':>5}  {'conditioning':12}  {'way':22}  {'us a minibatch':>14}"
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
            f"{row['width']:5} {row['batch_size']:5}  {row['conditioning']:12}  {row['way']:22}"
            f"  {row['median_us']:14.1f}  {row['least_us']:8.1f} to {row['most_us']:7.1f}"
            f"  {row['to_backprop']:11.2f}  {waits:>11}  {sent:>15}  {stale:>9}".rstrip()
        )
    return "\n".join(lines)


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


@click.command(context_settings={"help_option_names": ["-h", "--help"], "show_default": True})
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option("--widths", type=Sizes(), default="64,256", help="Units of each hidden layer.")
@click.option("--batch-sizes", type=Sizes(), default="10,100", help="Examples in a minibatch.")
@click.option("--repeats", type=click.IntRange(1), default=7, help="Measurements of each arm.")
@click.option(
    "--seconds",
    type=click.IntRange(1, 86_400),
    default=200,
    help="No repeat is begun that would not end in this time; the first always is.",
)
def run(folder, widths, batch_sizes, repeats, seconds):
    """Measure what not waiting pays on two ranks, and write the tables to FOLDER."""
    import pandas as pd

    from . import manifest, records

    if lacking := pipeline.missing():
        raise click.UsageError(f"{lacking}; `make decoupling` installs it")
    for arm in arms(widths, batch_sizes):
        try:
            arm.setup()
        except ValueError as error:
            raise click.UsageError(str(error)) from None
    path = folder / "measurements.csv"
    plan = {
        "widths": widths,
        "batch_sizes": batch_sizes,
        "repeats": repeats,
        "seconds": seconds,
        "path": str(path),
    }
    cores = len(os.sched_getaffinity(0))
    click.echo(
        f"{RANKS} ranks on {cores} core{'s' if cores > 1 else ''} ({manifest.cpu_model()}), "
        f"{HIDDEN_LAYERS} hidden layers, load {os.getloadavg()[0]:.1f} at the start\n",
    )
    code = "import sys; from synthgrad.decoupling import work; work(sys.argv[1])"
    pipeline.launch(RANKS, ["-c", code, json.dumps(plan)], limit=3 * seconds + 300)
    rows = summarise(pd.read_csv(path).to_dict("records"))
    records.write_csv(rows, folder / "decoupling.csv")
    click.echo(render(rows))
    click.echo(
        f"\n{caution(rows)}{folder / 'decoupling.csv'}, of {rows[0]['repeats']} repeats; {path}"
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
