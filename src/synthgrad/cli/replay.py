"""`synthgrad editions` and `synthgrad replay`: the programs that the tutorial published."""

import json
from dataclasses import replace

import click

from synthgrad.cli.options import SEED, EditionName
from synthgrad.cli.running import json_values, working


@click.command()
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


@click.command("replay")
@click.argument("edition", type=EditionName())
@click.option("--iterations", type=click.IntRange(1), help="Passes.  [default: as published]")
@click.option("--seed", type=SEED, help="The seed.  [default: as published]")
@click.option("--json", "as_json", is_flag=True, help="Print every iteration as one JSON object.")
def replay(edition, iterations, seed, as_json):
    """Run a published program again, number for number.

    \b
    Example:
      synthgrad replay dni-output --iterations 100
    """
    from synthgrad.core import tutorial
    from synthgrad.study import memory

    setup = tutorial.EDITIONS[edition].setup
    total = iterations or setup.epochs
    try:
        memory.check(replace(setup, epochs=total), 1)
    except ValueError as error:
        raise click.UsageError(f"--iterations: {error}") from None
    with working(total, unit="epoch") as progress:
        seed = tutorial.PUBLISHED_SEED if seed is None else seed
        replayed = tutorial.replay(edition, iterations, seed, progress)
    if as_json:
        listed = {
            name: json_values(value) if isinstance(value, list) else value
            for name, value in replayed.items()
        }
        click.echo(json.dumps(listed, allow_nan=False))
    else:
        click.echo(_table(replayed))


def _table(replayed):
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
