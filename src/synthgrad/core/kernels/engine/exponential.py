"""The exponential function and its kin, with the same bits on every CPU.

``exp(y) = 2**k exp(z)`` with k whole and ``|z| <= ln(2) / 2``, where

    exp(z) = 1 + z + z**2 / 2! + ... + z**13 / 13!

is enough. Every operation rounds once, in the order written here; the page
`docs/arithmetic.md` states how far each function is from the exact one.
"""

from math import factorial

import numpy as np

from synthgrad.core.kernels.engine.llvm import fma, times_power_of_two
from synthgrad.core.kernels.engine.tiles import function

LOG2_E = float.fromhex("0x1.71547652b82fep+0")
LN2_HIGH = float.fromhex("0x1.62e42fee00000p-1")
LN2_LOW = float.fromhex("0x1.a39ef35793c76p-33")
"""The rest of ln 2; the high part has few enough bits for k * LN2_HIGH to be exact."""

TO_WHOLE = 1.5 * 2.0**52
"""Added to a number, leaves its nearest whole number k in the last bits."""

LEAST, MOST = -708.0, 709.0
"""Below and above, the exponential is taken to be 0 and infinite."""

C2, C3, C4, C5, C6, C7, C8, C9, C10, C11, C12, C13 = (1 / factorial(n) for n in range(2, 14))


@function
def scaled_series(y):
    """``2**k``, and ``exp(z) - 1``."""
    shifted = fma(y, LOG2_E, TO_WHOLE)
    k = shifted - TO_WHOLE
    z = fma(-k, LN2_LOW, fma(-k, LN2_HIGH, y))
    series = fma(C13, z, C12)
    series = fma(series, z, C11)
    series = fma(series, z, C10)
    series = fma(series, z, C9)
    series = fma(series, z, C8)
    series = fma(series, z, C7)
    series = fma(series, z, C6)
    series = fma(series, z, C5)
    series = fma(series, z, C4)
    series = fma(series, z, C3)
    series = fma(series, z, C2)
    return times_power_of_two(1.0, shifted), fma(z * z, series, z)


@function
def exp(y):
    """At most 1 unit in the last place from e**y; 0 below `LEAST`, infinite above `MOST`."""
    power, rest = scaled_series(within(y))
    value = fma(power, rest, power)
    value = 0.0 if y < LEAST else value
    return np.inf if y > MOST else value


@function
def tanh(x):
    """``(exp(2x) - 1) / (exp(2x) + 1)``, at most 3 units in the last place off."""
    power, rest = scaled_series(within(2 * x))
    less_one = fma(power, rest, power - 1)
    return less_one / (less_one + 2)


@function
def sigmoid(x):
    """``1 / (1 + exp(-x))``, at most 2.5 units in the last place off."""
    return 1 / (1 + exp(-x))


@function
def within(y):
    """The nearest number between `LEAST` and `MOST`; NaN stays NaN."""
    y = LEAST if y < LEAST else y
    return MOST if y > MOST else y
