"""Which tests are slow or long, and which of them share a process and what they have made."""

from pathlib import Path

import pytest

TESTS = Path(__file__).parent

WHOLE_RUNS = {"workflow", "end_to_end", "drill"}
"""Folders that run the workflow. They come first, so that nothing long is left at the end."""

SLOW = WHOLE_RUNS | {
    "benchmark",
    "calibration",
    "faults",
    "paper",
    "parallel",
    "portability",
    "slurm",
}
LONG = {"drill", "slurm"}

TOGETHER = {"drill", "workflow"}
"""Folders whose tests share a run of the workflow, and so a process."""


def room(path):
    """The folder of tests that a file is in."""
    return path.relative_to(TESTS).parts[0]


def pytest_collection_modifyitems(items):
    for item in items:
        if room(item.path) in LONG:
            item.add_marker("long")
        if room(item.path) in SLOW or item.get_closest_marker("long"):
            item.add_marker("slow")
    items.sort(key=lambda item: room(item.path) not in WHOLE_RUNS)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    from xdist.scheduler import LoadScopeScheduling

    class Scheduling(LoadScopeScheduling):
        """Gives a process all tests of a file, or of a folder in `TOGETHER`."""

        def _split_scope(self, nodeid):
            path = config.rootpath / nodeid.partition("::")[0]
            return room(path) if room(path) in TOGETHER else str(path)

    return Scheduling(config, log)
