"""Tables are written whole or not at all, and refused where they are not as written."""

import shutil
import subprocess
import time

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from package import ROOT

from synthgrad.study.tables import (
    DamagedTable,
    checksum_path,
    read_columns,
    read_table,
    replacing,
    write_csv,
    write_table,
    writing,
)

PUBLISHED = ROOT / "published"

COLUMNS = {
    "method": np.array(["a", None, "b", "c"], dtype=object),
    "kept": np.array([None, b"\0\1", None, b""], dtype=object),
    "mse": np.array([0.5, np.nan, np.inf, -0.0]),
    "spread_1": np.array([0.5, np.nan, 1e-40, 3], dtype=np.float32),
    "seed": np.arange(4),
}


@pytest.fixture
def path(tmp_path):
    """The path of a small table."""
    path = tmp_path / "small.parquet"
    write_table(COLUMNS, "runs", path)
    return path


def test_a_table_comes_back_as_it_was_written(path):
    read = read_columns(path, "runs")
    assert list(read) == list(COLUMNS)
    for name, column in COLUMNS.items():
        np.testing.assert_array_equal(read[name], column)
        assert read[name].dtype == column.dtype


@pytest.mark.parametrize("kind", ["runs", "outcomes", "sweeps"])
def test_what_is_published_can_be_read_in_an_instant(kind):
    """With the versions here, whatever wrote it."""
    took = []
    for _ in range(3):
        began = time.process_time()  # on all cores, whatever else they do
        assert len(read_table(PUBLISHED / f"{kind}.parquet", kind))
        took.append(time.process_time() - began)
    assert min(took) < 0.5


def test_sha256sum_can_check_the_tables(path):
    for table in (path, *PUBLISHED.glob("*.parquet")):
        each = checksum_path(table)
        subprocess.run(["sha256sum", "--check", "--strict", each.name], cwd=each.parent, check=True)


def test_two_writings_are_byte_identical(path, tmp_path):
    write_table(COLUMNS, "runs", tmp_path / "again")
    assert path.read_bytes() == (tmp_path / "again").read_bytes()


def test_a_flipped_bit_is_noticed_wherever_it_is(path):
    content = path.read_bytes()
    for position in range(0, len(content), 11):
        flipped = bytearray(content)
        flipped[position] ^= 1 << position % 8
        path.write_bytes(flipped)
        with pytest.raises(DamagedTable, match="not as it was written"):
            read_table(path, "runs")


def put_a_foreign_table(path):
    pq.write_table(pa.table({"seed": [1]}), path)


def put_a_foreign_table_with_its_checksum(path):
    put_a_foreign_table(path)
    listed = subprocess.run(["sha256sum", path.name], cwd=path.parent, capture_output=True)
    checksum_path(path).write_bytes(listed.stdout)


def put_another_table(path):
    write_table(COLUMNS | {"seed": np.arange(1, 5)}, "runs", path.with_name("other"))
    shutil.copy(path.with_name("other"), path)


DAMAGES = {
    "truncated": (lambda path: path.write_bytes(path.read_bytes()[:100]), "not as it was written"),
    "empty": (lambda path: path.write_bytes(b""), "not as it was written"),
    "foreign": (put_a_foreign_table, "not as it was written"),
    "foreign, with its checksum": (put_a_foreign_table_with_its_checksum, "no synthgrad table"),
    "another of the kind": (put_another_table, "not as it was written"),
    "of another kind": (lambda path: write_table(COLUMNS, "tuning", path), "is tuning/5, not runs"),
    "missing": (lambda path: path.unlink(), "No such file"),
    "a folder": (lambda path: path.unlink() or path.mkdir(), "cannot be read"),
    "without its checksum": (lambda path: checksum_path(path).unlink(), "has no checksum"),
    "no checksum in its place": (
        lambda path: checksum_path(path).write_bytes(b"\xff"),
        "not as it was written",
    ),
}


@pytest.mark.parametrize(("damage", "said"), DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_table_is_refused_by_name(path, damage, said):
    damage(path)
    with pytest.raises(DamagedTable, match=rf"small\.parquet .*{said}.*; delete it and run again$"):
        read_table(path, "runs")


def test_a_table_made_with_other_parameters_is_refused(path):
    write_table(COLUMNS, "cell", path, {"bits": 3, "seeds": [0, 30]})
    read_table(path, "cell")
    read_table(path, "cell", {"seeds": [0, 30], "bits": 3})
    with pytest.raises(DamagedTable, match=r"small\.parquet holds runs with other settings"):
        read_table(path, "cell", {"bits": 4, "seeds": [0, 30]})


def test_a_table_in_pieces_is_the_table_in_one(tmp_path):
    columns = {name: column for name, column in COLUMNS.items() if name != "kept"}
    write_table(columns, "runs", tmp_path / "one")
    with writing("runs", tmp_path / "pieces") as append:
        # A piece of which every text or number is missing has the types of the whole, too.
        for rows in (slice(0, 1), slice(1, 2), slice(2, 4)):
            append({name: column[rows] for name, column in columns.items()})
    assert (tmp_path / "one").read_bytes() == (tmp_path / "pieces").read_bytes()


def test_an_interrupted_writing_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text("old")

    def interrupted():
        with replacing(path) as temporary:
            temporary.write_text("half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_table_of_which_a_piece_is_missing_leaves_the_old_one(path):
    def interrupted():
        with writing("runs", path) as append:
            append({"seed": [1]})
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert len(read_table(path, "runs")) == 4
    assert set(path.parent.iterdir()) == {path, checksum_path(path)}


def test_written_files_have_the_usual_permissions(path, tmp_path):
    (tmp_path / "plain").write_text("")
    write_csv([{"a": 1}], tmp_path / "table.csv")
    modes = {each.stat().st_mode for each in tmp_path.iterdir()}
    assert modes == {(tmp_path / "plain").stat().st_mode}
