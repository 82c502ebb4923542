"""The manifest: what made the tables of a run, and what they should hash to."""

import csv
import hashlib
import json
import os
import platform
import re
import subprocess
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from itertools import accumulate
from pathlib import Path
from textwrap import shorten
from typing import NamedTuple

import threadpoolctl

from synthgrad import __version__
from synthgrad.core import kernels
from synthgrad.reproduce.digests import digests, read_training_tables
from synthgrad.study.tables import DamagedTable, file_checksum, read_csv, replacing
from synthgrad.study.training import TRAINED

PACKAGE = Path(__file__).parents[1]
PROJECT = PACKAGE.parents[1]
"""Where the package is, and the clone or release that it is in unless it is installed."""

PACKAGES = (
    "synthgrad",
    "numpy",
    "numba",
    "llvmlite",
    "scipy",
    "pandas",
    "pyarrow",
    "scikit-learn",
    "matplotlib",
    "seaborn",
    "snakemake",
    "mpi4py",
    "mpich",
    "simpy",
)
"""Whose versions can change a table or a figure."""

ENTRIES = (
    *("git_commit", "sources_sha256", "python", "cpu", "cpu_vectors", "kernels", "compiled_for"),
    *("packages", "digests"),
)
"""In which manifests are compared, apart from their configs."""

NOT_GIVEN = "not given"
"""Stands for what a config does not say."""

CPU_FOR_NUMBA = ("NUMBA_CPU_NAME", "NUMBA_CPU_FEATURES")
"""Variables that name another CPU to compile for than the present one."""


def collect(config, tables, tuned, benchmarks, logs, searches=None):
    """The manifest as a dict.

    Parameters
    ----------
    config : dict, as merged
    tables : paths of the tables to vouch for
    tuned : path of the table of chosen step sizes, in the folder of those that training writes
    benchmarks, logs : folders with the benchmark files and the logs of the jobs
    searches : the folder of the searches that step sizes were taken from
    """
    times = job_times(benchmarks)
    return {
        "preset": config["preset"],
        "config": config,
        "config_sha256": config_checksum(config),
        "searches": searches,
        **made_with(),
        "digests": digests(read_training_tables(Path(tuned).parent)),
        "blas": [
            {key: library.get(key) for key in ("internal_api", "version", "architecture")}
            for library in threadpoolctl.threadpool_info()
            if library["user_api"] == "blas"
        ],
        "blas_threads": 1,
        "tuned_on_edge": choices_on_edge(tuned),
        "wall_seconds": times.wall,
        "cpu_seconds": times.cpu,
        "jobs_at_once": times.at_once,
        "training_seconds": training_seconds(logs),
        "tables": {Path(path).name: file_checksum(path) for path in tables},
    }


def made_with():
    """What the present process computes with: version, commit, time, machine and kernels."""
    return {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "git_commit": git_commit(),
        "sources_sha256": sources_checksum(),
        "python": platform.python_version(),
        "platform": platform.platform(),
        "packages": {name: package_version(name) for name in PACKAGES} | {"synthgrad": __version__},
        "cpu": cpu_model(),
        "cpu_vectors": cpu_vectors(),
        "kernels": kernels_name(),
        "compiled_for": compiled_for(),
    }


def write(manifest, path):
    """Write a manifest as JSON."""
    with replacing(path) as temporary:
        temporary.write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")


def read(folder):
    """The manifest in a folder as a dict, empty if there is none.

    Raises
    ------
    DamagedTable
        If it is there and cannot be read.
    """
    path = Path(folder, "manifest.json")
    try:
        return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    except (OSError, ValueError) as error:
        raise DamagedTable(f"{path} cannot be read ({error})") from None


def differences(own, published):
    """What two manifests say differently of how tables were made and of the values in them.

    Only what both say, but for keys of a config that one of them lacks; times and the checksums
    of files are left out.

    Yields
    ------
    entry, own value, published value : str
        A key within a config or another entry has a dotted path, such as ``config.seeds.per_job``.
    """
    if "config" in own and "config" in published:
        yield from _config_differences("config", own["config"], published["config"])
    for entry in ENTRIES:
        yield from _differences(entry, own.get(entry), published.get(entry))


def _differences(entry, own, published):
    if isinstance(own, dict) and isinstance(published, dict):
        for name in own:
            yield from _differences(f"{entry}.{name}", own[name], published.get(name))
    elif None not in (own, published) and own != published:
        yield entry, _text(own), _text(published)


def _text(value):
    return " ".join(value) if isinstance(value, list) else str(value)


def _config_differences(key, own, published):
    if isinstance(own, dict) and isinstance(published, dict):
        for name in own | published:
            both = own.get(name, NOT_GIVEN), published.get(name, NOT_GIVEN)
            yield from _config_differences(f"{key}.{name}", *both)
    elif own != published:
        yield key, _config_text(own), _config_text(published)


def _config_text(value):
    return value if value is NOT_GIVEN else shorten(json.dumps(value), 60, placeholder=" ...")


def choices_on_edge(path):
    """The cells with a tuned step size on an edge of what was tried, and which: beyond it there may
    be a better one."""
    choices = read_csv(path, ["cell", "on_edge"])
    flagged = choices[choices["on_edge"].notna()]
    return dict(zip(flagged["cell"], flagged["on_edge"], strict=True))


def config_checksum(config):
    """SHA-256 of a config's content, whatever the order of its keys."""
    return hashlib.sha256(json.dumps(config, sort_keys=True).encode()).hexdigest()


class Times(NamedTuple):
    """Seconds in which any job ran, seconds of processor time of all jobs, and how many of
    them ran side by side at most."""

    wall: float
    cpu: float
    at_once: int


def job_times(benchmarks):
    """`Times` of the jobs, from their benchmark files, each of which ends when it was written."""
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
    # Of a start and an end at one time the end, -1, comes first.
    changes = sorted([(start, 1) for start, _ in spans] + [(end, -1) for _, end in spans])
    most = max(accumulate(change for _, change in changes), default=0)
    return Times(round(wall, 1), round(cpu, 1), most)


def training_seconds(logs):
    """Seconds that the jobs spent on training and timing, of which each has a line in its log."""
    told = (
        re.search(rf"^{TRAINED} ([\d.]+) s$", path.read_text(encoding="utf-8"), re.MULTILINE)
        for path in Path(logs).rglob("*.log")
    )
    return round(sum(float(line[1]) for line in told if line), 1)


def git_commit(project=PROJECT):
    """The commit of the project, with ``+changes`` if its clone is not clean; None where it is no
    clone of its own: unpacked or installed, perhaps within another."""
    try:
        if not Path(_git(project, "rev-parse", "--show-toplevel").strip("\n")).samefile(project):
            return None
        changes = _git(project, "status", "--porcelain", "--untracked-files=normal")
        commit = _git(project, "rev-parse", "HEAD").strip()
        return commit + ("+changes" if changes else "")
    except (OSError, subprocess.CalledProcessError):
        return None


def git_text(commit, path, project=PROJECT):
    """The text of a file as it is in a commit of the project; None if that is not to be had."""
    name = Path(path).resolve().relative_to(project.resolve())
    try:
        return _git(project, "show", f"{commit}:{name.as_posix()}")
    except (OSError, subprocess.CalledProcessError):
        return None


def _git(project, *arguments):
    # Without such as GIT_DIR, which a hook of git has: they name other clones.
    environment = {name: value for name, value in os.environ.items() if name[:4] != "GIT_"}
    done = subprocess.run(
        ["git", *arguments], cwd=project, env=environment, capture_output=True, check=True
    )
    return os.fsdecode(done.stdout)


def sources_checksum():
    """SHA-256 over the modules of the package: what ran, also where no commit says it."""
    content = hashlib.sha256()
    for path in sorted(PACKAGE.rglob("*.py")):
        content.update(f"{path.relative_to(PACKAGE)} {file_checksum(path)}\n".encode())
    return content.hexdigest()


def cpu_model():
    """The processor's name, as Linux or the platform gives it."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def cpu_vectors():
    """Which of the vector instructions that matter for speed the processor has."""
    from llvmlite.binding import get_host_cpu_features

    has = get_host_cpu_features()
    names = {"fma": "fma", "avx2": "avx2", "avx512f": "avx512", "neon": "neon"}
    return [name for feature, name in names.items() if has.get(feature)]


def kernels_name():
    """The kernels that compute here; where none can, what the environment asks for."""
    try:
        return kernels.choice()
    except ValueError:
        return os.environ[kernels.NAME]


def compiled_for():
    """The CPU that Numba is told to compile for, as it is told."""
    told = [f"{name}={os.environ[name]}" for name in CPU_FOR_NUMBA if name in os.environ]
    return " ".join(told) or "this CPU"


def package_version(name):
    """Installed version of a package, or None."""
    try:
        return version(name)
    except PackageNotFoundError:
        return None
