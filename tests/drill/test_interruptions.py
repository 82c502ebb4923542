"""Runs that are killed or interrupted go on, the documented way, to the same tables bit for bit.

A small study is run once undisturbed. Then runs of it are interrupted at random moments, and every
table is compared with the undisturbed one. A round has a random generator of its own, seeded with
its name.
"""

import os
import random
import signal
import subprocess
import sys
import time
from contextlib import suppress

import psutil
import pytest
from drilling import (
    ROUNDS,
    SNAKEMAKE,
    TRAINING_JOBS,
    checksums,
    mounted,
    not_in_short,
    resume,
    rounds,
    running,
    training_tables,
    wait_until,
)
from temporary_study import LIMIT, run


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


def test_a_second_run_at_once_is_refused_and_harms_nothing(fresh, undisturbed):
    with running(fresh) as process:
        wait_until(lambda: list(fresh.glob(".snakemake/locks/*")))
        second = run(fresh, SNAKEMAKE)
        assert second.returncode == 1
        assert "Directory cannot be locked" in second.stderr
        assert "--unlock" in second.stderr
        assert process.wait(LIMIT) == 0, (fresh / "run.log").read_text()[-4000:]
    assert checksums(fresh) == undisturbed


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
