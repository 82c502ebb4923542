"""How far exp and its kin are from the exact functions, in units of the last place.

``python tests/oracle/exponentials.py`` prints the table of docs/arithmetic.md.
"""

import sys
from decimal import Decimal, localcontext

import numpy as np
from specified.operations import exp

from synthgrad.core.kernels.compiled import COMPILED


def compiled(name):
    """A kernel as a function of an array."""
    return lambda x: getattr(COMPILED, name)(x.reshape(1, 1, -1)).ravel()


FUNCTIONS = {
    "exp": (lambda x: np.array([*map(exp, x.tolist())]), lambda x: x.exp(), 700),
    "sigmoid": (compiled("sigmoid"), lambda x: 1 / (1 + (-x).exp()), 700),
    "tanh": (compiled("tanh"), lambda x: ((2 * x).exp() - 1) / ((2 * x).exp() + 1), 20),
}
"""What computes each (exp from the page's own words, whose bits the kernels have); the exact
function, whose exponential Python rounds correctly; and how far from 0 its points go."""


def distances(name, x):
    """Of the values at these points from the exact ones, in units of their last place."""
    computed, exact, _ = FUNCTIONS[name]
    values = computed(x)
    found = []
    with localcontext(prec=60):
        for each, value, unit in zip(x, values, np.spacing(abs(values)), strict=True):
            found.append(float(abs(Decimal(value) - exact(Decimal(each))) / Decimal(unit)))
    return np.array(found)


def main(count=120_000):
    random = np.random.default_rng(0)
    for name, (_, _, most) in FUNCTIONS.items():
        found = distances(name, random.uniform(-most, most, count))
        off = (found > 0.5).mean()
        print(
            f"{name}: {count} points in [-{most}, {most}]: at most {found.max():.2f}; {off:.1%} off"
        )


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
