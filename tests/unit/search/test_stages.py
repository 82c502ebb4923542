"""The stages of a search: its budget, and where its points lie."""

import random
from math import log10

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from synthgrad.core.setup import Setup
from synthgrad.core.training.loop import train
from synthgrad.search import stages
from synthgrad.search.spaces import Place, Point, Space
from synthgrad.search.stages import Budget, coarse_stage, final_stage, sweep

PLAIN = Setup(method="frozen", epochs=60)
DNI = Setup(method="dni[output]", epochs=60)
SPACES = {
    "plain": (PLAIN, Space((-4, 3))),
    "dni": (DNI, Space((-3, 0), (-4, -1))),
    "with 0": (DNI, Space((-3, 0), (-4, -1), zero=True)),
}
of_every_kind = pytest.mark.parametrize(("setup", "space"), SPACES.values(), ids=SPACES)
BUDGET = Budget(points=32, shorter=3, finalists=6, seeds=3)
SEEDS = (7, 8, 9)


def points_of(columns):
    """The points of a stage, in order, each once."""
    sizes = zip(columns["step_size"].tolist(), columns["generator_step_size"].tolist())
    return list(dict.fromkeys(Point(*each) for each in sizes))


def coarse(setup, space, budget=BUDGET):
    return points_of(coarse_stage(setup, space, budget, SEEDS[0]))


def both(setup, space, budget=BUDGET):
    """The points of the coarse stage and of the finals."""
    first = coarse_stage(setup, space, budget, SEEDS[0])
    return points_of(first), points_of(final_stage(setup, first, budget, SEEDS[: budget.seeds]))


def decades(one, other):
    """How far two points are apart along the axis on which they differ most, in decades."""
    return max(abs(log10(a) - log10(b)) for a, b in zip(one, other) if a and b)


def near(point, size, generator_size=None):
    """A score that falls with the distance from a best point."""
    own = -abs(log10(point.step_size) - size)
    if generator_size is None or not point.generator_step_size:
        return own - 2 * (generator_size is not None)
    return own - abs(log10(point.generator_step_size) - generator_size)


# Budgets.


@of_every_kind
@given(
    salt=st.integers(0),
    levels=st.integers(1, 50),
    lost=st.floats(0, 1),
    points=st.integers(20, 40),
    finalists=st.integers(3, 8),
    seeds=st.integers(1, 3),
)
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_every_search_trains_its_budget_whatever_the_scores(
    made_up, setup, space, salt, levels, lost, points, finalists, seeds
):
    def drawn(point, *more):
        return random.Random(f"{salt} {point} {more}")

    made_up.swept.clear()
    made_up.score = lambda point: drawn(point).randrange(levels)
    made_up.diverges = lambda point: drawn(point, "diverges").random() < lost
    budget = Budget(points, shorter=3, finalists=finalists, seeds=seeds)
    first, last = both(setup, space, budget)
    assert (len(first), len(last)) == (points, finalists)
    if space.zero:
        assert {point.generator_step_size == 0 for point in last} == {True, False}
    trained = sum(epochs * len(own) * len(of) for epochs, own, of in made_up.swept)
    assert trained == budget.replica_epochs(setup.epochs)
    # The coarse stage on the first seed alone, the finals on all of them at full length.
    lengths = {(epochs, tuple(own)) for epochs, own, _ in made_up.swept}
    assert lengths == {(20, SEEDS[:1]), (60, SEEDS[:seeds])}


def test_replica_epochs_by_hand():
    budget = Budget(points=10, shorter=3, finalists=4, seeds=2)
    assert budget.coarse_epochs(100) == 33
    assert budget.replica_epochs(100) == 10 * 33 + 4 * 2 * 100
    assert budget.replicas == 10
    assert Budget(points=10, shorter=3, finalists=4, seeds=3).replicas == 12
    assert budget.coarse_epochs(1) == 1


@pytest.mark.parametrize("method", ["backprop", "dni[output]"])
def test_progress_of_a_search_adds_up_to_what_was_announced(method):
    setup = Setup(method, bits=3, examples=40, hidden=(6, 5), epochs=4)
    space = Space((-1, 0), (-3, -2) if setup.has_generators else None)
    budget, done = Budget(points=7, shorter=2, finalists=3, seeds=2), []
    first = coarse_stage(setup, space, budget, 7, done.append)
    final_stage(setup, first, budget, [7, 8], done.append)
    assert sum(done) == budget.replica_epochs(4)


# The coarse stage.


@of_every_kind
def test_the_lattice_comes_first(made_up, setup, space):
    lattice = [place.point for place in space.lattice()]
    assert coarse(setup, space)[: len(lattice)] == lattice
    assert made_up.swept[0] == (20, [7], lattice)
    assert max(len(points) for _, _, points in made_up.swept[1:]) == 4


@pytest.mark.parametrize("best", [-3.4, -0.6, 1.3])
def test_points_beside_the_best_come_nearer_and_nearer(made_up, best):
    made_up.score = lambda point: near(point, best)
    found = coarse(*SPACES["plain"])
    distance = [min(abs(log10(point.step_size) - best) for point in found[:n]) for n in (15, 32)]
    assert distance[1] < 0.05 < distance[0]
    # Those of the first round lie half way to the next on the lattice.
    lattice, fourth = found[:15], found[15:19]
    centres = sorted(lattice, key=lambda point: -near(point, best))[:3]
    for point in fourth:
        assert min(decades(point, other) for other in centres) == pytest.approx(0.25, abs=0.01)


def test_a_distance_is_halved_where_all_places_at_it_are_taken(made_up):
    """By hand: a best point at 1, which is all of the lattice."""
    made_up.score = lambda point: -abs(log10(point.step_size))
    found = coarse(PLAIN, Space((0, 0)), Budget(9, shorter=3, finalists=2, seeds=1))
    places = [Place.of(point).step_size for point in found]
    assert places[:5] == [0.0, -0.25, 0.25, -0.125, 0.125]
    # Beside 0 all that is as far is taken; beside the next best there is room.
    assert set(places[5:]) == {-0.375, 0.375, -0.0625, 0.0625}


def test_a_search_goes_on_beside_other_points_where_all_places_near_the_best_are_taken(made_up):
    found = coarse(PLAIN, Space((0, 0)), Budget(200, shorter=3, finalists=2, seeds=1))
    assert len(found) == 200


@pytest.mark.parametrize(("side", "edge"), [(1, 0), (-1, -3)])
def test_a_best_point_on_an_edge_of_the_lattice_is_widened_beyond_it(made_up, side, edge):
    made_up.score = lambda point: side * log10(point.step_size)
    found = coarse(*SPACES["dni"])
    furthest = side * max(side * log10(point.step_size) for point in found)
    assert side * furthest > side * edge + 1


def test_points_at_which_runs_diverge_draw_no_others(made_up):
    made_up.score = lambda point: log10(point.step_size)
    made_up.diverges = lambda point: point.step_size > 0.5
    found = coarse(*SPACES["dni"])
    (lattice, others) = found[:16], found[16:]
    assert max(point.step_size for point in lattice) == 1
    best = max(point.step_size for point in found if not made_up.diverges(point))
    assert 0.3 < best <= 0.5
    assert all(point.step_size > 0.03 for point in others)


# The finals.


def test_the_best_of_the_coarse_stage_go_on(made_up):
    made_up.score = lambda point: near(point, -1.3, -2.6)
    first, last = both(*SPACES["dni"])
    assert last == sorted(first, key=lambda point: -near(point, -1.3, -2.6))[:6]


@pytest.mark.parametrize("side", [1, -1])
def test_the_last_finalist_lies_beyond_a_best_one_that_is_outermost(made_up, side):
    made_up.score = lambda point: side * log10(point.generator_step_size)
    first, last = both(*SPACES["dni"])
    outermost = side * max(side * log10(point.generator_step_size) for point in first)
    beyond = log10(last[-1].generator_step_size)
    assert beyond == pytest.approx(outermost + side * 0.5, abs=0.01)
    assert set(last[:-1]) < set(first)
    assert len(last) == 6


@pytest.mark.parametrize(
    ("scores", "last"),
    [
        ({1.0: 0.2, 10.0: 0.9}, 31.6),  # the best is the largest of all: one beyond it
        ({1.0: 0.9, 10.0: 0.2}, 0.1),  # the best is within: the next of the coarse stage
    ],
)
def test_the_best_so_far_is_that_at_full_length(made_up, scores, last):
    made_up.score = lambda point: {0.1: 0.5, 1.0: 0.9, 10.0: 0.8}[point.step_size]
    first = stages.sweep(PLAIN, [7], [Point(0.1), Point(1.0), Point(10.0)], None)
    made_up.score = lambda point: scores.get(point.step_size, 0.0)
    finalists = points_of(final_stage(PLAIN, first, Budget(3, 3, finalists=3, seeds=2), [7, 8]))
    assert finalists == [Point(1.0), Point(10.0), Point(last)]


def test_0_is_kept_apart_where_it_is_among_the_points(made_up):
    """Even where generators that learn do better, one that does not is among the finalists, and
    the other way round."""
    for off in (-10, 10):
        made_up.score = lambda point, off=off: (
            near(point, -1.1, -2.3) if point.generator_step_size else off - abs(point.step_size)
        )
        first, last = both(*SPACES["with 0"])
        is_off = [point for point in first if not point.generator_step_size]
        best = max(is_off, key=made_up.score)
        assert best in last
        assert any(point.generator_step_size for point in last)
        assert (
            last[:4]
            == [
                point
                for point in sorted(first, key=lambda point: -made_up.score(point))
                if point.generator_step_size
            ][:4]
        )


def test_where_0_makes_another_method_it_is_not_among_the_points(made_up):
    first, last = both(*SPACES["dni"])
    assert all(point.generator_step_size for point in first + last)


# What is trained.

SMALL = Setup(method="dni[output]", bits=3, examples=40, hidden=(6, 5), epochs=4)


def test_a_sweep_trains_every_point_on_every_seed_as_if_alone():
    grid = [Point(0.1, 0.01), Point(0.1, 0.1), Point(0.3, 0.01)]
    columns = sweep(SMALL, [7, 8], grid)
    assert points_of(columns) == grid
    assert columns["seed"].tolist() == [7, 8] * 3
    for row, (point, seed) in enumerate((point, seed) for point in grid for seed in (7, 8)):
        alone = train(SMALL, [seed], step_size=point[:1], generator_step_size=point[1:])
        assert columns["bit_accuracy"][row] == alone.measures["bit_accuracy"][0, -1]
        assert columns["epochs"][row] == 4


def test_a_sweep_survives_points_that_diverge_to_the_last_seed(monkeypatch):
    monkeypatch.setattr("synthgrad.core.training.stack.STACK_BYTES", 1)  # a stack for each replica
    setup = Setup(method="dni[output]", bits=3, examples=400, hidden=(6, 5), epochs=12)
    for grid in ([(0.1, 0.01), (0.1, 50.0)], [(0.1, 50.0), (0.1, 0.01)]):
        columns = sweep(setup, [7], [Point(*sizes) for sizes in grid])
        stable = [generator_step < 1 for _, generator_step in grid]
        np.testing.assert_array_equal(np.isnan(columns["diverged_at"]), stable)
        assert np.isfinite(columns["score"]).all()


def test_the_stages_of_a_real_search_train_on_the_seeds_they_say():
    budget = Budget(points=7, shorter=2, finalists=2, seeds=2)
    first = coarse_stage(SMALL, Space((-1, 0), (-3, -2)), budget, 7)
    last = final_stage(SMALL, first, budget, [7, 8])
    assert (first["epochs"].tolist(), first["seed"].tolist()) == ([2] * 7, [7] * 7)
    assert (last["epochs"].tolist(), last["seed"].tolist()) == ([4] * 4, [7, 8] * 2)
    assert points_of(first)[:4] == [place.point for place in Space((-1, 0), (-3, -2)).lattice()]
