"""Starting MPI ranks, ending them together, and waiting for their messages with a limit."""

import os
import re
import shutil
import subprocess
import sys
import sysconfig
import time
import traceback
from contextlib import contextmanager
from pathlib import Path


class Overdue(RuntimeError):
    """Something did not arrive within the limit."""


class RanksEnded(RuntimeError):
    """The ranks ended before their work was done."""


@contextmanager
def ending_together(comm):
    """Whatever goes wrong on one rank is said on stderr and ends them all."""
    try:
        yield
    except BaseException as error:
        if not isinstance(error, Overdue | ValueError):
            traceback.print_exc()
        said = str(error) or type(error).__name__
        sys.stderr.write(f"synthgrad: error: rank {comm.rank}: {said}\n")
        sys.stderr.flush()
        # What the launcher has not yet passed on when it hears of the end is lost.
        time.sleep(0.5)
        comm.Abort(1)
        os._exit(1)  # where the launcher takes its time over the others


def world(ranks):
    """The communicator of all ranks, of which so many were launched."""
    from mpi4py import MPI

    if ranks != MPI.COMM_WORLD.size:
        raise ValueError(
            f"mpiexec started {ranks} ranks and mpi4py sees {MPI.COMM_WORLD.size}; "
            "allowed are only those of one and the same MPI"
        )
    return MPI.COMM_WORLD


def find_mpiexec():
    """Path of mpiexec: that of this Python's environment, or else the first on PATH."""
    own = Path(sysconfig.get_path("scripts")) / "mpiexec"
    return str(own) if own.exists() else shutil.which("mpiexec")


def missing():
    """What the ranks need and is not installed, in words; None if nothing is."""
    try:
        import mpi4py  # noqa: F401
    except ImportError:
        return "mpi4py is not installed; the extra `parallel` has it"
    if find_mpiexec() is None:
        return "mpiexec is not installed; the extra `parallel` has it"
    return None


def launch(ranks, arguments, limit):
    """Run ``python ARGUMENTS`` as so many ranks and return what they printed.

    Raises
    ------
    RanksEnded
        If any rank was killed or failed, or all took longer than `limit` seconds.
    """
    lacking = missing()
    if lacking:
        raise RanksEnded(lacking)
    command = [find_mpiexec(), "-n", str(ranks), sys.executable, *map(str, arguments)]
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        encoding="utf-8",
        # For the case that nobody is left to end the ranks from here.
        env={**os.environ, "MPIEXEC_TIMEOUT": str(int(limit) + 30)},
    )
    try:
        printed, _ = process.communicate(timeout=limit)
    except BaseException as error:
        process.terminate()  # which mpiexec hands to the ranks
        try:
            process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if isinstance(error, subprocess.TimeoutExpired):
            raise RanksEnded(f"{ranks} ranks were ended after {limit:g} s") from None
        raise
    finally:
        process.stdout.close()
    if process.returncode:
        cause = re.search(r"EXIT STRING: (.+)", printed)
        because = cause[1] if cause else f"exit status {process.returncode}"
        raise RanksEnded(f"one of {ranks} ranks ended early and so ended the run: {because}")
    return printed


def wait_for(request, what, limit, meanwhile=None):
    """Wait until an MPI request is done.

    Parameters
    ----------
    request : mpi4py request
    what : str
        Says in the message of `Overdue` what is waited for.
    limit : float
        Seconds.
    meanwhile : callable, optional
        Called between looks; returns whether it did something.

    Returns
    -------
    float
        Seconds waited, without those in which `meanwhile` did something.
    """
    if request.Test():
        return 0.0
    started = time.perf_counter()
    busy = 0.0
    while not request.Test():
        now = time.perf_counter()
        if now - started > limit:
            raise Overdue(f"waited {limit:g} s for {what}")
        if meanwhile is not None and meanwhile():
            busy += time.perf_counter() - now
        else:
            os.sched_yield()  # whom we wait for may need this very core
    return time.perf_counter() - started - busy
