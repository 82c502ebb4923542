"""How much memory a training job needs, as an upper bound that is known before it runs.

Jobs declare it to Snakemake, and through it to a cluster; what needs
more than 64 GB is refused before anything runs.
"""

from synthgrad.core.network.sizes import weights
from synthgrad.core.training.stack import stack_size

IMPORTED = 400
"""MB that a training job takes with nothing to train: Python, NumPy, Numba, Arrow."""

LARGEST = 64_000
"""MB; no job of a study may need more."""


def megabytes(setup, replicas):
    """Memory that training this many replicas of a setup needs, in whole MB."""
    return IMPORTED + sum(_parts(setup, replicas).values()) // 1_000_000


def check(setup, replicas):
    """Nothing if it needs at most `LARGEST`.

    Raises
    ------
    ValueError
        Names the setting that takes most of it, its value and what is allowed.
    """
    needed = megabytes(setup, replicas)
    if needed > LARGEST:
        parts = _parts(setup, replicas)
        name = max(parts, key=parts.get)
        value = getattr(setup, name)
        shown = list(value) if isinstance(value, tuple) else value
        raise ValueError(
            f"{name} is {shown}, for which a job with {replicas} side by side would need "
            f"{needed} MB; allowed is what needs at most {LARGEST} MB"
        )


def _parts(setup, replicas):
    """Bytes by the setting that they grow with."""
    stack = min(replicas, stack_size(setup))
    levels = setup.sizes
    # Outputs and gradients of every layer, and what measuring makes of the widest.
    per_example = sum(levels) + max(levels) + (max(levels) if setup.conditions else 0)
    numbers = {
        "examples": 3 * stack * setup.training_examples * per_example,
        # Eight times as many pairs are looked through, as objects of Python.
        "heldout_examples": setup.heldout_examples * (stack * (sum(levels) + max(levels)) + 400),
        "hidden": 2 * stack * sum(weights(setup)),
        # Measures, the columns made of them and Arrow's copy of those.
        "epochs": 4 * replicas * (setup.epochs + 1) * (20 + 5 * len(setup.hidden)),
    }
    return {name: 8 * count for name, count in numbers.items()}
