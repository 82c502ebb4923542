"""Sections "Operations" and "The exponential" of the page."""

from fractions import Fraction
from math import copysign, factorial, inf, isfinite, nan, sqrt
from operator import sub


def fma(a, b, c):
    """``a * b + c``, rounded once."""
    if not (isfinite(a) and isfinite(b)) or a == 0 or b == 0:
        return a * b + c  # The product is exact.
    if not isfinite(c):
        return c
    exact = Fraction(a) * Fraction(b) + Fraction(c)
    try:
        return float(exact)
    except OverflowError:
        return copysign(inf, exact)


def summed(terms):
    """Not Python's `sum`, which compensates for rounding from version 3.12 on."""
    s = 0.0
    for x in terms:
        s = s + x
    return s


def mean(terms):
    terms = list(terms)
    return summed(terms) / len(terms)


def dot(a, b):
    s = 0.0
    for x, y in zip(a, b, strict=True):
        s = fma(x, y, s)
    return s


def transposed(rows):
    return [list(column) for column in zip(*rows, strict=True)]


def each(function, *arrays):
    """A function of the numbers at the same place in every array; a single row is repeated."""
    rows = max(map(len, arrays))
    alike = [array * rows if len(array) == 1 else array for array in arrays]
    return [
        [function(*numbers) for numbers in zip(*row, strict=True)]
        for row in zip(*alike, strict=True)
    ]


def difference(a, b):
    return each(sub, a, b)


def product(x, weights):
    """``x W``"""
    columns = transposed(weights)
    return [[dot(row, column) for column in columns] for row in x]


def carried(d, weights):
    """``d W^T``"""
    return [[dot(row, deltas) for row in weights] for deltas in d]


def update_weights(weights, x, d, step):
    columns = transposed(d)
    for row, inputs in zip(weights, transposed(x), strict=True):
        row[:] = [fma(-step, dot(inputs, deltas), w) for w, deltas in zip(row, columns)]


def update_vector(vector, d, step, reduce=summed):
    """The update of a bias, gain or shift."""
    columns = transposed(d)
    vector[0][:] = [fma(-step, reduce(deltas), v) for v, deltas in zip(vector[0], columns)]


def means(x):
    """Of each unit over the examples, as a single row."""
    return [[mean(column) for column in transposed(x)]]


def variances(x):
    return means(each(lambda c: c * c, difference(x, means(x))))


def normalised(x, mean, variance):
    return each(lambda x, m, v: (x - m) / sqrt(v + 1e-5), x, mean, variance)


LOG2_E = float.fromhex("0x1.71547652b82fep+0")
LN2_HIGH = float.fromhex("0x1.62e42fee00000p-1")
LN2_LOW = float.fromhex("0x1.a39ef35793c76p-33")


def p_and_q(y):
    """The numbers of which ``fma(p, q, p)`` is exp(y)."""
    if y != y:
        return nan, nan
    k = fma(y, LOG2_E, 1.5 * 2**52) - 1.5 * 2**52
    z = fma(-k, LN2_LOW, fma(-k, LN2_HIGH, y))
    r = 1 / factorial(13)
    for n in range(12, 1, -1):
        r = fma(r, z, 1 / factorial(n))
    return 2.0**k, fma(z * z, r, z)


def exp(y):
    if y < -708:
        return 0.0
    if y > 709:
        return inf
    p, q = p_and_q(y)
    return fma(p, q, p)


def sigmoid(x):
    return 1 / (1 + exp(-x))


def tanh(x):
    y = 2 * x
    p, q = p_and_q(-708.0 if y < -708 else 709.0 if y > 709 else y)
    t = fma(p, q, p - 1)
    return t / (t + 2)


def relu(x):
    return 0.0 if x < 0 else x


def softmax(x):
    m = max(x)
    e = [exp(value - m) for value in x]
    s = summed(e)
    return [value / s for value in e]


ACTIVATION = {
    "sigmoid": lambda x: each(sigmoid, x),
    "tanh": lambda x: each(tanh, x),
    "relu": lambda x: each(relu, x),
    "softmax": lambda x: [softmax(row) for row in x],
}

GRADIENT_BEFORE = {
    "sigmoid": lambda y, g: ((1 - y) * y) * g,
    "tanh": lambda y, g: (1 - y * y) * g,
    "relu": lambda y, g: g if y > 0 else 0.0,
    "softmax": lambda y, g: g,
}
