"""What is checked before anything runs."""

import os

import pytest

from synthgrad.workflow.checks import checked_results


def test_results_go_into_a_folder_that_is_there_or_not(tmp_path):
    folder = tmp_path / "results" / "tiny"
    assert checked_results(folder) == folder
    folder.mkdir(parents=True)
    assert checked_results(folder) == folder


def test_a_file_in_place_of_the_results_is_one_line_and_status_2(tmp_path, capsys):
    (tmp_path / "results").write_text("")
    with pytest.raises(SystemExit) as exit_info:
        checked_results(tmp_path / "results" / "tiny")
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
    checked_results(tmp_path / "others" / "tiny")
    with pytest.raises(SystemExit) as exit_info:
        checked_results(read_only / "tiny")
    assert exit_info.value.code == 2
    assert f"{read_only} is not a folder that can be written to" in capsys.readouterr().err
