"""What commands that train have in common: one BLAS thread, a progress bar, JSON."""

import sys
from contextlib import contextmanager
from math import isfinite


def one_thread():
    """Context of work with one BLAS thread."""
    # NumPy first: its BLAS must be loaded before it can be limited.
    import numpy  # noqa: F401
    from threadpoolctl import threadpool_limits

    return threadpool_limits(1)


@contextmanager
def working(total):
    """Work with one BLAS thread and a progress bar on stderr, if that is a terminal."""
    from tqdm import tqdm

    with (
        one_thread(),
        tqdm(total=total, unit="epoch", disable=None, leave=False, file=sys.stderr) as bar,
    ):
        yield bar.update


def json_values(values):
    """A list or an array for JSON: numbers that are not finite are null."""
    listed = values if isinstance(values, list) else values.tolist()
    return [value if isfinite(value) else None for value in listed]
