"""`synthgrad explore`: a page of the results to explore in a browser."""

import json
from importlib.util import find_spec
from pathlib import Path

import click

from synthgrad.cli.verify import FOLDER, shipped_tables


@click.command()
@click.option(
    "--folder",
    type=FOLDER,
    help="Tables of a run, such as results/full, instead of the published ones.",
)
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path("results/explore.html"),
    show_default=True,
    help="The file that is written.",
)
def explore(folder, output):
    """Write a page with claims and learning curves to explore in a browser.

    It is one file that needs no network. Its means have 95 % bootstrap intervals,
    which take minutes. Needs the extra `explore` of the package.

    \b
    Example:
      synthgrad explore --output explore.html
    """
    missing = [name for name in ("altair", "vl_convert") if find_spec(name) is None]
    if missing:
        raise click.UsageError(
            f"explore needs {' and '.join(missing)}; install the extra `explore`, "
            "or run `make explore`"
        )
    from tqdm import tqdm

    from synthgrad.report.explore.page import document, tables_of
    from synthgrad.study.tables import DamagedTable, replacing

    tables = Path(folder or shipped_tables())
    try:
        config = json.loads((tables / "manifest.json").read_text(encoding="utf-8"))["config"]
        read = tables_of(tables, config)
    except (OSError, ValueError, KeyError, DamagedTable) as error:
        raise click.UsageError(f"{tables} has no tables to explore: {error}") from None
    curves = len(read.runs.drop_duplicates(["experiment", "cell"]))
    with tqdm(desc="Intervals", total=curves, disable=None, leave=False) as bar:
        text = document(read, config, folder or "", bar.update)
    with replacing(output) as temporary:
        temporary.write_text(text, encoding="utf-8")
    click.echo(f"Done: {output}")
