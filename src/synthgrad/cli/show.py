"""`synthgrad show`: learning curves that grow in the terminal."""

import click

from synthgrad.cli.options import SEED, setting_options, setup_of
from synthgrad.cli.running import prepare_kernels


@click.command()
@click.argument("methods", metavar="[METHOD]...", nargs=-1)
@setting_options("bits")
@click.option("--seed", type=SEED, default=0, show_default=True, help="The seed of all of them.")
@setting_options("epochs", "examples", "hidden", "batch_size", "step_size", "generator_step_size")
def show(methods, seed, **settings):
    """Train one network a METHOD and draw their learning curves as they grow.

    Without a METHOD: backprop and dni[label].

    \b
    Example:
      synthgrad show backprop 'dni[output+label]' --bits 6
    """
    methods = dict.fromkeys(methods or ("backprop", "dni[label]"))
    setups = [setup_of(settings | {"method": method}, replicas=1) for method in methods]

    from synthgrad.cli import curves

    prepare_kernels()
    curves.show(setups[0], list(methods), seed)
