"""What is checked before anything runs."""

import json
import os
from dataclasses import replace

import pytest
import trained_study

from synthgrad.reproduce.manifest import config_checksum
from synthgrad.search.stages import Budget
from synthgrad.study.config import read_config
from synthgrad.workflow import checks
from synthgrad.workflow.checks import checked_published, checked_results, checked_searches


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


def refusal(capsys, function, *arguments):
    """The one line with which a check ends the process with status 2."""
    with pytest.raises(SystemExit) as exit_info:
        function(*arguments)
    assert exit_info.value.code == 2
    err = capsys.readouterr().err
    assert err.startswith("synthgrad: error: ")
    assert err.count("\n") == 1
    return err


def test_published_tables_of_another_config_are_refused(tmp_path, capsys):
    config = tmp_path / "config.yaml"
    config.write_text("a: 1\n")
    assert "holds no results yet" in refusal(capsys, checked_published, config, tmp_path)
    about = {"config_sha256": config_checksum(read_config(config))}
    (tmp_path / "manifest.json").write_text(json.dumps(about))
    checked_published(config, tmp_path)
    config.write_text("a: 1  # A comment changes nothing.\n")
    checked_published(config, tmp_path)
    config.write_text("a: 2\n")
    assert "is of another config" in refusal(capsys, checked_published, config, tmp_path)


# Where training takes its step sizes from.

SMALL = {"bits": 3, "examples": 40, "hidden": [6], "epochs": 6}


@pytest.fixture
def study():
    study = trained_study.study_of(
        {
            "x": {
                "vary": {"method": ["backprop", "dni[output]"]},
                "fix": SMALL,
                "step_sizes": "tuned",
            }
        }
    )
    # Given by config files, it would have to be the whole of a budget and of spaces.
    return replace(study, budgets={"side": Budget(20, shorter=2, finalists=3, seeds=1)})


def test_step_sizes_are_those_of_the_own_searches_unless_said(study):
    assert checked_searches(study, None, "results/x/searches") == "results/x/searches"


def test_what_is_no_place_of_searches_is_refused(study, capsys):
    assert "searches is 'elsewhere'; allowed is published, or nothing" in refusal(
        capsys, checked_searches, study, "elsewhere", "own"
    )


def test_published_searches_that_are_not_there_are_refused(study, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    err = refusal(capsys, checked_searches, study, "published", "own")
    assert "1 of 1 tables of searches are not published" in err
    assert "published/searches/x-searches-01.parquet among them" in err
    assert "make searches" in err


def test_published_searches_give_the_same_choices(study, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    own = trained_study.search(study, tmp_path / "own")
    trained_study.script("publish_searches")(own.values(), checks.PUBLISHED)
    assert checked_searches(study, "published", "own") == "published/searches"
    assert capsys.readouterr().err == ""
    tables = [
        trained_study.train(study, tmp_path / f"cells-{number}", folder)
        for number, folder in enumerate(("own", "published/searches"))
    ]
    for job in study.jobs:
        one, other = (paths[job].read_bytes() for paths in tables)
        assert one == other


def test_published_searches_of_other_code_are_taken_with_a_word(
    study, capsys, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    trained_study.script("publish_searches")(
        trained_study.search(study, tmp_path / "own").values(), checks.PUBLISHED
    )
    monkeypatch.setattr(checks, "digest_of", lambda folder: "another")
    assert checked_searches(study, "published", "own") == "published/searches"
    assert "was made by other code than this" in capsys.readouterr().err


def test_publishing_searches_replaces_all_that_were_published(study, tmp_path):
    own = trained_study.search(study, tmp_path / "own")
    folder = tmp_path / "published" / "searches"
    folder.mkdir(parents=True)
    (folder / "old.parquet").touch()
    trained_study.script("publish_searches")(own.values(), folder)
    assert sorted(path.name for path in folder.iterdir()) == [
        "manifest.json",
        "x-searches-01.parquet",
        "x-searches-01.parquet.sha256",
    ]
    assert [path.name for path in folder.parent.iterdir()] == ["searches"]
