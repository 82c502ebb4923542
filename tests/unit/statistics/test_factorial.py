"""Effects of a factorial, beside a textbook example."""

import numpy as np

from synthgrad.statistics.factorial import factorial_effects


def test_factorial_effects_of_the_filtration_rates():
    # Montgomery, Design and Analysis of Experiments: a 2^4 factorial in standard order.
    names = ["".join(f for k, f in enumerate("abcd") if cell >> k & 1) for cell in range(16)]
    rates = [45, 71, 48, 65, 68, 60, 80, 65, 43, 100, 45, 104, 75, 86, 70, 96]
    cells = {frozenset(name): np.array([rate]) for name, rate in zip(names, rates)}
    found = {"".join(names): value[0] for names, value in factorial_effects(cells).items()}
    assert found == {
        "a": 21.625,
        "b": 3.125,
        "c": 9.875,
        "d": 14.625,
        "ab": 0.125,
        "ac": -18.125,
        "ad": 16.625,
        "bc": 2.375,
        "bd": -0.375,
        "cd": -1.125,
    }


def test_factorial_effects_without_the_empty_set():
    # Effects that add up are found whichever comparisons are missing.
    cells = {
        frozenset(names): np.array([2.0 * ("a" in names) - 1.0 * ("b" in names)] * 3)
        for names in ("a", "b", "c", "ab", "ac", "bc", "abc")
    }
    found = factorial_effects(cells)
    assert [list(found[name]) for name in (("a",), ("b",), ("c",), ("a", "b"))] == [
        [2.0] * 3,
        [-1.0] * 3,
        [0.0] * 3,
        [0.0] * 3,
    ]
