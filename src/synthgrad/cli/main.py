"""The `synthgrad` command.

Bad input ends with one line on stderr and exit status 2. Modules that take
time to import are imported by the commands that need them.
"""

import json
import os
import sys
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path

import click

from synthgrad import __version__
from synthgrad.core.setup import ALL, CONDITIONS, Setup

LARGEST_SEED = 2**32 - 1
"""What NumPy's legacy generator takes."""


class HiddenSizes(click.ParamType):
    """Units of the hidden layers, as in ``128,64``."""

    name = "sizes"

    def convert(self, value, param, ctx):
        if isinstance(value, tuple):
            return value
        try:
            return tuple(int(part) for part in value.split(","))
        except ValueError:
            self.fail(f"{value!r}; allowed are whole numbers joined by commas, as in 128,64")


class Examples(click.ParamType):
    """A number of examples, or all pairs."""

    name = "number"

    def convert(self, value, param, ctx):
        if isinstance(value, int) or value == ALL:
            return value
        try:
            return int(value)
        except ValueError:
            self.fail(f"{value!r}; allowed are a whole number and {ALL}")


class Alternatives(click.ParamType):
    """Sizes to try one by one, as in ``64,256``: whole numbers of at least 1."""

    name = "sizes"

    def convert(self, value, param, ctx):
        try:
            sizes = [int(part) for part in value.split(",")]
        except ValueError:
            sizes = [0]
        if min(sizes) < 1:
            self.fail(f"{value!r}; allowed are whole numbers of at least 1 joined by commas")
        return sorted(set(sizes))


class EditionName(click.ParamType):
    """A published program."""

    name = "edition"

    def convert(self, value, param, ctx):
        from synthgrad.core.tutorial import EDITIONS

        if value not in EDITIONS:
            self.fail(f"{value!r}; allowed are {', '.join(EDITIONS)}")
        return value

    def shell_complete(self, ctx, param, incomplete):
        from click.shell_completion import CompletionItem

        from synthgrad.core.tutorial import EDITIONS

        return [CompletionItem(name) for name in EDITIONS if name.startswith(incomplete)]


def _setting(option, **about):
    """An option that is a field of the setup and has its default."""
    default = getattr(Setup, option.strip("-").replace("-", "_"))
    listed = isinstance(default, tuple)
    if listed:  # as it is typed, not as click would show it
        about["help"] += f"  [default: {','.join(map(str, default))}]"
    return click.option(option, default=default, show_default=not listed, **about)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="synthgrad")
def cli():
    """Train and replay networks that learn from synthetic gradients.

    \b
    Example:
      synthgrad show backprop 'dni[output+label]' --bits 6
    """


@cli.command()
@click.option(
    "--method",
    required=True,
    help="backprop, frozen, feedback-alignment or dni[CONDITIONS], with CONDITIONS one or more "
    f"of {', '.join(CONDITIONS)} joined by + in that order.",
)
@click.option("--bits", type=int, required=True, help="Digits of the sum.")
@click.option("--seed", type=click.IntRange(0, LARGEST_SEED), help="One seed.  [default: 0]")
@click.option("--seeds", type=click.IntRange(1, 100_000), help="Seeds 0 to SEEDS - 1 instead.")
@_setting("--epochs", help="Passes over the examples.")
@_setting("--examples", type=Examples(), help="Training examples, or all pairs of operands.")
@_setting("--hidden", type=HiddenSizes(), help="Units of the hidden layers, lowest first.")
@_setting("--batch-size", help="Examples in a minibatch.")
@_setting("--step-size", help="Step size of the network.")
@_setting("--generator-step-size", help="Step size of the generators.")
@click.option("--json", "as_json", is_flag=True, help="Print setup and history as one JSON object.")
def train(seed, seeds, as_json, **settings):
    """Train a network on binary addition and print how well it adds.

    \b
    Example:
      synthgrad train --method 'dni[output+label]' --bits 8 --seed 0 --epochs 20
    """
    if seed is not None and seeds is not None:
        raise click.UsageError("--seed and --seeds were both given; allowed is one of them")
    chosen = range(seeds) if seeds is not None else [seed or 0]
    setup = _setup(settings, len(chosen))

    from synthgrad.core.training import loop as training
    from synthgrad.study import tables as records

    with _working(len(chosen) * setup.epochs) as progress:
        history = training.train(setup, chosen, progress=progress)
    columns = records.cell_columns(history)
    del columns["recorded"]
    if as_json:
        listed = {name: _json_values(values) for name, values in columns.items()}
        click.echo(json.dumps({"setup": asdict(setup), "history": listed}, allow_nan=False))
    else:
        click.echo(_final_table(setup, history))


@cli.command()
@click.argument("methods", metavar="[METHOD]...", nargs=-1)
@click.option("--bits", type=int, default=Setup.bits, show_default=True, help="Digits of the sum.")
@click.option(
    "--seed",
    type=click.IntRange(0, LARGEST_SEED),
    default=0,
    show_default=True,
    help="The seed of all of them.",
)
@_setting("--epochs", help="Passes over the examples.")
@_setting("--examples", type=Examples(), help="Training examples, or all pairs of operands.")
@_setting("--hidden", type=HiddenSizes(), help="Units of the hidden layers, lowest first.")
@_setting("--batch-size", help="Examples in a minibatch.")
@_setting("--step-size", help="Step size of the network.")
@_setting("--generator-step-size", help="Step size of the generators.")
def show(methods, seed, **settings):
    """Train one network a METHOD and draw their learning curves as they grow.

    Without a METHOD: backprop and dni[label].

    \b
    Example:
      synthgrad show backprop 'dni[output+label]' --bits 6
    """
    methods = dict.fromkeys(methods or ("backprop", "dni[label]"))
    setups = [_setup(settings | {"method": method}, replicas=1) for method in methods]

    from synthgrad.cli import show as showing

    with _one_thread():
        showing.show(setups[0], list(methods), seed)


@cli.command()
def editions():
    """List the programs that the tutorial published.

    \b
    Example:
      synthgrad editions
    """
    from synthgrad.core.tutorial import EDITIONS

    width = max(map(len, EDITIONS))
    for name, edition in EDITIONS.items():
        click.echo(f"{name:{width}}  {edition.setup.epochs:>5} iterations  {edition.about}")


@cli.command()
@click.argument("edition", type=EditionName())
@click.option("--iterations", type=click.IntRange(1), help="Passes.  [default: as published]")
@click.option(
    "--seed",
    type=click.IntRange(0, LARGEST_SEED),
    help="The seed.  [default: as published]",
)
@click.option("--json", "as_json", is_flag=True, help="Print every iteration as one JSON object.")
def replay(edition, iterations, seed, as_json):
    """Run a published program again, number for number.

    \b
    Example:
      synthgrad replay dni-output --iterations 100
    """
    from synthgrad.core import tutorial as editions
    from synthgrad.study import memory

    setup = editions.EDITIONS[edition].setup
    total = iterations or setup.epochs
    try:
        memory.check(replace(setup, epochs=total), 1)
    except ValueError as error:
        raise click.UsageError(f"--iterations: {error}") from None
    with _working(total) as progress:
        seed = editions.PUBLISHED_SEED if seed is None else seed
        replayed = editions.replay(edition, iterations, seed, progress)
    if as_json:
        listed = {
            name: _json_values(value) if isinstance(value, list) else value
            for name, value in replayed.items()
        }
        click.echo(json.dumps(listed, allow_nan=False))
    else:
        click.echo(_replay_table(replayed))


@cli.command()
@click.argument("runs", type=click.Path(exists=True, file_okay=False))
@click.argument(
    "published", type=click.Path(exists=True, file_okay=False), required=False, default="published"
)
def verify(runs, published):
    """Compare the run in folder RUNS with the PUBLISHED one.

    Exits with 0 only if no cell differs beyond tolerance and every verdict
    agrees on a claim that both have tested, with 1 otherwise, with 2 if a table
    is missing or damaged.

    \b
    Example:
      synthgrad verify results/full published
    """
    from synthgrad.reproduce import verify as comparing
    from synthgrad.study import tables as records

    try:
        cells, verdicts = comparing.compare_folders(runs, published)
    except records.DamagedTable as error:
        raise click.UsageError(str(error)) from None
    click.echo(comparing.render(cells, verdicts))
    raise SystemExit(0 if comparing.agrees(cells, verdicts) else 1)


@cli.command(context_settings={"show_default": True})
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option("--widths", type=Alternatives(), default="64,256", help="Units of each hidden layer.")
@click.option("--depths", type=Alternatives(), default="1,3", help="Numbers of hidden layers.")
@click.option(
    "--batch-sizes", type=Alternatives(), default="10,100", help="Examples in a minibatch."
)
@click.option("--repeats", type=click.IntRange(1), default=7, help="Measurements of each arm.")
@click.option(
    "--seconds",
    type=click.IntRange(1, 86_400),
    default=200,
    help="No network is begun after this time; the first always is.",
)
def decoupling(folder, widths, depths, batch_sizes, repeats, seconds):
    """Time layers as MPI ranks beside one process.

    Two ranks measure networks of every width, depth and batch size given, in
    every way of running them. The tables go to FOLDER.

    \b
    Example:
      synthgrad decoupling results/decoupling --widths 64 --repeats 3
    """
    import signal

    from synthgrad.parallel import mpi
    from synthgrad.parallel import speedup as clock
    from synthgrad.parallel import timing as measuring
    from synthgrad.reproduce import manifest
    from synthgrad.study import tables as records

    if lacking := mpi.missing():
        raise click.UsageError(f"{lacking}; `make decoupling` installs it")
    networks = measuring.uniform(widths, depths, batch_sizes)
    try:
        measuring.check(networks)
    except ValueError as error:
        raise click.UsageError(f"--widths, --depths, --batch-sizes: {error}") from None
    _check_writable(folder)
    cores = len(os.sched_getaffinity(0))
    click.echo(
        f"{measuring.RANKS} ranks on {cores} core{'s' if cores > 1 else ''} "
        f"({manifest.cpu_model()}), load {os.getloadavg()[0]:.1f} at the start\n",
    )
    # Raised where the launcher waits, it ends the ranks too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    paths = {table: folder / f"decoupling_{table}.csv" for table in measuring.TABLES}
    try:
        measuring.in_ranks(networks, repeats, seconds, paths)
    except mpi.RanksEnded as error:
        raise click.ClickException(str(error)) from None
    summary = clock.summarise(records.read_csv(paths["times"]))
    records.write_csv(summary, folder / "decoupling.csv")
    fewest, most = summary["repeats"].min(), summary["repeats"].max()
    click.echo(clock.render(summary))
    click.echo(
        f"\n{clock.caution(summary)}{folder / 'decoupling.csv'}, of "
        f"{fewest if fewest == most else f'{fewest} to {most}'} repeats; {paths['times']}"
    )


@cli.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
def portability(folder):
    """Train with the kernels of other CPUs.

    The table that goes to FOLDER tells for every method and published program
    how far a few hundred steps end from those with the kernels chosen here.

    \b
    Example:
      synthgrad portability results/portability
    """
    import subprocess

    import pandas as pd

    from synthgrad.reproduce import cpus as measuring
    from synthgrad.study import tables as records

    _check_writable(folder)
    rows = []
    try:
        for kernels, found in measuring.measure():
            rows += found
            seconds, largest = found[0]["seconds"], max(row["largest"] for row in found)
            click.echo(f"{kernels:24} {seconds:6.1f} s, largest difference {largest:.2g}")
    except subprocess.CalledProcessError as error:
        status = error.returncode
        raise click.ClickException(
            f"training with other kernels ended with status {status}"
        ) from None
    path = folder / "portability.csv"
    records.write_csv(pd.DataFrame(rows), path)
    click.echo(path)


def _check_writable(folder):
    from synthgrad.study.config import ConfigError, check_writable

    try:
        check_writable(folder)
    except ConfigError as error:
        raise click.UsageError(str(error)) from None


def _setup(settings, replicas):
    """The setup of the options given; a refused one is named as the option it is."""
    try:
        setup = Setup(**settings)
        from synthgrad.study import memory

        memory.check(setup, replicas)
        return setup
    except ValueError as error:
        name, rest = str(error).split(" ", 1)
        raise click.UsageError(f"--{name.replace('_', '-')} {rest}") from None


def _one_thread():
    """Context of work with one BLAS thread."""
    # NumPy first: its BLAS must be loaded before it can be limited.
    import numpy  # noqa: F401
    from threadpoolctl import threadpool_limits

    return threadpool_limits(1)


@contextmanager
def _working(total):
    """Work with one BLAS thread and a progress bar on stderr, if that is a terminal."""
    from tqdm import tqdm

    with (
        _one_thread(),
        tqdm(total=total, unit="epoch", disable=None, leave=False, file=sys.stderr) as bar,
    ):
        yield bar.update


def _json_values(values):
    """A list for JSON: whole numbers as such, numbers that are not finite as null."""
    from math import isfinite

    listed = values if isinstance(values, list) else values.tolist()
    return [value if isfinite(value) else None for value in listed]


def _final_table(setup, history):
    """The measures at the last epoch: mean over seeds and, for several, their range."""
    import numpy as np

    replicas = len(history.seeds)
    heading = (
        f"{setup.method}, {setup.bits} bits, {setup.training_examples} examples, "
        f"hidden {', '.join(map(str, setup.hidden))}, {setup.epochs} epochs, "
        f"{replicas} seed{'s' if replicas > 1 else ''}"
    )
    lines = [
        heading,
        f"{'':24}{'mean':>12}" + (f"{'least':>12}{'most':>12}" if replicas > 1 else ""),
    ]
    for name, values in history.measures.items():
        final = values[:, -1][np.isfinite(values[:, -1])]
        if final.size:
            shown = [final.mean()] + ([final.min(), final.max()] if replicas > 1 else [])
            lines.append(f"{name.replace('_', ' '):24}" + "".join(f"{x:12.4g}" for x in shown))
    lines.append(f"{'chance bit accuracy':24}{history.chance.mean():12.4g}")
    diverged = int(np.isfinite(history.diverged_at).sum())
    if diverged:
        lines.append(f"{diverged} of {replicas} diverged, and count as chance from then on")
    return "\n".join(lines)


def _replay_table(replayed):
    """Some iterations of a replay, evenly spaced in their logarithm."""
    from synthgrad.core.training.history import recorded_epochs

    synthetic = replayed["synthetic_loss"]
    lines = [
        f"{replayed['edition']}, seed {replayed['seed']}",
        f"{'iteration':>9}{'loss':>20}"
        + (f"{'synthetic loss':>20}" if synthetic else "")
        + f"{'bit accuracy':>15}",
    ]
    for iteration in recorded_epochs(len(replayed["loss"]), 12)[1:] - 1:
        columns = [f"{iteration:9}{replayed['loss'][iteration]:20.13g}"]
        if synthetic:
            columns.append(f"{synthetic[iteration]:20.13g}")
        lines.append("".join([*columns, f"{replayed['bit_accuracy'][iteration]:15.4f}"]))
    return "\n".join(lines)


def main(arguments=None):
    """Run the command; the only place that turns errors into messages and exit statuses."""
    try:
        # A number is the exit status of --help, --version and shell completion.
        status = cli.main(args=arguments, prog_name="synthgrad", standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.ctx.get_help())
        status = 0
    except click.ClickException as error:
        message = " ".join(error.format_message().split())
        sys.stderr.write(f"synthgrad: error: {message}\n")
        status = error.exit_code
    except click.Abort:
        sys.stderr.write("synthgrad: interrupted\n")
        status = 130
    sys.exit(status if isinstance(status, int) else 0)
