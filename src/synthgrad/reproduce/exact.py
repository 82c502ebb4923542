"""Floats as they are compared, to the last bit and with one NaN; needs only NumPy."""

import numpy as np


def as_integers(numbers):
    """Floats as whole numbers that are equal only where the floats are to the last bit, or both
    are NaN."""
    numbers = np.asarray(numbers, dtype="<f8")
    return np.where(np.isnan(numbers), np.nan, numbers).view("<u8")
