"""The fault drill: whatever happens to a run, the way back gives the same tables bit for bit.

A small study is run once undisturbed. Then runs of it are killed, interrupted
and damaged at random moments, the documented way back is taken, and every
table is compared with the undisturbed one. A round has a random generator of
its own, seeded with its name.

`make drill` sets `DRILL_ROUNDS`, how often each fault is tried. Without it, as
in `make test`, the drill is short: the first fault or two of each kind, once.
"""

import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from unittest import mock

import psutil
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from temporary_study import LIMIT, copy_project, environment, run

from synthgrad.study import tables
from synthgrad.study.tables import (
    DamagedTable,
    checksum_path,
    file_checksum,
    read_table,
    write_table,
)

CONFIG = Path(__file__).with_name("drill.yaml")
RESULTS = "results/drill"
SNAKEMAKE = ["snakemake", "data", "--configfile", "config/drill.yaml"]
TRAINING_JOBS = 6
OTHER_JOBS = 7

SHORT = "DRILL_ROUNDS" not in os.environ
ROUNDS = 1 if SHORT else int(os.environ["DRILL_ROUNDS"])

PATIENCE = 600
"""Seconds after which something that should happen within a few will not."""

pytestmark = pytest.mark.slow

not_in_short = pytest.mark.skipif(SHORT, reason="takes long; `make drill` has it")


def checksums(folder):
    """Checksum of every table of the study, final or of one training job, by its path."""
    results = folder / RESULTS
    kinds = ("parquet", "parquet.sha256", "csv")
    paths = [path for kind in kinds for path in results.rglob(f"[!.]*.{kind}")]
    return {str(path.relative_to(results)): file_checksum(path) for path in paths}


def training_tables(folder):
    """Paths of the tables of the jobs that search or train, as far as they are done."""
    return sorted((folder / RESULTS).glob("*/[!.]*.parquet"))


def complete(folder):
    """Run the study to its end."""
    done = run(folder, SNAKEMAKE)
    assert done.returncode == 0, done.stderr[-4000:]


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A folder in which the study has run undisturbed."""
    folder = tmp_path_factory.mktemp("undisturbed")
    copy_project(folder, CONFIG)
    complete(folder)
    assert len(training_tables(folder)) == TRAINING_JOBS
    return folder


@pytest.fixture(scope="module")
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


def rounds(faults, short):
    """Parameters of a test: the faults of a table, by name, with a generator for each round.

    short : how many of them a short drill has
    """
    names = list(faults)[: short if SHORT else None]
    return pytest.mark.parametrize(
        ("fault", "rng"),
        [
            pytest.param(faults[name], random.Random(key), id=key)
            for name in names
            for key in [f"{name}, round {number}" for number in range(ROUNDS)]
        ],
    )


# Runs that are killed or interrupted.


@contextmanager
def running(folder):
    """A run of the study in a process group of its own, nothing of which outlives the block."""
    with (folder / "run.log").open("w") as log:
        process = subprocess.Popen(
            SNAKEMAKE,
            cwd=folder,
            env=environment(folder),
            stdout=log,
            stderr=log,
            start_new_session=True,
            # A shell starts what it puts in the background with SIGINT ignored.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(LIMIT)


def group(leader):
    """The living processes of a process group."""
    members = []
    for process in psutil.process_iter():
        try:
            if os.getpgid(process.pid) == leader and process.status() != psutil.STATUS_ZOMBIE:
                members.append(process)
        except (ProcessLookupError, psutil.NoSuchProcess):
            continue
    return members


def jobs(process):
    """The running job scripts of a run."""
    found = []
    for member in group(process.pid):
        try:
            if member.name().startswith("python") and ".snakemake/scripts/" in member.cmdline()[1]:
                found.append(member)
        except (psutil.NoSuchProcess, IndexError):
            continue
    return found


def wait_until(condition):
    """Wait for a condition to hold, and give what it gives."""
    deadline = time.monotonic() + PATIENCE
    while not (held := condition()):
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.01)
    return held


def wait_for_a_random_moment(folder, rng):
    """Wait for some number of training jobs to be done, and some part of a second more."""
    done, pause = rng.randrange(TRAINING_JOBS), rng.random()
    print(f"{pause:.3f} s after training job {done}")  # shown when the test fails
    wait_until(lambda: len(training_tables(folder)) >= done)
    time.sleep(pause)


def kill_a_job(process, rng):
    victim = rng.choice(wait_until(lambda: jobs(process)))
    with suppress(psutil.NoSuchProcess):
        victim.kill()


def kill_snakemake(process, rng):
    """Its jobs live on, and write what they have to write while the way back is taken."""
    process.kill()


def interrupt_everything(process, rng):
    """What a terminal does at Ctrl-C."""
    os.killpg(process.pid, signal.SIGINT)


def kill_everything(process, rng):
    os.killpg(process.pid, signal.SIGKILL)


def interrupt_snakemake(process, rng):
    process.send_signal(signal.SIGINT)


def terminate_snakemake(process, rng):
    process.terminate()


INTERRUPTIONS = {
    "a job is killed": kill_a_job,
    "snakemake is killed": kill_snakemake,
    "everything is interrupted": interrupt_everything,
    "everything is killed": kill_everything,
    "snakemake is interrupted": interrupt_snakemake,
    "snakemake is terminated": terminate_snakemake,
}


def resume(folder):
    """Take the documented way back: what `make resume` does, up to the tables."""
    recipe = ["make", "--dry-run", "--no-print-directory", "--old-file=setup", "resume"]
    lines = run(folder, [*recipe, "PRESET=drill"]).stdout.splitlines()
    assert [line.rstrip() for line in lines] == [
        "python -m snakemake --unlock --configfile config/drill.yaml",
        "python -m snakemake --configfile config/drill.yaml",
    ]
    unlocked = run(folder, lines[0].split())
    assert unlocked.returncode == 0, unlocked.stderr[-4000:]
    complete(folder)


@rounds(INTERRUPTIONS, short=2)
def test_an_interrupted_run_can_be_resumed(fault, rng, fresh, undisturbed):
    with running(fresh) as process:
        wait_for_a_random_moment(fresh, rng)
        fault(process, rng)
        # A job may be over just when it is killed.
        assert process.wait(LIMIT) != 0 or fault is kill_a_job
        resume(fresh)
        wait_until(lambda: not group(process.pid))
    assert checksums(fresh) == undisturbed


@not_in_short
def test_a_run_in_a_folder_with_a_hostile_name(finished, undisturbed, tmp_path):
    folder = tmp_path / "a $(touch pwned) `touch pwned`; 'b' & \"c\""
    folder.mkdir()
    copy_project(folder, CONFIG)
    complete(folder)
    assert checksums(folder) == undisturbed
    assert not list(tmp_path.rglob("pwned"))


def test_a_writer_killed_half_way_leaves_no_table(tmp_path):
    path = tmp_path / "table.csv"
    script = (
        "import os, sys\n"
        "from synthgrad.study.tables import replacing\n"
        "with replacing(sys.argv[1]) as temporary:\n"
        "    temporary.write_text('half')\n"
        "    os.kill(os.getpid(), 9)\n"
    )
    done = run(tmp_path, [sys.executable, "-c", script, str(path)])
    assert done.returncode == -signal.SIGKILL
    assert not path.exists()


# Tables that are damaged behind the workflow's back.


def truncate(path, rng):
    path.write_bytes(path.read_bytes()[: rng.randrange(1, path.stat().st_size)])


def flip_a_bit(path, rng):
    content = bytearray(path.read_bytes())
    content[rng.randrange(len(content))] ^= 1 << rng.randrange(8)
    path.write_bytes(content)


def empty(path, rng):
    path.write_bytes(b"")


def put_a_foreign_table(path, rng):
    pq.write_table(pa.table({"seed": [1]}), path)


def put_the_table_of_another_job(path, rng):
    others = set(path.parent.glob("[!.]*.parquet")) - {path}
    path.write_bytes(rng.choice(sorted(others)).read_bytes())


def put_a_table_of_an_older_layout(path, rng):
    kind = "cell" if path.parent.name == "cells" else "tuning"
    parameters = json.loads(pq.read_metadata(path).metadata[b"parameters"])
    columns = pq.read_table(path).to_pydict()
    with mock.patch.object(tables, "VERSION", tables.VERSION - 1):
        write_table(columns, kind, path, parameters)


DAMAGES = {
    "the table of another job": put_the_table_of_another_job,
    "truncated": truncate,
    "a bit flipped": flip_a_bit,
    "empty": empty,
    "a foreign table": put_a_foreign_table,
    "a table of an older layout": put_a_table_of_an_older_layout,
}


@rounds(DAMAGES, short=1)
def test_a_damaged_table_is_refused_and_made_anew(fault, rng, finished, undisturbed):
    path = rng.choice(training_tables(finished))
    name = str(path.relative_to(finished / RESULTS))
    old = rng.random() < 0.5
    print(name, "with its old time" if old else "with a new time")  # shown when the test fails
    times = path.stat()
    fault(path, rng)
    if old:
        # Of an old file nothing is seen until it is read; so let it be read.
        os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
        for table in (finished / RESULTS).glob("*.*"):
            table.unlink()
    done = run(finished, SNAKEMAKE)
    assert done.returncode != 0, "the damage was not noticed"
    lines = [line for line in done.stderr.splitlines() if "DamagedTable: " in line]
    assert lines
    assert all(name in line and line.endswith("; delete it and run again") for line in lines)
    path.unlink()
    complete(finished)
    assert checksums(finished) == undisturbed


def test_every_flipped_bit_is_noticed(finished, tmp_path):
    path = training_tables(finished)[0]
    content = path.read_bytes()
    kind = "cell" if path.parent.name == "cells" else "tuning"
    flipped = tmp_path / "flipped"
    shutil.copy(path, flipped)
    shutil.copy(checksum_path(path), checksum_path(flipped))
    read_table(flipped, kind)
    rng = random.Random(0)
    for _ in range(500 * ROUNDS):
        altered = bytearray(content)
        altered[rng.randrange(len(content))] ^= 1 << rng.randrange(8)
        flipped.write_bytes(altered)
        with pytest.raises(DamagedTable, match="not as it was written"):
            read_table(flipped, kind)


# What a run asks for.

PLAN = ["--workflow-profile", "none", "--cores", "1", "--forceall", "--dry-run"]
"""Options with which Snakemake tells every job and what it declares."""


def test_no_job_takes_more_memory_than_it_declares(finished, undisturbed):
    done = run(finished, [*SNAKEMAKE, *PLAN])
    job = r"benchmark: (\S+)\n(?: .*\n)*? +resources: .*?\bmem_mb=(\d+)"
    declared = re.findall(job, done.stdout + done.stderr)
    assert len(declared) == TRAINING_JOBS + OTHER_JOBS
    for path, megabytes in declared:
        heading, *_, last = (finished / path).read_text().splitlines()
        taken = dict(zip(heading.split("\t"), last.split("\t")))["max_rss"]
        assert taken == "NA" or float(taken) <= int(megabytes), path  # NA: over too soon


LARGE = """
preset: large
seeds: {evaluation: {first: 0, count: 1000}, tuning: {first: 100000, count: 1}, per_job: 50}
experiments:
  headline:
    vary: {method: [backprop], bits: [3], weight_scale: [%s]}
    step_sizes: given
  init: null
  editions: null
  signs: null
"""


@not_in_short
def test_a_large_study_is_planned_in_reasonable_time(fresh):
    cells = ", ".join(f"{number / 100}" for number in range(1, 51))
    (fresh / "config" / "large.yaml").write_text(LARGE % cells)
    started = time.monotonic()
    done = run(fresh, [*SNAKEMAKE, "config/large.yaml", "--dry-run"])
    print(f"1000 jobs planned in {time.monotonic() - started:.1f} s")
    assert done.returncode == 0, done.stderr[-4000:]
    assert re.search(r"^train +1000$", done.stdout + done.stderr, flags=re.M)
    assert time.monotonic() - started < PATIENCE


# Runs that cannot be.


def test_a_second_run_at_once_is_refused_and_harms_nothing(fresh, undisturbed):
    with running(fresh) as process:
        wait_until(lambda: list(fresh.glob(".snakemake/locks/*")))
        second = run(fresh, SNAKEMAKE)
        assert second.returncode == 1
        assert "Directory cannot be locked" in second.stderr
        assert "--unlock" in second.stderr
        assert process.wait(LIMIT) == 0, (fresh / "run.log").read_text()[-4000:]
    assert checksums(fresh) == undisturbed


@contextmanager
def mounted(folder, options):
    """A small file system of its own at a folder, where the system lets us have one."""
    folder.mkdir(exist_ok=True)
    mount = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
    if shutil.which("mount") is None or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("file systems cannot be mounted here")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


@not_in_short
@pytest.mark.parametrize("number", range(ROUNDS))
def test_a_run_on_a_full_disk_goes_on_once_there_is_room(number, fresh, undisturbed):
    results = fresh / "results"
    pages = random.Random(f"full disk, round {number}").randrange(6, 40)
    print(f"{pages} pages of 4 KiB")  # shown when the test fails
    with mounted(results, f"size={4 * pages}k"):
        done = run(fresh, SNAKEMAKE)
        assert done.returncode == 1
        assert "No space left on device" in done.stdout + done.stderr
        subprocess.run(["mount", "-o", "remount,size=64m", str(results)], check=True)
        resume(fresh)
        assert checksums(fresh) == undisturbed


def put_a_file_there(results):
    results.write_text("")


def make_it_read_only(results):
    if os.geteuid() == 0:
        pytest.skip("permissions do not bind root")
    results.mkdir(mode=0o500)


@pytest.mark.parametrize("fault", [put_a_file_there, make_it_read_only])
def test_a_results_folder_that_cannot_be_written_is_one_line(fault, fresh):
    fault(fresh / "results")
    assert_refused(run(fresh, SNAKEMAKE), "results is not a folder that can be written to")


def test_a_read_only_file_system_is_one_line(fresh):
    with mounted(fresh / "results", "ro"):
        assert_refused(run(fresh, SNAKEMAKE), "results is not a folder that can be written to")


def assert_refused(done, message):
    """One line of ours, among what Snakemake says first, and exit status 2."""
    assert done.returncode == 2
    errors = [line for line in done.stderr.splitlines() if line.startswith("synthgrad: error: ")]
    assert len(errors) == 1
    assert message in errors[0]
    assert done.stderr.splitlines()[-1] == errors[0]
    assert "Traceback" not in done.stderr


def test_a_wrong_setting_is_one_line_and_writes_nothing(fresh):
    (fresh / "config" / "wrong.yaml").write_text("records: ten")
    before = sorted(fresh.iterdir())
    assert_refused(run(fresh, [*SNAKEMAKE, "config/wrong.yaml"]), "records is 'ten'; allowed is")
    assert [path for path in sorted(fresh.iterdir()) if path.name != ".snakemake"] == before


UNREADABLE = {
    "missing": None,
    "empty": b"",
    "no UTF-8": b"\xff\xfe",
    "no YAML": b"seeds: [",
    "no mapping": b"- 1",
    "an object": b"preset: !!python/object/apply:os.getcwd []",
}


@not_in_short
@pytest.mark.parametrize("name", UNREADABLE)
def test_a_file_that_is_no_config_is_refused_and_nothing_is_written(name, fresh):
    path, content = fresh / "config" / "unreadable.yaml", UNREADABLE[name]
    if content is not None:
        path.write_bytes(content)
    before = sorted(fresh.iterdir())
    # In Snakemake's own words.
    assert run(fresh, [*SNAKEMAKE, "config/unreadable.yaml"]).returncode == 1
    assert [path for path in sorted(fresh.iterdir()) if path.name != ".snakemake"] == before


@not_in_short
def test_without_the_base_config_the_first_missing_key_is_named(fresh):
    (fresh / "config" / "config.yaml").unlink()
    assert_refused(run(fresh, SNAKEMAKE), "is missing; allowed is the config with preset, seeds")


# Clocks that go wrong.


@not_in_short
@pytest.mark.parametrize("number", range(ROUNDS))
def test_a_clock_set_back_changes_no_table(number, finished, undisturbed):
    rng = random.Random(f"clock, round {number}")
    paths = [*training_tables(finished), *(finished / "src").rglob("*.py")]
    for path in rng.sample(paths, len(paths) // 2):
        moment = time.time() - rng.uniform(0, 1e7)
        os.utime(path, (moment, moment))
    complete(finished)
    assert checksums(finished) == undisturbed


@not_in_short
def test_an_edit_with_an_old_time_is_not_missed(finished, undisturbed):
    module = finished / "src" / "synthgrad" / "core" / "training" / "loop.py"
    content = module.read_text()
    module.write_text(content.replace("np.full(self.shape, np.nan)", "np.full(self.shape, 0.25)"))
    os.utime(module, (1e9, 1e9))
    complete(finished)
    assert checksums(finished) != undisturbed
    module.write_text(content)
    os.utime(module, (1e9, 1e9))
    complete(finished)
    assert checksums(finished) == undisturbed
