import os
import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest

from synthgrad.parallel import event_model as simulation
from synthgrad.parallel import mpi
from synthgrad.study.config import read_config
from synthgrad.study.experiments import parse_study
from synthgrad.workflow import outputs as catalogue
from synthgrad.workflow import rules as wiring

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module", params=["full", "quick"])
def study(request):
    paths = [ROOT / "config" / "config.yaml"]
    if request.param == "quick":
        paths.append(ROOT / "config" / "quick.yaml")
    schema = ROOT / "workflow" / "schemas" / "config.schema.yaml"
    return parse_study(read_config(*paths), schema)


@pytest.mark.parametrize("lacking", [None, "mpi4py is not installed"])
def test_without_mpi_the_study_says_what_was_left_out(study, lacking, monkeypatch, tmp_path):
    monkeypatch.setattr(mpi, "missing", lambda: lacking)
    monkeypatch.setattr(simulation, "missing", lambda: None)
    asked_for = study.preset == "full"
    expected = len(catalogue.DECOUPLING_TABLES) if asked_for and lacking is None else 0
    assert len(wiring.decoupling_tables(study, tmp_path)) == expected
    last_words = wiring.closing_message(study, tmp_path)
    left_out = "decoupling was left out: mpi4py is not installed (make .venv/parallel)\n"
    assert (left_out in last_words) == (asked_for and lacking is not None)


def test_a_job_with_the_machine_to_itself_takes_every_core():
    assert wiring.whole_machine(2) == 2
    assert wiring.whole_machine(64) == 64
    assert wiring.whole_machine(None) == 2


def test_results_go_into_a_folder_that_is_there_or_not(tmp_path):
    wiring.writable_or_exit(tmp_path / "results" / "tiny")
    (tmp_path / "results" / "tiny").mkdir(parents=True)
    wiring.writable_or_exit(tmp_path / "results" / "tiny")


def test_a_file_in_place_of_the_results_is_one_line_and_status_2(tmp_path, capsys):
    (tmp_path / "results").write_text("")
    with pytest.raises(SystemExit) as exit_info:
        wiring.writable_or_exit(tmp_path / "results" / "tiny")
    assert exit_info.value.code == 2
    assert capsys.readouterr().err == (
        f"synthgrad: error: {tmp_path / 'results'} is not a folder that can be written to; "
        "make it one or remove it\n"
    )


def test_a_read_only_results_folder_is_one_line_and_status_2(tmp_path, capsys, monkeypatch):
    # As root may write anywhere, the folder is not made read-only but said to be.
    read_only = tmp_path / "results"
    read_only.mkdir()
    closed = {tmp_path.parent, read_only}
    may = os.access
    monkeypatch.setattr(
        os, "access", lambda path, mode: may(path, mode) and not (mode & os.W_OK and path in closed)
    )
    # What is above the results need not be writable.
    wiring.writable_or_exit(tmp_path / "others" / "tiny")
    with pytest.raises(SystemExit) as exit_info:
        wiring.writable_or_exit(read_only / "tiny")
    assert exit_info.value.code == 2
    assert f"{read_only} is not a folder that can be written to" in capsys.readouterr().err


def test_an_edit_to_a_module_of_a_figure_is_another_digest(tmp_path, monkeypatch):
    shutil.copytree(wiring.PACKAGE, tmp_path / "synthgrad")
    monkeypatch.setattr(wiring, "PACKAGE", tmp_path / "synthgrad")
    claims, depth = (SimpleNamespace(figure=name) for name in ("claims", "depth"))
    before = wiring.figure_digest(claims), wiring.figure_digest(depth)
    with (tmp_path / "synthgrad" / "claims" / "verdicts.py").open("a") as file:
        file.write("# edited\n")
    assert wiring.figure_digest(claims) != before[0]
    assert wiring.figure_digest(depth) == before[1]


def test_what_experiments_ask_is_that_of_those_that_are_run():
    config = {"experiments": {"one": {"question": "Why?"}, "other": None}}
    assert wiring.questions(config) == {"one": "Why?"}
