import subprocess

import numpy as np
import pandas as pd
import pytest

from synthgrad.cli import main as cli
from synthgrad.reproduce import portability


@pytest.fixture
def command(tmp_path, capsys, monkeypatch):
    """Function that runs the command with made-up digests: status, output, errors."""

    def run(run_at):
        monkeypatch.setattr(portability, "run_at", run_at)
        with pytest.raises(SystemExit) as exit_:
            cli.main(["portability", str(tmp_path / "out")])
        return exit_.value.code, *capsys.readouterr()

    return run


HERE = {"a run": "12", "another": "34"}


def test_places_that_all_give_the_tracked_digest_are_fine(command, tmp_path, monkeypatch):
    monkeypatch.setattr(portability, "DIGEST", portability.together(HERE))
    status, said, _ = command(lambda place: (HERE, 2.0))
    assert status == 0
    table = pd.read_csv(tmp_path / "out" / "portability.csv")
    assert set(table["place"]) >= set(portability.places())
    assert table["identical"].all()
    assert said.count("2 of 2 identical") == table["place"].nunique()


def test_a_place_that_differs_is_named(command, tmp_path, monkeypatch):
    monkeypatch.setattr(portability, "DIGEST", portability.together(HERE))

    def run_at(place):
        return HERE | ({"another": "35"} if "OPENBLAS_CORETYPE" in place.variables else {}), 2.0

    if "OpenBLAS for Nehalem" not in portability.places():
        pytest.skip("OpenBLAS has a core of this name on x86-64 alone")
    status, _, _ = command(run_at)
    assert status == 1
    table = pd.read_csv(tmp_path / "out" / "portability.csv")
    differing = table[~table["identical"]]
    assert differing[["place", "run"]].to_numpy().tolist() == [["OpenBLAS for Nehalem", "another"]]


def test_another_digest_than_the_tracked_one_is_not_fine(command, monkeypatch):
    monkeypatch.setattr(portability, "DIGEST", "0")
    status, said, _ = command(lambda place: (HERE, 2.0))
    assert status == 1
    assert "not the tracked one" in said


def test_a_place_may_have_only_some_parts(command, tmp_path, monkeypatch):
    """The digest of all is that of this CPU."""
    monkeypatch.setattr(portability, "DIGEST", portability.together(HERE))
    some = {"another": HERE["another"]}

    def run_at(place):
        return (some if place.names == portability.SHORT else HERE), 2.0

    if portability.WITHOUT_FMA not in portability.places():
        pytest.skip("only x86-64 has CPUs without fused multiply-add")
    status, said, _ = command(run_at)
    assert status == 0
    assert said.count("1 of 1 identical") == 1


@pytest.mark.parametrize("is_set_up", [True, False])
def test_that_aarch64_was_not_tried_is_said_last(command, monkeypatch, tmp_path, is_set_up):
    monkeypatch.chdir(tmp_path)
    if is_set_up:
        (tmp_path / portability.ARM64).mkdir()
        (tmp_path / portability.ARM64 / "installed").touch()
    _, said, _ = command(lambda place: (HERE, 2.0))
    assert ("aarch64 was not tried" in said.splitlines()[-1]) == (not is_set_up)
    assert ("aarch64, emulated" in said) == is_set_up


def test_a_process_that_fails_is_one_line(command, tmp_path):
    def run_at(place):
        raise subprocess.CalledProcessError(3, ["python"])

    status, _, error = command(run_at)
    assert status == 1
    assert error == "synthgrad: error: training elsewhere ended with status 3\n"
    assert not (tmp_path / "out").exists()


def test_a_digest_is_of_values_and_has_one_nan():
    values = np.array([[1.0, np.nan], [-0.0, 3.0]])
    other_nan = values.copy()
    other_nan.view("u8")[0, 1] = 0xFFF8_0000_0000_0001
    assert portability._digest([values]) == portability._digest([other_nan])
    for changed in (np.nextafter(values, 9), values.T, abs(values)):
        assert portability._digest([values]) != portability._digest([changed])
