"""`synthgrad explain`: what a verdict rests on."""

from difflib import get_close_matches
from pathlib import Path

import click

from synthgrad.cli.verify import FOLDER, shipped_tables


@click.command()
@click.argument("name", required=False)
@click.option(
    "--folder",
    type=FOLDER,
    help="Tables of a run, such as results/full, instead of the published ones.",
)
def explain(name, folder):
    """Tell what the verdict on the claim NAME rests on.

    What it says and where, when it was written and what was changed since; how
    many other ways of judging change the verdict; every contrast with its numbers
    and cells; and the command that trains one of its points again. Without NAME:
    all claims with their verdicts, a line each.

    \b
    Example:
      synthgrad explain dni-learns
    """
    from synthgrad.claims.robustness import COLUMNS as ROBUSTNESS
    from synthgrad.report import explanation
    from synthgrad.study.tables import DamagedTable, read_csv, read_table

    tables = Path(folder or shipped_tables())
    claims = read_claims(tables / "claims.csv")
    if name is None:
        click.echo(explanation.listing(claims))
        return
    rows = claims[claims["claim"] == name]
    if rows.empty:
        raise click.UsageError(_unknown(name, list(dict.fromkeys(claims["claim"]))))
    try:
        outcomes = read_table(tables / "outcomes.parquet", "outcomes").to_pandas()
    except DamagedTable as error:
        raise click.UsageError(str(error)) from None
    robustness = tables / "robustness.csv"
    judged_again = read_csv(robustness, ROBUSTNESS) if robustness.exists() else None
    command = explanation.retraining(rows, outcomes, folder)
    click.echo(explanation.explanation(claims, name, judged_again, command))


def read_claims(path):
    """The table of claims, refused in a line if it is not one."""
    from synthgrad.claims.judge import COLUMNS
    from synthgrad.study.tables import read_csv

    try:
        claims = read_csv(path)
    except (OSError, ValueError) as error:
        raise click.UsageError(f"{path} cannot be read: {error}") from None
    missing = [column for column in COLUMNS if column not in claims]
    if missing:
        raise click.UsageError(
            f"{path} has no {', '.join(missing)}; allowed is a table of this version"
        )
    return claims


def _unknown(name, claims):
    near = get_close_matches(name, claims, cutoff=0.3) or claims[:3]
    return (
        f"NAME is {name!r}; allowed are the {len(claims)} claims in the table, "
        f"such as {' or '.join(near)}"
    )
