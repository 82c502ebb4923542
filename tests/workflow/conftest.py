"""The tiny study, run once for all tests."""

import pytest
from temporary_study import TINY, copy_project, run

from synthgrad.workflow.paper import has_latex


@pytest.fixture(scope="session")
def study(tmp_path_factory):
    """A folder in which the tiny study has run once."""
    folder = tmp_path_factory.mktemp("study")
    copy_project(folder, TINY)
    done = run(folder, ["snakemake", "--configfile", "config/tiny.yaml"])
    assert done.returncode == 0, done.stderr[-4000:]
    last_words = "The report is results/tiny/synthgrad.pdf"
    assert (last_words if has_latex() else "LaTeX is missing") in done.stderr
    return folder
