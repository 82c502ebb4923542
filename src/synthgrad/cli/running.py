"""What commands that train have in common: cores, a progress bar, JSON."""

import os
import sys
from contextlib import contextmanager
from math import isfinite


@contextmanager
def working(total):
    """Work with a progress bar on stderr, if that is a terminal."""
    from tqdm import tqdm

    with tqdm(total=total, unit="epoch", disable=None, leave=False, file=sys.stderr) as bar:
        yield bar.update


def cores():
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()


def json_values(values):
    """A list or an array for JSON: numbers that are not finite are null."""
    listed = values if isinstance(values, list) else values.tolist()
    return [value if isfinite(value) else None for value in listed]
