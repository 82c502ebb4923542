"""The mark `slow`: that of whole folders, beside the few tests that have it one by one."""

from pathlib import Path

TESTS = Path(__file__).parent

SLOW = {"benchmark", "calibration", "end_to_end", "faults", "parallel", "portability", "slurm"}
"""Folders that simulate studies, run the workflow or need both cores."""


def pytest_collection_modifyitems(items):
    for item in items:
        if item.path.relative_to(TESTS).parts[0] in SLOW:
            item.add_marker("slow")
