"""Neither the folder nor the user's own settings change what is run, or what comes of it."""

import os
import pty
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from temporary_study import LIMIT, ROOT, copy_project, environment, run

from synthgrad.reproduce.manifest import config_checksum
from synthgrad.study.config import read_config

DRILL = ROOT / "tests" / "drill" / "drill.yaml"

pytestmark = pytest.mark.slow


@pytest.fixture
def project(tmp_path):
    """A copy of the project in a folder with a space, with an environment in it."""
    folder = tmp_path / "my $5 thesis, it's 100% 'done'"
    folder.mkdir()
    copy_project(folder, DRILL)
    (folder / ".venv").mkdir()
    for path in Path(sys.prefix).iterdir():
        (folder / ".venv" / path.name).symlink_to(path)
    return folder


def snakemake(folder, *arguments, where=".", **settings):
    """Run Snakemake as `make` does, with the interpreter of the folder."""
    command = [folder / ".venv" / "bin" / "python", "-m", "snakemake", *arguments]
    return subprocess.run(
        command,
        cwd=folder / where,
        env=environment(folder) | settings,
        capture_output=True,
        text=True,
        check=False,
        timeout=LIMIT,
    )


def make(folder, *arguments, **settings):
    return subprocess.run(
        ["make", *arguments],
        cwd=folder,
        env=environment(folder) | settings,
        capture_output=True,
        text=True,
        check=False,
        timeout=LIMIT,
    )


def put_in_the_way(folder):
    """Settings of a user that would stop a job or change what it makes."""
    folder.mkdir()
    (folder / "startup").write_text("cd /; exit 3")
    (folder / "matplotlibrc").write_bytes(b"text.usetex: True\n\xff")
    return {
        "BASH_ENV": str(folder / "startup"),
        "CDPATH": "/",
        "HOME": "/dev/null/nowhere",
        "MATPLOTLIBRC": str(folder / "matplotlibrc"),
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
    }


def test_jobs_run_in_any_folder_and_under_any_settings(project, tmp_path):
    registered = "results/drill/registered.json"
    settings = put_in_the_way(tmp_path / "settings")
    done = snakemake(project, registered, "--configfile", "config/drill.yaml", **settings)
    assert done.returncode == 0, done.stderr[-4000:]
    assert (project / registered).exists()
    assert "report" not in done.stderr.splitlines()[-1]


IN_A_JOB = """
import subprocess, sys
from synthgrad.workflow.running import prepare_environment
prepare_environment()
subprocess.run(["bash", "-c", f"{sys.executable} -c '{sys.argv[1]}'"], check=True)
"""
STYLE = """
import matplotlib
from synthgrad.figures.style import in_style
with in_style(): print(matplotlib.get_backend(), matplotlib.rcParams["text.usetex"])
"""


def in_a_job(code, **settings):
    """The words that code prints which a job of a user with these settings runs."""
    done = subprocess.run(
        [sys.executable, "-c", IN_A_JOB, code],
        env=os.environ | settings,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.split()


def test_figures_are_drawn_under_any_settings(tmp_path):
    settings = put_in_the_way(tmp_path / "settings")
    assert in_a_job(STYLE, PYTHONINSPECT="1", **settings) == ["agg", "False"]


@pytest.mark.parametrize(
    "settings", [{"NUMBA_DISABLE_JIT": "1"}, {"SYNTHGRAD_KERNELS": "reference"}]
)
def test_jobs_compile_their_kernels_under_any_settings(settings):
    code = "from synthgrad.core.kernels import choice\nprint(choice())"
    assert in_a_job(code, **settings) == ["compiled"]


def test_the_package_beside_the_workflow_runs(project):
    own = project / "src" / "synthgrad" / "workflow" / "checks.py"
    own.write_text("raise SystemExit('the package of this folder')\n")
    done = snakemake(project, "--dry-run", PYTHONPATH=str(ROOT / "src"))
    assert "the package of this folder" in done.stderr
    said = make(project, "--old-file=.venv/installed", "verify", PYTHONPATH=str(ROOT / "src"))
    assert str(project / "results") not in said.stderr


def refused(done, message):
    """Whether a run ended with one line of ours and status 2."""
    lines = [line for line in done.stderr.splitlines() if line.startswith("synthgrad: error: ")]
    return done.returncode == 2 and len(lines) == 1 and message in lines[0]


def test_in_another_folder_the_right_one_is_named(project):
    done = snakemake(project, "--dry-run", where="workflow")
    assert refused(done, "is not the folder of the study; cd ")
    there = subprocess.run(
        ["sh", "-c", f"{done.stderr.splitlines()[-1].partition('; ')[2]} && pwd"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert Path(there.stdout.rstrip("\n")).samefile(project)


@pytest.mark.parametrize("name", ["a{b}c", "a:b"])
def test_a_folder_that_cannot_be_is_refused_before_anything_is_installed(name, tmp_path):
    folder = tmp_path / name
    folder.mkdir()
    copy_project(folder, DRILL)
    done = make(folder, "setup")
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "name of this folder" in done.stderr
    assert not (folder / ".venv").exists()
    if "{" in name:
        assert refused(run(folder, ["snakemake", "--dry-run"]), "has a brace in its name")


def test_why_an_environment_cannot_be_made_is_told(project):
    (project / ".venv").rename(project / "away")
    (project / ".venv").write_text("")
    shutil.copy(ROOT / "requirements.lock", project)
    done = make(project, ".venv/locked", PYTHONHOME="/nowhere")
    assert done.returncode == 2
    assert "Not a directory" in done.stderr
    assert "python3-venv" not in done.stderr


@pytest.mark.parametrize(("answer", "installs"), [(b"n\n", False), (b"\n", True)])
def test_on_a_terminal_root_is_asked_before_latex_is_installed(answer, installs, tmp_path):
    for program in ("cat", "env", "mktemp", "rm", "tail"):
        (tmp_path / program).symlink_to(shutil.which(program))
    for program, body in {"id": "echo 0", "apt-get": 'echo >> "$0.called"; exit 1'}.items():
        (tmp_path / program).write_text(f"#!/bin/sh\n{body}\n")
        (tmp_path / program).chmod(0o755)
    ours, terminal = pty.openpty()
    os.write(ours, answer)
    command = ["/bin/sh", ROOT / "paper" / "ensure-tex.sh"]
    streams = dict.fromkeys(("stdin", "stdout", "stderr"), terminal)
    subprocess.run(command, env={"PATH": str(tmp_path)}, check=True, timeout=LIMIT, **streams)
    assert (tmp_path / "apt-get.called").exists() == installs
    assert b"without" in os.read(ours, 10_000) or not installs


# What is tracked.


@pytest.fixture
def tracked(project):
    """The figures and the paper of the project, as they are."""
    (project / "published").mkdir()
    shutil.copytree(ROOT / "figures", project / "figures")
    paths = [*(project / "figures").iterdir(), project / "paper" / "synthgrad.pdf"]

    def contents():
        return {path: path.read_bytes() for path in paths if path.exists()}

    return contents


def publish(project, checksum):
    (project / "published" / "manifest.json").write_text(f'{{"config_sha256": "{checksum}"}}')


@pytest.mark.parametrize("rule", ["published_figures", "published_paper"])
def test_published_tables_of_another_study_replace_nothing(rule, project, tracked):
    before = tracked()
    publish(project, "another")
    assert refused(snakemake(project, rule), "is of another config than config/config.yaml")
    assert tracked() == before


def test_what_cannot_be_redrawn_is_left_as_it_was(project, tracked):
    before = tracked()
    publish(project, config_checksum(read_config(project / "config" / "config.yaml")))
    parquet = [f"{name}.parquet" for name in ("runs", "outcomes", "sweeps")]
    tables = ("summary", "claims", "robustness", "representable", "representations")
    for name in (*parquet, *(f"{table}.csv" for table in tables)):
        (project / "published" / name).write_text("of another version")
    one_by_one = ["--workflow-profile", "none", "--cores", "1"]
    assert snakemake(project, "published_figures", *one_by_one).returncode == 1
    assert list(project.glob("results/published/logs/figures/*.log"))
    assert tracked() == before
