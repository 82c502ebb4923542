"""Whether random numbers are those of the published tables, and what is said where they are not."""

import ctypes
import math
import os
import platform
import subprocess
import sys

import pytest

from synthgrad.core import streams
from synthgrad.reproduce.portability import NO_FMA_IN_GLIBC


def test_the_logarithms_are_near_the_exact_ones():
    """An oracle in whole numbers: exp, the inverse, to 40 digits by its series."""
    from fractions import Fraction

    for x, logarithm in streams.LOGARITHMS.items():
        exact, near = Fraction(float.fromhex(x)), Fraction(float.fromhex(logarithm))
        power, term = Fraction(0), Fraction(1)
        for n in range(1, 60):
            power, term = power + term, (term * near / n).limit_denominator(10**60)
        # d(log x) = dx / x
        assert abs((exact - power) / exact) < 0.52 * math.ulp(float(near))


def test_a_logarithm_that_rounds_otherwise_is_warned_of_once(monkeypatch):
    streams.paired_draws(0)
    changed = {x: math.nextafter(math.log(float.fromhex(x)), 0).hex() for x in streams.LOGARITHMS}
    monkeypatch.setattr(streams, "LOGARITHMS", changed)
    streams.normal_numbers_are_published.cache_clear()
    try:
        with pytest.warns(UserWarning, match="logarithm"):
            streams.paired_draws(0)
    finally:
        streams.normal_numbers_are_published.cache_clear()


@pytest.mark.skipif(
    platform.machine() != "x86_64" or not hasattr(ctypes.CDLL(None), "gnu_get_libc_version"),
    reason="only glibc on x86-64 can be told to be without instructions",
)
def test_a_cpu_without_fused_multiply_add_is_noticed():
    code = "from synthgrad.core.streams import *; print(normal_numbers_are_published())"
    said = [
        subprocess.run(
            [sys.executable, "-c", code],
            env=os.environ | variables,
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        for variables in ({}, {"GLIBC_TUNABLES": NO_FMA_IN_GLIBC})
    ]
    assert said == ["True", "False"]
