"""What is timed: networks, and the ways to run each of them."""

from itertools import product
from typing import NamedTuple

import numpy as np

from synthgrad.core.naming import setting_text
from synthgrad.core.network.sizes import multiplications
from synthgrad.core.setup import Setup
from synthgrad.parallel.threads import THREADS
from synthgrad.study import memory
from synthgrad.study.ranks import IN_RANKS, cells_in_ranks

RANKS = 2
ALONE = {"one process": 1, f"one process, {THREADS} threads": THREADS}
"""Threads of the ways that need no second rank."""

LOCKED = {"locked": 1, "locked, 2 parts": 2, "locked, 5 parts": 5}
"""Micro-batches of the ways in which ranks wait for their gradients."""

MULTIPLICATIONS = 5e8
"""Of a measurement: some hundredths of a second."""

FEWEST, MOST = 5, 500
"""Minibatches of a measurement, whatever the network."""


class Network(NamedTuple):
    """What is trained: the sizes of the hidden layers as ``256-256``, bits and minibatch."""

    hidden: str
    bits: int
    batch_size: int

    def setup(self, conditioning):
        """The setup of a conditioning. Time does not depend on its step sizes and initial
        weights as long as all stays finite."""
        hidden = tuple(map(int, self.hidden.split("-")))
        return Setup(
            method=IN_RANKS[conditioning],
            bits=self.bits,
            hidden=hidden,
            batch_size=self.batch_size,
            heldout_examples=0,
            weight_scale=max(hidden) ** -0.5,
            weight_shift=0.0,
            step_size=0.001,
            generator_step_size=1e-6,
        )

    def minibatches(self):
        """How many to measure, the same for all arms of a network: few of those that take long
        with the largest generators. Above an epoch it is whole ones."""
        heaviest = self.setup("output+label")
        work = self.batch_size * sum(multiplications(heaviest))
        count = int(np.clip(MULTIPLICATIONS / work, FEWEST, MOST))
        return count - count % min(count, heaviest.batches)

    def parts(self):
        """Into how many micro-batches its minibatches can be split, by the way."""
        return self._splitting(LOCKED)

    def threads(self):
        """Of how many threads each can have as many of its examples, by the way."""
        return self._splitting(ALONE)

    def _splitting(self, ways):
        return {way: parts for way, parts in ways.items() if self.batch_size % parts == 0}


class Arm(NamedTuple):
    """One network and the way it is run."""

    hidden: str
    bits: int
    batch_size: int
    conditioning: str
    way: str

    @property
    def network(self):
        """What is run, whichever the way."""
        return Network(*self[: len(Network._fields)])


def uniform(widths, depths, batch_sizes, bits=8):
    """Networks whose hidden layers all have the same width."""
    return [
        Network("-".join([str(width)] * depth), bits, batch_size)
        for depth, width, batch_size in product(depths, widths, batch_sizes)
    ]


def network_of(setup):
    """The network of a setup of the study."""
    return Network(setting_text(setup.hidden), setup.bits, setup.batch_size)


def check(networks):
    """Nothing if networks can be measured.

    Raises
    ------
    ValueError
        Names a setting, its value and what is allowed.
    """
    for network in networks:
        for conditioning in IN_RANKS:
            memory.check(network.setup(conditioning), 1)


def networks_of(study):
    """What a study measures: the networks of its headline, then those of its config."""
    listed = [network_of(cell.setup) for cell in cells_in_ranks(study)]
    for block in study.decoupling["networks"]:
        listed += uniform(block["width"], block["hidden_layers"], block["batch_size"])
    return list(dict.fromkeys(listed))


def arms_of(network):
    """All arms of a network: every conditioning in one process and in ranks."""
    ways = {conditioning: ["one process", "lock-step", "decoupled"] for conditioning in IN_RANKS}
    ways["none"] = [*network.threads(), *network.parts()]
    return [Arm(*network, conditioning, way) for conditioning, each in ways.items() for way in each]
