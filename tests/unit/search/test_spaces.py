"""Where searches begin, and what lies beside and beyond."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synthgrad.search.spaces import Place, Point, Space, beside, beyond

ENDS = st.tuples(st.integers(-12, 12), st.integers(-12, 12)).map(sorted).map(tuple)


def decades(ends):
    return {float(f"1e{power}") for power in range(ends[0], ends[1] + 1)}


@given(ends=ENDS)
def test_a_lattice_of_one_step_size_has_every_half_decade(ends):
    points = [place.point for place in Space(ends).lattice()]
    assert {point.generator_step_size for point in points} == {0.0}
    sizes = [point.step_size for point in points]
    assert decades(ends) == set(sizes[::2])
    assert sizes == sorted(sizes)
    assert sizes[1::2] == [pytest.approx(10**0.5 * below, rel=0.005) for below in sizes[:-1:2]]


@given(ends=ENDS, generator_ends=ENDS, zero=st.booleans())
def test_a_lattice_of_two_step_sizes_has_every_pair_of_decades(ends, generator_ends, zero):
    points = [place.point for place in Space(ends, generator_ends, zero).lattice()]
    generator_sizes = decades(generator_ends) | ({0.0} if zero else set())
    assert sorted(points) == [
        Point(size, generator_size)
        for size in sorted(decades(ends))
        for generator_size in sorted(generator_sizes)
    ]


@given(
    place=st.builds(
        lambda own, generator: Place(own / 32, None if generator is None else generator / 32),
        st.integers(-500, 500),
        st.none() | st.integers(-500, 500),
    )
)
def test_three_digits_of_a_point_tell_its_place(place):
    point = place.point
    assert Place.of(point) == place
    assert point == Point(*(float(f"{size:.2e}") for size in point))
    assert (point.generator_step_size == 0) == (place.generator_step_size is None)


def test_places_beside_another_by_hand():
    assert beside(Place(0.0, -2.0), 0.25) == [
        Place(-0.25, -2.0),
        Place(0.25, -2.0),
        Place(0.0, -2.25),
        Place(0.0, -1.75),
    ]
    assert beside(Place(0.0), 0.25) == [Place(-0.25), Place(0.25)]


def test_places_beyond_another_by_hand():
    tried = [Place(-1.0, -3.0), Place(0.0, -2.0), Place(1.0, -1.0), Place(2.0)]
    assert beyond(Place(0.0, -2.0), tried) == []
    assert beyond(Place(-1.0, -2.0), tried) == [Place(-1.5, -2.0)]
    assert beyond(Place(-1.0, -1.0), tried) == [Place(-1.5, -1.0), Place(-1.0, -0.5)]
    # The points with a generator step size of 0 count along the other axis, and have no other.
    assert beyond(Place(1.0, -2.0), tried) == []
    assert beyond(Place(2.0), tried) == [Place(2.5)]
