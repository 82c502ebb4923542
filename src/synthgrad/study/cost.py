"""How much work an epoch of a replica is, so that jobs can be packed and their time told."""

from synthgrad.core.network.sizes import multiplications

BESIDE = 5000
"""Work on an example that does not grow with the network, in multiplications."""


def replica_epoch(setup):
    """The work of an epoch, in multiplications."""
    return setup.training_examples * (sum(multiplications(setup)) + BESIDE)
