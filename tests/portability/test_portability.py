"""The digest of the small study, on this CPU and where it is told to do with less."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from synthgrad.reproduce import portability

pytestmark = pytest.mark.slow

PLACES = portability.places()

SLOW = ("fused multiply-add by the C library", "aarch64, emulated")
"""Half a minute, and several: `make portability` has them."""


@pytest.mark.parametrize(
    "place", [name for name in PLACES if name not in (*SLOW, portability.WITHOUT_FMA)]
)
def test_the_small_study_has_the_tracked_digest(place):
    found, _ = portability.run_at(PLACES[place])
    assert portability.together(found) == portability.DIGEST


@pytest.fixture(scope="module")
def without_fma():
    """The short parts where neither the kernels nor the C library have the instruction."""
    if portability.WITHOUT_FMA not in PLACES:
        pytest.skip("only x86-64 has CPUs without fused multiply-add")
    return portability.run_at(PLACES[portability.WITHOUT_FMA])[0]


@pytest.mark.parametrize("part", portability.SHORT)
def test_without_fused_multiply_add_a_short_part_has_the_same_digest(without_fma, part):
    assert without_fma[part] == portability.digests([part])[part]


# The set-up of the emulated aarch64.

SCRIPT = Path(__file__).with_name("set-up-arm64.sh")

PROGRAMS = {
    "id": "echo 0",
    "uname": "echo x86_64",
    **dict.fromkeys(("apt-get", "debootstrap", "qemu-aarch64-static", "chroot"), ""),
    **dict.fromkeys(("mountpoint", "mount", "update-binfmts"), ""),
}


@pytest.fixture
def set_up(tmp_path):
    """Function that brings an aarch64 up to date with programs of these bodies: its status, and
    whether it counts as set up afterwards. It did before."""
    own = tmp_path / "tests" / "portability" / SCRIPT.name
    for folder in (own.parent, tmp_path / "programs", tmp_path / ".venv" / "bin"):
        folder.mkdir(parents=True)
    shutil.copy(SCRIPT, own)
    (tmp_path / ".venv-arm64").mkdir()
    for marker in ("complete", "installed"):
        (tmp_path / ".venv-arm64" / marker).touch()

    def run(**bodies):
        places = {"python": tmp_path / ".venv" / "bin"}
        for name, body in ({"python": "echo numpy==1"} | PROGRAMS | bodies).items():
            program = places.get(name, tmp_path / "programs") / name
            program.write_text(f"#!/bin/sh\n{body}\n")
            program.chmod(0o755)
        path = f"{tmp_path / 'programs'}:{os.environ['PATH']}"
        done = subprocess.run([own], env=os.environ | {"PATH": path}, check=False)
        return done.returncode, (tmp_path / ".venv-arm64" / "installed").exists()

    return run


def test_an_aarch64_that_is_brought_up_to_date_is_set_up(set_up):
    assert set_up() == (0, True)


@pytest.mark.parametrize(
    "fails",
    [
        {"id": "echo 1"},
        {"uname": "echo riscv64"},
        {"python": 'case "$*" in *freeze*) echo numpy==1;; *wheel*) exit 1;; esac'},
        {"chroot": 'case "$*" in *pip*) exit 1;; esac'},
    ],
)
def test_one_whose_package_is_an_older_one_is_not(set_up, fails):
    status, is_set_up = set_up(**fails)
    assert status != 0
    assert not is_set_up
