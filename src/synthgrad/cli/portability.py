"""`synthgrad portability`: a small study, trained as other CPUs would."""

import subprocess

import click

from synthgrad.cli.options import FOLDER_TO_WRITE, check_writable


@click.command()
@click.argument("folder", type=FOLDER_TO_WRITE)
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
    here = rows[0]["place"]
    digest = study.together({row["run"]: row["digest"] for row in rows if row["place"] == here})
    tracked = digest == study.DIGEST
    click.echo(f"digest {digest}, {'the' if tracked else 'not the'} tracked one\n{path}")
    if not study.is_arm64_set_up():
        click.echo("aarch64 was not tried: it is not set up")
    raise SystemExit(0 if tracked and all(row["identical"] for row in rows) else 1)
