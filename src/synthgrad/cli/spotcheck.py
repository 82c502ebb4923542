"""`synthgrad spotcheck`: a random sample of published runs, trained again."""

import json
import math
import secrets
import time
from difflib import get_close_matches

import click

from synthgrad.cli.options import SEED
from synthgrad.cli.running import leave_receipt, telling, working
from synthgrad.cli.verify import FOLDER, shipped_tables


@click.command()
@click.argument("results", type=FOLDER, required=False, default=shipped_tables)
@click.option(
    "--minutes",
    type=click.FloatRange(0, 10_000, min_open=True),
    default=2,
    show_default=True,
    help="No run is begun that would end later; the first always is. Not with --cell.",
)
@click.option("--seed", type=SEED, help="Of the draw, to repeat it; with --cell, of the run.")
@click.option("--cell", help="Check the run of this cell and --seed instead of a random sample.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def spotcheck(results, minutes, seed, cell, as_json):
    """Train a random sample of the runs in RESULTS again and compare them to the last bit.

    RESULTS is a folder with tables, by default the published ones of the
    package. Runs are drawn from all experiments that train, and trained with the
    step sizes in the tables.

    Exits with 0 only if all are identical, with 1 otherwise. What was found also
    goes to results/receipt.txt and .json.

    \b
    Example:
      synthgrad spotcheck --minutes 2
    """
    from tqdm import tqdm

    from synthgrad.reproduce.spotcheck import as_data, check, draw, read_published
    from synthgrad.study.config import ConfigError
    from synthgrad.study.tables import DamagedTable

    try:
        with telling() as tell:
            published = read_published(results, tell)
    except (DamagedTable, ConfigError) as error:
        raise click.UsageError(str(error)) from None
    runs = published.all_runs()
    if cell is not None:
        drawn, runs, seconds = None, _named(runs, cell, seed), math.inf
        total, shown = None, "{n} s"
    elif runs:
        drawn = secrets.randbits(32) if seed is None else seed
        runs, seconds = draw(runs, drawn), 60 * minutes
        total, shown = round(seconds), "{l_bar}{bar}| {n} of {total} s"
    else:
        raise click.UsageError(f"{results} has no run of a cell of the study that it is of")
    checks = []
    with working(total, bar_format=shown) as advance:
        for each in check(published, runs, seconds, _ticking(advance)):
            checks.append(each)
            if not as_json:
                tqdm.write(str(each))
    data = as_data(published, checks, drawn)
    click.echo(json.dumps(data, allow_nan=False) if as_json else f"\n{data['summary']}")
    leave_receipt("spotcheck", data, "\n".join([*map(str, checks), "", data["summary"]]))
    raise SystemExit(0 if data["identical"] == data["checked"] else 1)


def _named(runs, cell, seed):
    """Those of the runs that are of a cell and a seed, one in each experiment that has it."""
    of_cell = [run for run in runs if run.cell == cell]
    if not of_cell:
        cells = list(dict.fromkeys(run.cell for run in runs))
        near = get_close_matches(cell, cells, cutoff=0.3) or cells[:3]
        raise click.UsageError(
            f"--cell is {cell!r}; allowed are the {len(cells)} cells in the tables, "
            f"such as {' or '.join(near)}"
        )
    seeds = sorted({run.seed for run in of_cell})
    if seed not in seeds:
        given = "not given" if seed is None else seed
        raise click.UsageError(
            f"--seed is {given}; allowed with --cell are {seeds[0]} to {seeds[-1]}"
        )
    return [run for run in of_cell if run.seed == seed]


def _ticking(advance):
    """A callable for `train` that moves a progress bar of seconds on."""
    started, shown = time.monotonic(), 0

    def tick(replicas):
        nonlocal shown
        passed = int(time.monotonic() - started)
        advance(passed - shown)
        shown = passed

    return tick
