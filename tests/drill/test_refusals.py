"""Runs that cannot be are refused in one line."""

import os

import pytest
from drilling import SNAKEMAKE, mounted, not_in_short
from temporary_study import run


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
    "no YAML": b"seeds: [",
    "no mapping": b"- 1",
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
