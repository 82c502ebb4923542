"""`synthgrad verify`: a run beside the published one."""

import click


@click.command()
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
    from synthgrad.reproduce.verify import agrees, compare_folders, render
    from synthgrad.study.tables import DamagedTable

    try:
        cells, verdicts = compare_folders(runs, published)
    except DamagedTable as error:
        raise click.UsageError(str(error)) from None
    click.echo(render(cells, verdicts))
    raise SystemExit(0 if agrees(cells, verdicts) else 1)
