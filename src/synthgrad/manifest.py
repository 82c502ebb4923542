"""The manifest: what made the tables of a run, and what they should hash to."""

import csv
import hashlib
import json
import platform
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import pandas as pd
import threadpoolctl

from . import records

PACKAGES = (
    "synthgrad",
    "numpy",
    "numba",
    "scipy",
    "pandas",
    "pyarrow",
    "matplotlib",
    "seaborn",
    "snakemake",
)


def collect(config, tables, tuned, benchmarks):
    """The manifest as a dict.

    Parameters
    ----------
    config : dict, as merged
    tables : paths of the tables to vouch for
    tuned : path of the table of chosen step sizes
    benchmarks : folder with the benchmark files of the jobs
    """
    wall, cpu = job_times(benchmarks)
    return {
        "preset": config["preset"],
        "config_sha256": config_checksum(config),
        "git_commit": git_commit(),
        "python": platform.python_version(),
        "platform": platform.platform(),
        "packages": {name: package_version(name) for name in PACKAGES},
        "cpu": cpu_model(),
        "blas": [
            {key: library.get(key) for key in ("internal_api", "version", "architecture")}
            for library in threadpoolctl.threadpool_info()
            if library["user_api"] == "blas"
        ],
        "blas_threads": 1,
        "tuned_on_edge": choices_on_edge(tuned),
        "wall_seconds": wall,
        "cpu_seconds": cpu,
        "tables": {Path(path).name: records.file_checksum(path) for path in tables},
    }


def write(manifest, path):
    """Write a manifest as JSON."""
    with records.replacing(path) as temporary:
        temporary.write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")


def choices_on_edge(path):
    """The cells with a tuned step size on an edge of the grid, and which: beyond it there may
    be a better one."""
    try:
        choices = pd.read_csv(path)
    except pd.errors.EmptyDataError:
        return {}
    flagged = choices[choices["on_edge"].notna()]
    return dict(zip(flagged["cell"], flagged["on_edge"], strict=True))


def config_checksum(config):
    """SHA-256 of a config's content, whatever the order of its keys."""
    return hashlib.sha256(json.dumps(config, sort_keys=True).encode()).hexdigest()


def job_times(benchmarks):
    """Wall time during which a job ran, and CPU time of all jobs, in seconds.

    From the benchmark files: each ends when it was written, and jobs that ran
    side by side count once for the wall time.
    """
    spans, cpu = [], 0.0
    for path in Path(benchmarks).rglob("*.tsv"):
        with path.open(encoding="utf-8", newline="") as file:
            row = next(csv.DictReader(file, delimiter="\t"))
        end = path.stat().st_mtime
        spans.append((end - float(row["s"]), end))
        # Snakemake writes NA for jobs too short to be sampled.
        cpu += float(row["cpu_time"]) if row["cpu_time"] not in ("NA", "-") else 0.0
    wall, last = 0.0, float("-inf")
    for start, end in sorted(spans):
        wall += max(0.0, end - max(start, last))
        last = max(last, end)
    return round(wall, 1), round(cpu, 1)


def git_commit():
    """The commit of the working folder, with ``+changes`` if it is not clean; None outside git."""

    def git(*arguments):
        return subprocess.run(
            ["git", *arguments], capture_output=True, text=True, check=True
        ).stdout.strip()

    try:
        return git("rev-parse", "HEAD") + ("+changes" if git("status", "--porcelain") else "")
    except (OSError, subprocess.CalledProcessError):
        return None


def cpu_model():
    """The processor's name, as Linux or the platform gives it."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def package_version(name):
    """Installed version of a package, or None."""
    try:
        return version(name)
    except PackageNotFoundError:
        return None
