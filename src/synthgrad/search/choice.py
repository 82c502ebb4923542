"""From what was trained to the step sizes that are taken, and `tune`, which does it all."""

from dataclasses import dataclass, replace
from itertools import product

from synthgrad.search.ranking import edges, ranked, standings
from synthgrad.search.spaces import Point
from synthgrad.search.stages import sweep

DECADES = (0.001, 0.01, 0.1, 1.0)
"""Step sizes to try where no others are given."""


@dataclass(frozen=True)
class Choice:
    """Chosen step sizes, their mean score on the tuning seeds, the settings (of
    ``step_size``, ``generator_step_size``) that lie on an edge of what was tried, and
    whether a run with them diverged, as with all others."""

    step_size: float
    generator_step_size: float
    score: float
    edges: tuple[str, ...] = ()
    diverged: bool = False

    def applied_to(self, setup):
        """The setup with these step sizes."""
        return replace(
            setup, step_size=self.step_size, generator_step_size=self.generator_step_size
        )


def choose(standing, tried):
    """The best point.

    Parameters
    ----------
    standing : dict from Point to `ranking.Standing`
        Of the points to choose from.
    tried : list of Point
        All that were trained at any stage.

    Returns
    -------
    Choice
    """
    best = ranked(standing)[0]
    return Choice(*best, standing[best].score, edges(best, tried), standing[best].diverged)


def tune(
    setup,
    seeds,
    step_sizes=DECADES,
    generator_step_sizes=DECADES,
    progress=lambda replicas: None,
):
    """Choose step sizes for a setup, whose own do not count, from a grid: the best mean score.

    Parameters
    ----------
    setup : Setup
    seeds : sequence of int
        Others than those that results are reported of.
    step_sizes, generator_step_sizes : sequences of float
        The grid is all pairs of them; without generators, the first alone.
    progress : as in `train`

    Returns
    -------
    Choice

    Examples
    --------
    >>> from synthgrad import Setup
    >>> setup = Setup(bits=3, hidden=(16,), examples=100, epochs=20)
    >>> choice = tune(setup, seeds=[100, 101], step_sizes=[0.01, 1.0])
    >>> choice.applied_to(setup).step_size, choice.edges
    (1.0, ('step_size',))
    """
    generators = generator_step_sizes if setup.has_generators else (0.0,)
    grid = [Point(*sizes) for sizes in product(step_sizes, generators)]
    return choose(standings(sweep(setup, seeds, grid, progress)), grid)
