"""`synthgrad train`: a method on binary addition, and how well it adds."""

import json
from dataclasses import asdict

import click

from synthgrad.cli.options import SEED, setting_options, setup_of
from synthgrad.cli.running import cores, json_values, working
from synthgrad.core.setup import SETTINGS

RECORDS = 8
"""About how many epochs all measures are taken at; evenly spaced on a logarithmic scale."""


@click.command()
@click.option(
    "--method",
    required=True,
    help=f"{SETTINGS['method'].help} Allowed are {SETTINGS['method'].allowed}.",
)
@click.option("--bits", type=int, required=True, help=SETTINGS["bits"].help)
@click.option("--seed", type=SEED, help="One seed.  [default: 0]")
@click.option("--seeds", type=click.IntRange(1, 100_000), help="Seeds 0 to SEEDS - 1 instead.")
@setting_options(
    "epochs",
    "done_after",
    "examples",
    "hidden",
    "batch_size",
    "step_size",
    "generator_step_size",
)
@click.option(
    "--every-epoch",
    is_flag=True,
    help="With --json: all measures of every epoch, not only of some; bit_accuracy always is.",
)
@click.option("--json", "as_json", is_flag=True, help="Print setup and history as one JSON object.")
def train(seed, seeds, every_epoch, as_json, **settings):
    """Train a network on binary addition and print how well it adds.

    \b
    Example:
      synthgrad train --method 'dni[output+label]' --bits 8 --seed 0 --epochs 20
    """
    if seed is not None and seeds is not None:
        raise click.UsageError("--seed and --seeds were both given; allowed is one of them")
    chosen = range(seeds) if seeds is not None else [seed or 0]
    setup = setup_of(settings, len(chosen))

    from synthgrad.core.training import loop
    from synthgrad.core.training.history import recorded_epochs

    record = None if every_epoch else recorded_epochs(setup.epochs, RECORDS)
    if not as_json:
        record = [setup.epochs]  # No others are shown.
    with working(len(chosen) * setup.epochs, unit="epoch") as progress:
        history = loop.train(setup, chosen, record=record, progress=progress, threads=cores())
    if as_json:
        columns = history.columns()
        del columns["recorded"]
        listed = {name: json_values(values) for name, values in columns.items()}
        click.echo(json.dumps({"setup": asdict(setup), "history": listed}, allow_nan=False))
    else:
        click.echo(final_table(setup, history))


def final_table(setup, history):
    """The measures at the last epoch: mean over seeds and, for several, their range."""
    import numpy as np

    replicas = len(history.seeds)
    heading = (
        f"{setup.method}, {setup.bits} bits, {setup.training_examples} examples, "
        f"hidden {', '.join(map(str, setup.hidden))}, {setup.epochs} epochs, "
        f"{replicas} seed{'s' if replicas > 1 else ''}"
    )
    lines = [
        heading,
        f"{'':24}{'mean':>12}" + (f"{'least':>12}{'most':>12}" if replicas > 1 else ""),
    ]
    for name, values in history.measures.items():
        final = values[:, -1][np.isfinite(values[:, -1])]
        if final.size:
            shown = [final.mean()] + ([final.min(), final.max()] if replicas > 1 else [])
            lines.append(f"{name.replace('_', ' '):24}" + "".join(f"{x:12.4g}" for x in shown))
    lines.append(f"{'chance bit accuracy':24}{history.chance.mean():12.4g}")
    diverged = int(np.isfinite(history.diverged_at).sum())
    if diverged:
        lines.append(f"{diverged} of {replicas} diverged, and count as chance from then on")
    done_at = history.done_at[np.isfinite(history.done_at)]
    if done_at.size:
        last = done_at.max()
        lines.append(f"{done_at.size} of {replicas} were done, the last after epoch {last:.0f}")
    return "\n".join(lines)
