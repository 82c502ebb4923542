"""`synthgrad decoupling`: layers as MPI ranks beside one process."""

import os
import signal
import sys

import click

from synthgrad.cli.options import FOLDER_TO_WRITE, Alternatives, check_writable


@click.command(context_settings={"show_default": True})
@click.argument("folder", type=FOLDER_TO_WRITE)
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
