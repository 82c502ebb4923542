"""Five ways to train the same networks.

Each contestant is a class with one interface:

- ``Contestant(setup, seeds)`` takes the starting point of `start.draw_start`,
- ``run(epochs)`` trains every replica for so many more passes over its examples,
- ``weights()`` gives all parameters as a list of (replicas, ...) arrays: the
  layers' weights from the lowest up, then each generator's weights and bias,
- ``stacks(setup)`` lists the numbers of replicas to try side by side,
- ``compile_seconds`` is what building it took in compilation.

They know the methods in `METHODS` with the study's own choices: sigmoid layers
without bias, generators with one, gradients summed over the minibatch and
carried down through the weights as updated.
"""

from importlib import import_module

METHODS = ("backprop", "dni[output]", "dni[output+label]")

CONTESTANTS = {
    "plain loop": "plain_loop.PlainLoop",
    "engine": "engine.Engine",
    "engine, NumPy": "engine.NumpyEngine",
    "PyTorch": "pytorch.PyTorch",
    "JAX": "jax_scan.JaxScan",
}
"""Module and class of each, loaded when asked for: not everybody has PyTorch and JAX."""

RIVAL_STACKS = (1, 2, 4, 8, 16, 32)
"""What a replica-batched rival may choose its best from."""


def load(name):
    """The class of a contestant."""
    module, contestant = CONTESTANTS[name].split(".")
    return getattr(import_module(f"benchmarks.contestants.{module}"), contestant)
