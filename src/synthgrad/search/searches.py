"""What is searched for step sizes: a setup in a space, within a budget, on tuning seeds.

The generators of a decoupled layer start at zero, so that with a step size of 0 it is a frozen one,
bit for bit. That point is in the search of every such method: it is not trained twice but taken
from the search of its *twin*, the frozen network.
"""

from dataclasses import asdict, dataclass, replace

from synthgrad.core.naming import setup_name
from synthgrad.core.setup import Setup
from synthgrad.core.tasks import task_of
from synthgrad.search.spaces import STEP_SIZES, Space
from synthgrad.search.stages import Budget

GENERATOR_SETTINGS = {
    name: getattr(Setup, name)
    for name in (
        "generator_hidden",
        "generator_bias",
        "generator_scale",
        "generator_shift",
        "generator_step",
    )
}
"""The defaults of what means nothing to a network without generators."""


@dataclass(frozen=True)
class Search:
    """What decides a search.

    setup : Setup, whose step sizes do not count, and neither does what its `level` decides
    space, budget : where it looks, and what it may train
    seed : int, of the coarse stage
    seeds : tuple of int, of the finals
    level : Level or None
    repeats : Search or None; one whose coarse stage it shares, with other seeds for the finals
    """

    setup: Setup
    space: Space
    budget: Budget
    seed: int
    seeds: tuple[int, ...]
    level: "Level | None" = None
    repeats: "Search | None" = None

    @property
    def name(self):
        """The setup, and what sets the search apart from others of the same setup."""
        skipped = (*STEP_SIZES, *([self.level.setting] if self.level else []))
        parts = [setup_name(self.setup, skipped=skipped)]
        parts += [f"{self.level.setting}=best"] if self.level else []
        parts += [f"finals={self.seeds[0]}-{self.seeds[-1]}"] if self.repeats else []
        return ",".join(parts)

    def needs(self):
        """The searches whose tables this one reads."""
        leaders = self.level.leaders if self.level else ()
        return [*leaders, *([self.repeats] if self.repeats else [])]

    def replica_epochs(self):
        """How many epochs of replicas it trains."""
        epochs = self.setup.epochs
        if self.repeats:
            return self.budget.finalists * len(self.seeds) * epochs
        return self.budget.replica_epochs(epochs)

    def parameters(self):
        """All that decides its table, as plain data."""
        return asdict(self)


@dataclass(frozen=True)
class Level:
    """A setting that takes the value of whichever leader scores best on the tuning seeds.

    setting : str
    leaders : tuple of Search, each with another value of the setting
    """

    setting: str
    leaders: tuple[Search, ...]


def is_nested(setup):
    """Whether a setup with a generator step size of 0 is a frozen network."""
    return (
        setup.has_generators
        and not setup.decouple_last
        and setup.generator_scale == setup.generator_shift == 0
    )


def without_generators(setup, method, **settings):
    """The setup of a method without generators, all else equal."""
    return replace(setup, method=method, update_probability=1.0, **GENERATOR_SETTINGS, **settings)


def searched_setup(setup):
    """A setup as it is searched: it looks at a validation set where the task has one, and else at
    nothing that is held out. Step sizes are the defaults; so is what a frozen network ignores."""
    heldout = {"heldout_examples": 0}
    if "validation" in task_of(setup).heldout_parts:
        heldout = {"heldout_part": "validation"}
    sizes = {name: getattr(Setup, name) for name in STEP_SIZES}
    setup = replace(setup, **heldout, **sizes)
    return without_generators(setup, "frozen") if setup.method == "frozen" else setup
