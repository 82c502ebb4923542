"""A finished run of the study of the drill, and a folder in which it has yet to run."""

import shutil
from pathlib import Path

import pytest
from drilling import CONFIG, TRAINING_JOBS, checksums, complete, training_tables
from temporary_study import copy_project


@pytest.fixture(scope="session")
def finished(tmp_path_factory):
    """A folder in which the study has run undisturbed."""
    folder = tmp_path_factory.mktemp("undisturbed")
    copy_project(folder, CONFIG)
    complete(folder)
    assert len(training_tables(folder)) == TRAINING_JOBS
    return folder


@pytest.fixture(scope="session")
def undisturbed(finished):
    """The checksums that every run must have in the end."""
    found = checksums(finished)
    assert {"runs.parquet", "outcomes.parquet", "statistics.csv", "claims.csv"} <= set(found)
    # The config holds a text that would make this file if a shell ever saw it.
    assert not list(finished.rglob("pwned"))
    return found


@pytest.fixture
def fresh(tmp_path, finished):
    """A folder in which the study has yet to run, but what Numba compiled is there."""
    copy_project(tmp_path, CONFIG)
    compiled = Path("src", "synthgrad", "core", "kernels", "engine", "__pycache__")
    shutil.copytree(finished / compiled, tmp_path / compiled, dirs_exist_ok=True)
    return tmp_path
