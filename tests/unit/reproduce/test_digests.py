import hashlib
import struct

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from synthgrad.reproduce.digests import digests, read_training_tables, table_digest
from synthgrad.reproduce.exact import as_integers
from synthgrad.study.tables import write_table

KEYS = ["cell", "seed"]


@pytest.fixture
def frame():
    return pd.DataFrame(
        {
            "cell": ["b", "b", "a", "ä"],
            "seed": [1, 0, 0, 0],
            "mse": [0.1, np.nan, -0.0, 1e300],
            "single": np.array([0.1, 0.2, 0.3, np.nan], dtype=np.float32),
            "hidden": ["64", None, "64-32", None],
        }
    )


def test_the_digest_is_that_of_the_bytes_that_are_documented():
    frame = pd.DataFrame({"cell": ["b", None], "mse": [0.5, np.nan], "bits": [3, -1]})
    nan = bytes.fromhex("000000000000f87f")
    expected = struct.pack("<Q", 2)
    expected += struct.pack("<Q", 4) + b"bits" + b"i" + struct.pack("<2q", 3, -1)
    expected += struct.pack("<Q", 4) + b"cell" + b"t" + struct.pack("<Q", 1) + b"b" + b"\xff" * 8
    expected += struct.pack("<Q", 3) + b"mse" + b"f" + struct.pack("<d", 0.5) + nan
    assert table_digest(frame, ["cell"]) == hashlib.sha256(expected).hexdigest()


@pytest.mark.parametrize(
    "change",
    [
        lambda frame: frame[::-1],
        lambda frame: frame[frame.columns[::-1]],
        lambda frame: frame.astype({"single": float, "cell": object, "hidden": object}),
        lambda frame: frame.assign(empty=np.nan, also_empty=None),
        lambda frame: frame.astype({"seed": np.int32}),
    ],
    ids=["rows", "columns", "types", "empty columns", "small integers"],
)
def test_how_a_table_is_kept_does_not_matter(frame, change):
    assert table_digest(change(frame), KEYS) == table_digest(frame, KEYS)


@pytest.mark.parametrize("options", [{"compression": "none"}, {"row_group_size": 1}, {}])
def test_how_a_file_is_packed_does_not_matter(frame, tmp_path, options):
    table = pa.Table.from_pandas(frame)
    pq.write_table(table, tmp_path / "a", **options)
    assert table_digest(pd.read_parquet(tmp_path / "a"), KEYS) == table_digest(frame, KEYS)


@pytest.mark.parametrize(
    ("row", "column", "value"),
    [
        (0, "mse", np.nextafter(0.1, 1)),
        (2, "mse", 0.0),
        (1, "mse", 0.0),
        (1, "single", np.nextafter(np.float32(0.2), np.float32(1))),
        (0, "hidden", "32"),
        (0, "hidden", None),
        (0, "seed", 2),
    ],
)
def test_one_value_matters_to_the_last_bit(frame, row, column, value):
    other = frame.copy()
    other.loc[row, column] = value
    assert table_digest(other, KEYS) != table_digest(frame, KEYS)


def test_one_column_of_the_same_values_under_another_name_matters(frame):
    assert table_digest(frame.rename(columns={"mse": "ms"}), KEYS) != table_digest(frame, KEYS)


def test_every_nan_is_one(frame):
    patterns = np.array([0x7FF8000000000000, 0xFFF8000000000000, 0x7FF8000000000001])
    nans = patterns.astype(np.uint64).view(float)
    assert np.isnan(nans).all()
    assert len(set(as_integers(nans).tolist())) == 1
    found = set()
    for nan in nans:
        other = frame.copy()
        other["mse"] = np.where(np.isnan(frame["mse"]), nan, frame["mse"])
        found.add(table_digest(other, KEYS))
    assert found == {table_digest(frame, KEYS)}


def test_bits_are_equal_where_floats_are_to_the_last_bit():
    numbers = np.array([0.0, -0.0, 1.0, np.nextafter(1.0, 2), np.inf, -np.inf, np.nan])
    assert len(set(as_integers(numbers).tolist())) == len(numbers)
    assert (as_integers(np.float32([0.1])) == as_integers([np.float32(0.1)])).all()


def tables(experiments=("one", "two"), tuned="a", sweeps=True):
    """Tables of experiments with a cell `a` each; its sweep is shared."""
    names = np.array(experiments, dtype=object)
    cells = np.full(len(names), "a", dtype=object)
    labels = {"experiment": names, "cell": cells, "seed": np.zeros(len(names), dtype=int)}
    scores = np.arange(len(names)) + 0.5
    found = {
        "runs": labels | {"epoch": np.zeros(len(names), dtype=int), "mse": scores},
        "outcomes": labels | {"mse": scores},
    }
    sweep = {"cell": np.array([tuned], dtype=object), "rung": np.array([1])}
    sweep |= {"seed": np.array([9]), "step_size": np.array([0.1])}
    curve = {"cell": np.array(["a", "b"], dtype=object), "seed": np.array([0, 0])}
    curve |= {"epoch": np.array([1, 1]), "right_bits": np.array([3, 5])}
    return found | {"sweeps": sweep if sweeps else {}, "curves": curve}


def written(folder, columns):
    for kind, table in columns.items():
        write_table(table, kind, folder / f"{kind}.parquet")
    return digests(read_training_tables(folder))


def test_an_experiment_has_its_digest_whatever_else_is_studied(tmp_path):
    both = written(tmp_path, tables())
    one = written(tmp_path, tables(["one"]))
    assert list(both["experiments"]) == ["one", "two"]
    assert one["experiments"]["one"] == both["experiments"]["one"]
    assert one["all"] != both["all"]


@pytest.mark.parametrize("kind", ["runs", "outcomes", "sweeps", "curves"])
def test_every_table_counts_and_only_in_the_experiments_that_it_is_about(tmp_path, kind):
    whole, changed = tables(), tables()
    column = {"sweeps": "step_size", "curves": "right_bits"}.get(kind, "mse")
    number = changed[kind][column][0]
    changed[kind][column][0] = number + 1 if kind == "curves" else np.nextafter(number, 1)
    one, other = (written(tmp_path, each) for each in (whole, changed))
    assert one["all"] != other["all"]
    differs = [
        name for name in ("one", "two") if one["experiments"][name] != other["experiments"][name]
    ]
    assert differs == (["one", "two"] if kind in ("sweeps", "curves") else ["one"])


def test_a_study_without_tuning_has_foundtoo(tmp_path):
    empty = written(tmp_path, tables(sweeps=False))
    (tmp_path / "sweeps.parquet").unlink()
    assert digests(read_training_tables(tmp_path)) == empty
    assert empty == written(tmp_path, tables(tuned="of another experiment"))


def test_curves_count_where_an_experiment_has_the_cell(tmp_path):
    whole, changed = tables(), tables()
    changed["curves"]["right_bits"][1] += 1  # of the cell b, which no experiment has
    one, other = (written(tmp_path, each) for each in (whole, changed))
    assert one == other


def test_tables_of_before_there_were_curves_keep_their_digest(tmp_path):
    columns = tables()
    with_curves = written(tmp_path, columns)
    for path in tmp_path.glob("curves.parquet*"):
        path.unlink()
    found = digests(read_training_tables(tmp_path))
    assert found["experiments"].keys() == with_curves["experiments"].keys()
    assert found["all"] != with_curves["all"]
    frames = [pd.DataFrame(columns[kind]).iloc[:1] for kind in ("runs", "outcomes", "sweeps")]
    expected = hashlib.sha256()
    for frame, keys in zip(frames, (["seed"], ["seed"], ["seed"]), strict=True):
        expected.update(struct.pack("<Q", 64) + table_digest(frame, keys).encode())
    assert found["experiments"]["one"] == expected.hexdigest()
