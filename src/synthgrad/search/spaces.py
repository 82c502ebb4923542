"""Where step sizes are looked for: points on a lattice of powers of ten, and points beside them."""

from dataclasses import dataclass
from itertools import product
from math import log10
from typing import NamedTuple

STEP_SIZES = ("step_size", "generator_step_size")


class Point(NamedTuple):
    """The step size of a network and that of its generators, 0 where there are none."""

    step_size: float
    generator_step_size: float = 0.0


class Place(NamedTuple):
    """Where a point lies: the common logarithms of its step sizes, None for a step size of 0."""

    step_size: float
    generator_step_size: float | None = None

    @property
    def point(self):
        """The point, rounded to three digits, which are the same on every machine."""
        return Point(*(0.0 if each is None else float(f"{10**each:.2e}") for each in self))

    @classmethod
    def of(cls, point):
        """The place of a point."""
        finest = 32  # parts of a decade, which three digits tell apart
        return cls(*(round(finest * log10(each)) / finest if each else None for each in point))


@dataclass(frozen=True)
class Space:
    """The decades that a method's step sizes are looked for in.

    step_size, generator_step_size : (lowest, highest) power of ten; the latter is None for
        a method without generators
    zero : whether a generator step size of 0 is among the points. It need not be where 0 makes
        the method another one, which is searched by itself.
    """

    step_size: tuple[int, int]
    generator_step_size: tuple[int, int] | None = None
    zero: bool = False

    @property
    def spacing(self):
        """Decades between neighbours on the lattice."""
        return 0.5 if self.generator_step_size is None else 1.0

    def lattice(self):
        """The places where a search begins: every decade or, without generators, every half one."""
        low, high = self.step_size
        if self.generator_step_size is None:
            return [Place(half / 2) for half in range(2 * low, 2 * high + 1)]
        own, (least, most) = range(low, high + 1), self.generator_step_size
        on = [Place(float(a), float(b)) for a, b in product(own, range(least, most + 1))]
        return on + [Place(float(a)) for a in own if self.zero]


def beside(place, distance):
    """The places at this distance, in decades, on either side along each axis; a step size of 0
    stays as it is."""
    moves = [(axis, sign * distance) for axis in range(len(place)) for sign in (-1, 1)]
    return [_moved(place, *move) for move in moves if place[move[0]] is not None]


def beyond(place, tried):
    """The places half a decade beyond a place on each axis along which it is outermost."""
    found = []
    for axis, value in enumerate(place):
        values = [other[axis] for other in tried if other[axis] is not None]
        if value is not None:
            found += [_moved(place, axis, -0.5)] if value == min(values) else []
            found += [_moved(place, axis, 0.5)] if value == max(values) else []
    return found


def _moved(place, axis, distance):
    return Place(
        *(
            each + distance * (k == axis) if each is not None else None
            for k, each in enumerate(place)
        )
    )
