"""The study on a real Slurm, of one node, started here on the loopback interface.

Needs root, Slurm and MUNGE installed but not configured, and the extra `slurm`;
else the tests are skipped. `make drill` has the extra.
"""

import getpass
import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from contextlib import ExitStack, suppress
from pathlib import Path

import psutil
import pytest
from temporary_study import copy_project, environment, run

from synthgrad.study.tables import file_checksum

CONFIG = Path(__file__).parents[1] / "drill" / "drill.yaml"
CONF = Path("/etc/slurm/slurm.conf")
"""Where it must be: the steps of a job look for it there."""

LOCALLY = ["snakemake", "data", "--configfile", "config/drill.yaml"]
ON_SLURM = [*LOCALLY, "--workflow-profile", "workflow/profiles/slurm"]
# The profile is made for clusters that are slower than this one.
ON_SLURM += [
    "--slurm-init-seconds-before-status-checks",
    "1",
    "--seconds-between-status-checks",
    "1",
]

PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch", "squeue", "scancel", "sinfo")
MISSING = [name for name in PROGRAMS if not shutil.which(name)]

pytestmark = [
    pytest.mark.skipif(bool(MISSING), reason=f"not installed: {', '.join(MISSING)}"),
    pytest.mark.skipif(os.geteuid() != 0, reason="only root can start Slurm"),
    pytest.mark.skipif(CONF.exists(), reason=f"{CONF} exists; this machine has a cluster already"),
    pytest.mark.skipif(
        importlib.util.find_spec("snakemake_executor_plugin_slurm") is None,
        reason="the extra `slurm` is not installed",
    ),
]

SETTINGS = """\
ClusterName=loopback
SlurmctldHost=localhost(127.0.0.1)
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
SchedulerType=sched/backfill
MpiDefault=none
ReturnToService=2
MinJobAge=3000
CommunicationParameters=NoInAddrAny,NoCtldInAddrAny
SlurmctldPort={ports[0]}
SlurmdPort={ports[1]}
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
NodeName=localhost NodeAddr=127.0.0.1 CPUs={cpus} RealMemory={memory}
PartitionName=all Nodes=localhost Default=YES
"""


def free_ports(count):
    """Ports that nothing listens on."""
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]


def wait_until(condition, patience=120):
    """Wait for a condition to hold, and give what it gives."""
    deadline = time.monotonic() + patience
    while not (held := condition()):
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.1)
    return held


def slurm(*command):
    """Standard output of a command of Slurm."""
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    """A cluster of one node, gone without a trace afterwards."""
    folder = tmp_path_factory.mktemp("slurm")
    for path in (folder, *folder.parents[:3]):
        path.chmod(0o755)  # commands of any user must reach the socket of MUNGE
    (folder / "munge.key").write_bytes(os.urandom(128))
    (folder / "munge.key").chmod(0o600)
    for name in ("state", "spool"):
        (folder / name).mkdir()
    daemons = [
        [
            "munged",
            "--foreground",
            "--force",
            f"--key-file={folder}/munge.key",
            f"--socket={folder}/munge.socket",
            f"--pid-file={folder}/munge.pid",
            f"--seed-file={folder}/munge.seed",
            f"--log-file={folder}/munge.log",
        ],
        ["slurmctld", "-D"],
        ["slurmd", "-D", "-N", "localhost"],
    ]
    CONF.parent.mkdir(exist_ok=True)
    values = {
        "folder": folder,
        "ports": free_ports(2),
        "cpus": os.cpu_count(),
        "memory": psutil.virtual_memory().total // 2**20 - 500,
    }
    CONF.write_text(SETTINGS.format(**values))
    started = []
    # So that a terminated test, too, cleans up.
    usual = signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    try:
        for daemon in daemons:
            started.append(
                subprocess.Popen(daemon, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            )
            if daemon[0] == "munged":
                wait_until((folder / "munge.socket").exists)
        wait_until(lambda: "idle" in slurm("sinfo", "--noheader", "--format=%T"))
        yield
        slurm("scancel", f"--user={getpass.getuser()}")
        wait_until(lambda: not slurm("squeue", "--noheader", "--states=running,completing"))
    finally:
        for process in reversed(started):
            with suppress(ProcessLookupError):
                process.terminate()
            process.wait(60)
        CONF.unlink()
        signal.signal(signal.SIGTERM, usual)


def checksums(folder):
    """Checksum of every table of the study, by its path."""
    results = folder / "results" / "drill"
    paths = [path for kind in ("parquet", "csv") for path in results.rglob(f"[!.]*.{kind}")]
    return {str(path.relative_to(results)): file_checksum(path) for path in paths}


@pytest.fixture(scope="module")
def local(tmp_path_factory):
    """The checksums of a run without Slurm."""
    folder = tmp_path_factory.mktemp("local")
    copy_project(folder, CONFIG)
    done = run(folder, LOCALLY)
    assert done.returncode == 0, done.stderr[-4000:]
    return checksums(folder)


def jobs_by_state(state):
    """Identifiers of Slurm's jobs in a state."""
    return slurm("squeue", "--noheader", f"--states={state}", "--format=%A").split()


def test_a_cancelled_job_ends_the_run_and_resuming_gives_the_local_tables(cluster, local, tmp_path):
    copy_project(tmp_path, CONFIG)
    with (tmp_path / "run.log").open("w") as log:
        process = subprocess.Popen(
            [*ON_SLURM, "--retries", "0"],
            cwd=tmp_path,
            env=environment(tmp_path),
            stdout=log,
            stderr=log,
        )
        try:

            def running():
                assert process.poll() is None, (tmp_path / "run.log").read_text()[-4000:]
                return jobs_by_state("running")

            job = wait_until(running)[0]
            slurm("scancel", job)
            assert process.wait(300) == 1
        finally:
            process.kill()
            process.wait(60)
    assert jobs_by_state("cancelled") == [job]
    assert not (tmp_path / "results" / "drill" / "runs.parquet").exists()
    done = run(tmp_path, ON_SLURM)
    assert done.returncode == 0, done.stderr[-4000:]
    assert checksums(tmp_path) == local
    # Nothing that trains ran anywhere but on the cluster.
    assert len(jobs_by_state("completed")) >= 5


def test_parts_of_cells_give_the_local_tables(cluster, local, tmp_path):
    copy_project(tmp_path, CONFIG)
    (tmp_path / "config" / "parts.yaml").write_text("seeds: {per_job: 3}\n")
    done = run(tmp_path, [*ON_SLURM, "--configfile", "config/drill.yaml", "config/parts.yaml"])
    assert done.returncode == 0, done.stderr[-4000:]
    found = checksums(tmp_path)
    assert found.keys() == local.keys()
    # The tables of jobs say of which parts they are.
    assert {name for name in local if found[name] != local[name]} == {
        name for name in local if name.startswith("cells/")
    }
