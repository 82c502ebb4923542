"""`synthgrad decoupling` and `synthgrad portability`: what depends on the machine."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import click

from synthgrad.cli.options import Alternatives, check_writable

FOLDER = click.Path(file_okay=False, path_type=Path)


@click.command(context_settings={"show_default": True})
@click.argument("folder", type=FOLDER)
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
    from synthgrad.parallel import arms, mpi, speedup, timing
    from synthgrad.reproduce.manifest import cpu_model
    from synthgrad.study.tables import read_csv, write_csv

    if lacking := mpi.missing():
        raise click.UsageError(f"{lacking}; `make decoupling` installs it")
    networks = arms.uniform(widths, depths, batch_sizes)
    try:
        arms.check(networks)
    except ValueError as error:
        raise click.UsageError(f"--widths, --depths, --batch-sizes: {error}") from None
    check_writable(folder)
    cores = len(os.sched_getaffinity(0))
    click.echo(
        f"{arms.RANKS} ranks on {cores} core{'s' if cores > 1 else ''} "
        f"({cpu_model()}), load {os.getloadavg()[0]:.1f} at the start\n",
    )
    # Raised where the launcher waits, it ends the ranks too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    paths = {table: folder / f"decoupling_{table}.csv" for table in timing.TABLES}
    try:
        timing.in_ranks(networks, repeats, seconds, paths)
    except mpi.RanksEnded as error:
        raise click.ClickException(str(error)) from None
    summary = speedup.summarise(read_csv(paths["times"]))
    write_csv(summary, folder / "decoupling.csv")
    fewest, most = summary["repeats"].min(), summary["repeats"].max()
    click.echo(speedup.render(summary))
    click.echo(
        f"\n{speedup.caution(summary)}{folder / 'decoupling.csv'}, of "
        f"{fewest if fewest == most else f'{fewest} to {most}'} repeats; {paths['times']}"
    )


@click.command()
@click.argument("folder", type=FOLDER)
def portability(folder):
    """Train a small study as other CPUs would, and compare to the last bit.

    It runs on this CPU, in processes that do without what newer CPUs have and,
    where `make portability` has set it up, on an emulated aarch64. The table
    that goes to FOLDER has the digests. Exits with 0 only if all are alike and
    the tracked ones.

    \b
    Example:
      synthgrad portability results/portability
    """
    from synthgrad.reproduce import portability as study
    from synthgrad.study.tables import write_csv

    check_writable(folder)
    rows = []
    try:
        for found in study.measure():
            rows += found
            same = sum(row["identical"] for row in found)
            place, seconds = found[0]["place"], found[0]["seconds"]
            click.echo(f"{place:40} {seconds:6.1f} s, {same} of {len(found)} identical")
    except subprocess.CalledProcessError as error:
        status = error.returncode
        raise click.ClickException(f"training elsewhere ended with status {status}") from None
    path = folder / "portability.csv"
    write_csv(rows, path)
    digest = study.together({row["run"]: row["digest"] for row in rows if row["place"] == place})
    tracked = digest == study.DIGEST
    click.echo(f"digest {digest}, {'the' if tracked else 'not the'} tracked one\n{path}")
    raise SystemExit(0 if tracked and all(row["identical"] for row in rows) else 1)
