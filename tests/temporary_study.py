"""A copy of the project in a temporary folder, and Snakemake run in it as a user would."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]

TINY = ROOT / "tests" / "workflow" / "tiny.yaml"
"""The config of the study at its very smallest."""

LIMIT = 600
"""Seconds after which a run of Snakemake counts as stuck."""


def copy_project(folder, config):
    """Copy into a folder what a run needs, and the config file of a small study.

    What Numba has compiled here comes along, if there is any.
    """
    for name in ("src", "workflow", "config", "paper"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    compiled = Path("src", "synthgrad", "core", "kernels", "engine", "__pycache__")
    if (ROOT / compiled).exists():
        shutil.copytree(ROOT / compiled, folder / compiled)
    for name in ("environment.yml", "Makefile"):
        shutil.copy(ROOT / name, folder)
    shutil.copy(config, folder / "config")


def link_environment(folder, name=".venv", prefix=sys.prefix):
    """Give a folder an environment that make takes for its own: that of these tests, or another."""
    own = folder / name
    own.mkdir()
    for path in Path(prefix).iterdir():
        if path.name not in ("locked", "installed"):
            (own / path.name).symlink_to(path)
    for stamp in ("locked", "installed"):
        (own / stamp).touch()


def environment(folder, path=os.environ["PATH"]):
    """Variables that let Snakemake find the folder's own package."""
    return os.environ | {
        "PYTHONPATH": str(folder / "src"),
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{path}",
    }


def run(folder, command, **options):
    """Run a command line, given as a list, in the folder; options go to `environment`."""
    return subprocess.run(
        command,
        cwd=folder,
        env=environment(folder, **options),
        capture_output=True,
        text=True,
        check=False,
        timeout=LIMIT,
    )
