"""`synthgrad verify`: a run beside the published one."""

import click

from synthgrad.cli.running import leave_receipt, telling

FOLDER = click.Path(exists=True, file_okay=False)


def shipped_tables():
    """The published tables that travel with the package."""
    from synthgrad.study.published import shipped

    return str(shipped("published"))


@click.command()
@click.argument("runs", type=FOLDER)
@click.argument("published", type=FOLDER, required=False, default=shipped_tables)
def verify(runs, published):
    """Compare the run in folder RUNS with the PUBLISHED one, by default that of the package.

    Each cell is identical to the last bit, of the same distribution (over the
    seeds neither score nor final accuracy shifts by what is both significant and
    beyond the smallest effect of the claims) or different. Where it is not
    identical, the first epoch and measure that differ are named.

    Exits with 0 only if no cell is different and every verdict agrees that both
    runs reach from the same cells and seeds, apart from those that rest on
    measured times; with 1 otherwise; with 2 if there is nothing to compare or a
    table is missing or damaged. What was found also goes to results/receipt.txt
    and .json.

    \b
    Example:
      synthgrad verify results/full published
    """
    from synthgrad.reproduce.verify import NothingShared, as_data, compare_folders, render
    from synthgrad.study.config import ConfigError
    from synthgrad.study.tables import DamagedTable

    try:
        with telling() as tell:
            comparison = compare_folders(runs, published, tell)
    except (ConfigError, DamagedTable, NothingShared) as error:
        raise click.UsageError(str(error)) from None
    text = render(comparison)
    click.echo(text)
    leave_receipt("verify", as_data(comparison), text)
    raise SystemExit(0 if comparison.agrees else 1)
