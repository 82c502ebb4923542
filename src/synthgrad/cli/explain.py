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
    """Tell what the verdict on the claim NAME, or the number NAME of the paper, rests on.

    Of a claim: what it says and where, when it was written and what was changed
    since; how many other ways of judging change the verdict; every contrast with
    its numbers and cells; and the command that trains one of its points again.
    Without NAME: all claims with their verdicts, a line each.

    Of a number or a table of the paper, by its key in the list at the paper's end:
    the rows of the published tables without which it would be another, and the
    command. It takes some seconds.

    \b
    Example:
      synthgrad explain dni-learns
      synthgrad explain headline/most-bits/backprop/accuracy_auc
    """
    from synthgrad.report import explanation
    from synthgrad.study.tables import DamagedTable

    tables = Path(folder or shipped_tables())
    try:
        if name is None:
            text = explanation.listing(read_claims(tables / "claims.csv"))
        elif "/" in name:
            text = number(name, tables, folder)
        else:
            text = claim(name, tables, folder)
    except DamagedTable as error:
        raise click.UsageError(str(error)) from None
    click.echo(text)


def claim(name, tables, folder):
    """What `explain` says of a claim."""
    from synthgrad.claims.robustness import COLUMNS as ROBUSTNESS
    from synthgrad.report import explanation
    from synthgrad.study.tables import read_csv, read_table

    claims = read_claims(tables / "claims.csv")
    rows = claims[claims["claim"] == name]
    if rows.empty:
        raise click.UsageError(_unknown(name, list(dict.fromkeys(claims["claim"])), "claims"))
    outcomes = read_table(tables / "outcomes.parquet", "outcomes").to_pandas()
    robustness = tables / "robustness.csv"
    judged_again = read_csv(robustness, ROBUSTNESS) if robustness.exists() else None
    command = explanation.retraining(rows, outcomes, folder)
    return explanation.explanation(claims, name, judged_again, command)


def number(key, tables, folder):
    """What `explain` says of a number of the paper."""
    from tqdm import tqdm

    from synthgrad.report import documents, evidence
    from synthgrad.report.explanation import number_explanation
    from synthgrad.report.run import read_folder
    from synthgrad.study.published import shipped

    try:
        run = read_folder(tables, shipped("schemas") / "config.schema.yaml")
    except (OSError, ValueError, KeyError) as error:
        raise click.UsageError(f"{tables} has no results of a report: {error}") from None
    try:
        text, _ = evidence.text_of(run, key)
    except KeyError:
        raise click.UsageError(_unknown(key, list(documents.values(run)), "numbers")) from None
    total = len(evidence.tables(run))
    with tqdm(desc="Tables", total=total, disable=None, leave=False) as bar:
        found = evidence.sources(run, key, bar.update)
    if key.startswith(evidence.TABLE):
        text = "a table"
    return number_explanation(key, text, found, run.outcomes, folder)


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


def _unknown(name, names, kind):
    near = get_close_matches(name, names, cutoff=0.3) or names[:3]
    return (
        f"NAME is {name!r}; allowed are the {len(names)} {kind} in the tables, "
        f"such as {' or '.join(near)}"
    )
