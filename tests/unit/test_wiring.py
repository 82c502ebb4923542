import os

import pytest

from synthgrad import wiring


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
    monkeypatch.setattr(os, "access", lambda folder, mode: folder != read_only)
    with pytest.raises(SystemExit) as exit_info:
        wiring.writable_or_exit(read_only / "tiny")
    assert exit_info.value.code == 2
    assert f"{read_only} is not a folder that can be written to" in capsys.readouterr().err
