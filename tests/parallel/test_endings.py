"""Ranks that are killed, fail, hang or take too long end the run, with a message."""

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from launching import DNI, PATIENCE, RANKS, SMALL, Done, job, needs_mpi

from synthgrad.parallel.mpi import Overdue, RanksEnded, launch, wait_for


def endless(folder, limit, way="decoupled", settings=DNI | {"method": "dni[output]"}):
    """Start two ranks that would train for hours; their launcher and pids by rank."""
    (folder / "jobs.json").write_text(
        json.dumps([job("endless", way, settings) | {"epochs": 10**7}])
    )
    code = (
        "import sys; from synthgrad.parallel.mpi import RanksEnded, launch\n"
        "try: launch(2, sys.argv[1:], 600)\n"
        "except RanksEnded as error: sys.exit(f'synthgrad: error: {error}')"
    )
    started = subprocess.Popen(
        [sys.executable, "-c", code, RANKS, folder, "2", str(limit)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    pids = []
    deadline = time.monotonic() + PATIENCE
    while len(pids) < 2 and time.monotonic() < deadline and started.poll() is None:
        time.sleep(0.1)
        written = [folder / f"rank-{rank}" for rank in range(2)]
        # A rank writes its file anew after every epoch: it may be empty at this moment.
        texts = [file.read_text() for file in written if file.exists()]
        pids = [int(text) for text in texts if text.endswith("\n")]
    assert len(pids) == 2
    return started, pids


def is_running(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def assert_all_gone(pids):
    deadline = time.monotonic() + 20
    while any(map(is_running, pids)) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not any(map(is_running, pids))


@needs_mpi
@pytest.mark.parametrize("victim", [0, 1])
@pytest.mark.parametrize("way", ["locked", "decoupled"])
def test_a_killed_rank_ends_the_run_with_a_message(tmp_path, victim, way):
    settings = SMALL if way == "locked" else DNI | {"method": "dni[output]"}
    started, pids = endless(tmp_path, limit=600, way=way, settings=settings)
    os.kill(pids[victim], signal.SIGKILL)
    _, said = started.communicate(timeout=20)
    assert started.returncode == 1
    assert "one of 2 ranks ended early and so ended the run: Killed (signal 9)" in said
    assert_all_gone(pids)


@needs_mpi
def test_a_rank_that_stops_answering_ends_the_run_at_the_limit(tmp_path):
    started, pids = endless(tmp_path, limit=5)
    os.kill(pids[1], signal.SIGSTOP)
    try:
        _, said = started.communicate(timeout=40)
    finally:
        if is_running(pids[1]):
            os.kill(pids[1], signal.SIGCONT)
    assert started.returncode == 1
    # Which wait it is depends on where in an epoch the other rank was stopped.
    waits = "the .+ (from|of) rank 1|rank 1 to take a message|the other ranks"
    assert re.search(f"synthgrad: error: rank 0: waited 5 s for ({waits})\n", said)
    assert_all_gone(pids)


@needs_mpi
def test_a_rank_that_fails_ends_the_run(tmp_path):
    settings = SMALL | {"method": "frozen"}
    (tmp_path / "jobs.json").write_text(json.dumps([job("refused", "locked", settings)]))
    with pytest.raises(RanksEnded, match="one of 2 ranks ended early"):
        launch(2, [RANKS, tmp_path, 2, 5], PATIENCE)


@needs_mpi
def test_ranks_that_take_too_long_are_ended(tmp_path):
    pid = tmp_path / "pid"
    code = f"import os, pathlib, time; pathlib.Path({str(pid)!r}).write_text(str(os.getpid()))\n"
    began = time.monotonic()
    with pytest.raises(RanksEnded, match="1 ranks were ended after 3 s"):
        launch(1, ["-c", code + "time.sleep(300)"], 3)
    assert time.monotonic() - began < 20
    assert_all_gone([int(pid.read_text())])


def test_a_wait_has_a_limit():
    with pytest.raises(Overdue, match=r"waited 0.05 s for the sun"):
        wait_for(Done(lambda: False), "the sun", 0.05)


def test_time_spent_on_something_else_is_not_waited():
    done = threading.Event()
    threading.Timer(0.3, done.set).start()

    def meanwhile():
        time.sleep(0.05)
        return True

    assert wait_for(Done(done.is_set), "a message", 60, meanwhile) < 0.1
