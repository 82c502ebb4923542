"""What commands have in common: cores, a progress bar, JSON, a receipt."""

import os
import sys
from contextlib import contextmanager
from math import isfinite

import click


@contextmanager
def working(total, **looks):
    """Work with a progress bar on stderr, if that is a terminal; what it looks like are options of
    tqdm."""
    from tqdm import tqdm

    prepare_kernels()
    with tqdm(total=total, disable=None, leave=False, file=sys.stderr, **looks) as bar:
        yield bar.update


@contextmanager
def telling():
    """A callable that shows what is being done on stderr, if that is a terminal, until the next."""
    from tqdm import tqdm

    with tqdm(disable=None, leave=False, file=sys.stderr, bar_format="{desc} ...") as line:
        yield line.set_description_str


def prepare_kernels():
    """Compile the kernels if that has not been done; refuse those that do not exist."""
    from synthgrad.core.kernels import NAME, choice
    from synthgrad.core.kernels.engine.library import load

    try:
        name = choice()
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    if name == "compiled":
        load()
    elif os.environ.get(NAME) != name:
        raise click.UsageError(
            "NUMBA_DISABLE_JIT is set, so kernels cannot be compiled; unset it, or set "
            f"{NAME}=reference, which is slow and rounds otherwise"
        )


def cores():
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()


def json_values(values):
    """A list or an array for JSON: numbers that are not finite are null."""
    listed = values if isinstance(values, list) else values.tolist()
    return [value if isfinite(value) else None for value in listed]


def leave_receipt(command, found, text):
    """Write the receipt of a check (`reproduce.receipt.write`), or say on stderr that none is."""
    from synthgrad.reproduce import receipt

    try:
        receipt.write(command, found, text)
    except OSError as error:
        reason = error.strerror or error
        sys.stderr.write(f"synthgrad: no receipt in {receipt.FOLDER}/: {reason}\n")
