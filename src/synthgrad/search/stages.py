"""The stages of a search, the same for every method: many points briefly, a few at full length.

The *coarse* stage trains points on one seed for a share of the epochs. The first are the lattice of
the method's space; the others are placed beside the best so far, inside or beyond the lattice, so
that a best point on an edge widens the search. The *finals* train the best of these on several
seeds at full length. A budget counts the points of either stage, wherever they lie: every method
trains as many replicas for as many epochs.
"""

from dataclasses import dataclass, replace

import numpy as np

from synthgrad.core.training.loop import train
from synthgrad.search.ranking import is_validated, ranked, scores, standings
from synthgrad.search.spaces import Place, beside, beyond

ROUND = 4
"""Points that are placed before it is looked again where the best are."""

NEAR = 3
"""Best points beside which others are placed, as long as there is room."""

HALVINGS = 4
"""How often the distance to them is halved where all places at a distance are taken."""


@dataclass(frozen=True)
class Budget:
    """What a search may train.

    points : of the coarse stage, on one seed
    shorter : how many times fewer epochs the coarse stage has
    finalists, seeds : points at full length, and seeds of each
    """

    points: int
    shorter: int
    finalists: int
    seeds: int

    @property
    def replicas(self):
        """How many replicas the larger of the two stages has at most."""
        return max(self.points, self.finalists * self.seeds)

    def replica_epochs(self, epochs):
        """How many epochs of replicas a search of runs this long trains."""
        return self.points * self.coarse_epochs(epochs) + self.finalists * self.seeds * epochs

    def coarse_epochs(self, epochs):
        """How long the coarse stage trains."""
        return max(1, round(epochs / self.shorter))


def coarse_stage(setup, space, budget, seed, progress=lambda replicas: None):
    """Train the lattice of a space, then points beside the best.

    Returns
    -------
    dict of columns, a row a point
    """
    short = replace(setup, epochs=budget.coarse_epochs(setup.epochs))
    places = space.lattice()
    columns = sweep(short, [seed], points_of(places), progress)
    while len(places) < budget.points:
        order = places_of(standings(columns))
        near, others = (
            unlike(places, nearby(centres, space.spacing / 2))
            for centres in (order[:NEAR], order[NEAR:])
        )
        new = (near or others)[: min(ROUND, budget.points - len(places))]
        columns = joined(columns, sweep(short, [seed], points_of(new), progress))
        places += new
    return columns


def nearby(centres, distance):
    """Places beside the centres, the first of them first, and then nearer and nearer ones."""
    return [
        place
        for halvings in range(HALVINGS)
        for centre in centres
        for place in beside(centre, distance / 2**halvings)
    ]


def unlike(places, others):
    """Those of the others, each once, that are not among the places."""
    return [place for place in dict.fromkeys(others) if place not in places]


def final_stage(setup, coarse, budget, seeds, progress=lambda replicas: None):
    """Train the best points of a coarse stage at full length, each on all of some seeds.

    Where a generator step size of 0 is among the points, one finalist is the best of these. The
    last finalist lies beyond the best of the others where that is outermost of all points tried;
    else it is the next best of the coarse stage.

    Returns
    -------
    dict of columns, a row a point and seed
    """
    order = places_of(standings(coarse))
    off = [place for place in order if is_off(setup, place)][:1]
    on = [place for place in order if not is_off(setup, place)]
    first = on[: budget.finalists - 1 - len(off)] + off
    columns = sweep(setup, seeds, points_of(first), progress)
    best = next(place for place in places_of(standings(columns)) if not is_off(setup, place))
    last = unlike(order, beyond(best, order)) + unlike(first, on)
    return joined(columns, sweep(setup, seeds, points_of(last[:1]), progress))


def is_off(setup, place):
    """Whether a place leaves the generators as they start."""
    return setup.has_generators and place.generator_step_size is None


def places_of(standing):
    """Where the points of a `ranking.standings` lie, from the best to the worst."""
    return [Place.of(point) for point in ranked(standing)]


def points_of(places):
    """The points at some places."""
    return [place.point for place in places]


def sweep(setup, seeds, points, progress=lambda replicas: None):
    """Train every point on every seed.

    Returns
    -------
    dict of columns, a row a point and seed: `epochs, seed, step_size, generator_step_size,
    score, accuracy_auc, bit_accuracy, diverged_at`
    """
    repeated = np.repeat(points, len(seeds), axis=0)
    history = train(
        setup,
        np.tile(seeds, len(points)),
        step_size=repeated[:, 0],
        generator_step_size=repeated[:, 1],
        record=[setup.epochs],
        progress=progress,
    )
    return {
        "epochs": np.full(len(repeated), setup.epochs),
        "seed": history.seeds,
        "step_size": history.step_size,
        "generator_step_size": history.generator_step_size,
        "score": scores(history, is_validated(setup)),
        "accuracy_auc": scores(history),
        "bit_accuracy": history.measures["bit_accuracy"][:, -1],
        "diverged_at": history.diverged_at,
    }


def joined(*tables):
    """One dict of columns of several."""
    return {name: np.concatenate([table[name] for table in tables]) for name in tables[0]}
