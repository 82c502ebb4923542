import json
import os
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from synthgrad.core.setup import Setup
from synthgrad.core.training import measures
from synthgrad.core.training.history import recorded_epochs
from synthgrad.core.training.loop import train
from synthgrad.study import representations, tuning
from synthgrad.study import tables as records
from synthgrad.study.config import read_config
from synthgrad.study.experiments import (
    cell_parameters,
    job_name,
    parse_study,
    tuning_parameters,
    tuning_setup,
)

ROOT = Path(__file__).parents[2]
SCHEMA = ROOT / "workflow" / "schemas" / "config.schema.yaml"

CONTRACT = [
    "experiment",
    "method",
    "bits",
    "seed",
    "epoch",
    "step_size",
    "generator_step_size",
    "mse",
    "bit_accuracy",
    "sum_accuracy",
    "heldout_bit_accuracy",
    "heldout_sum_accuracy",
    "tutorial_error",
    "alignment_1",
    "alignment_2",
    "norm_ratio_1",
    "norm_ratio_2",
    "spread_1",
    "spread_2",
    "similarity_1",
    "similarity_2",
    "saturation_1",
    "saturation_2",
    "diverged_at",
]


@pytest.fixture(scope="module")
def study():
    config = read_config(ROOT / "config" / "config.yaml") | {
        "decoupling": None,
        "seeds": {"evaluation": {"first": 0, "count": 3}, "tuning": {"first": 9, "count": 3}},
        "defaults": {"examples": 40, "hidden": [6, 5], "epochs": 12},
        "experiments": {
            "small": {
                "question": "?",
                "vary": {"method": ["backprop", "dni[output]"], "bits": [3], "bias": [True, False]},
                "step_sizes": "given",
            }
        },
    }
    return parse_study(config, SCHEMA)


@pytest.fixture(scope="module")
def histories(study):
    return {
        name: train(cell.setup, seeds, record=recorded_epochs(12, 4))
        for name, (cell, seeds) in study.jobs().items()
    }


@pytest.fixture
def cells(study, histories, tmp_path):
    return write_cells(study, histories, tmp_path)


def write_cells(study, histories, folder):
    """Write the table of each cell; give their paths."""
    for name, (cell, _) in study.jobs().items():
        columns = records.cell_columns(histories[name])
        records.write_table(columns, "cell", folder / name, cell_parameters(study, cell))
    return {name: folder / name for name in histories}


def gathered(study, cells):
    """The rows of all cells together, as (runs, outcomes)."""
    pieces = zip(*records.runs_and_outcomes(study, cells), strict=True)
    return tuple(
        {name: np.concatenate([piece[name] for piece in part]) for name in part[0]}
        for part in pieces
    )


def test_runs_have_the_promised_columns_and_rows(study, cells):
    runs, _ = gathered(study, cells)
    assert set(CONTRACT) <= set(runs)
    assert set(runs) - set(CONTRACT) == {
        "cell",
        "bias",
        "absolute_error",
        "largest_weight",
        "printed_error",
        "synthetic_error",
    }
    recorded = len(recorded_epochs(12, 4))
    assert len(runs["seed"]) == 4 * 3 * recorded
    rows = set(zip(runs["experiment"], runs["cell"], runs["seed"], runs["epoch"]))
    assert len(rows) == 4 * 3 * recorded


def test_outcomes_follow_from_the_whole_curve(study, cells, histories):
    _, outcomes = gathered(study, cells)
    assert len(outcomes["seed"]) == 4 * 3
    for row, (cell, seed) in enumerate(zip(outcomes["cell"], outcomes["seed"])):
        history = histories[job_name(cell)]
        curve = history.measures["bit_accuracy"][seed]
        chance = history.chance[seed]
        expected = np.mean([(accuracy - chance) / (1 - chance) for accuracy in curve[1:]])
        assert outcomes["accuracy_auc"][row] == pytest.approx(expected)
        assert outcomes["bit_accuracy"][row] == curve[-1]
        reached = [epoch for epoch in range(1, 13) if curve[epoch] >= 0.95]
        expected = reached[0] if reached else np.nan
        np.testing.assert_equal(outcomes["epochs_to_95"][row], expected)


def test_generator_step_size_is_empty_without_generators(study, cells):
    runs, _ = gathered(study, cells)
    empty = np.isnan(runs["generator_step_size"])
    np.testing.assert_array_equal(empty, runs["method"] == "backprop")


def test_a_table_comes_back_as_it_was_written(tmp_path, histories):
    columns = records.cell_columns(next(iter(histories.values())))
    records.write_table(columns, "cell", tmp_path / "t")
    table = records.read_table(tmp_path / "t", "cell")
    for name, column in columns.items():
        np.testing.assert_array_equal(table[name].to_numpy(), column)


@pytest.mark.parametrize("kind", ["runs", "outcomes", "sweeps"])
def test_what_is_published_can_be_read(kind):
    """With the versions here, whatever wrote it."""
    assert len(records.read_table(ROOT / "published" / f"{kind}.parquet", kind))


def test_two_writings_are_byte_identical(tmp_path, histories):
    columns = records.cell_columns(next(iter(histories.values())))
    records.write_table(columns, "cell", tmp_path / "a")
    records.write_table(columns, "cell", tmp_path / "b")
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def damage(path, kind):
    content = path.read_bytes()
    if kind == "truncated":
        path.write_bytes(content[: len(content) // 2])
    elif kind == "flipped":
        path.write_bytes(content[:200] + bytes([content[200] ^ 1]) + content[201:])
    elif kind == "empty":
        path.write_bytes(b"")
    elif kind == "foreign":
        pq.write_table(pa.table({"seed": [1]}), path)
    elif kind == "other kind":
        records.write_table({"seed": [1]}, "tuning", path)
    elif kind == "missing":
        path.unlink()


@pytest.mark.parametrize(
    "kind", ["truncated", "flipped", "empty", "foreign", "other kind", "missing"]
)
def test_a_damaged_table_is_refused_by_name(tmp_path, histories, kind):
    path = tmp_path / "damaged.parquet"
    records.write_table(records.cell_columns(next(iter(histories.values()))), "cell", path)
    damage(path, kind)
    with pytest.raises(records.DamagedTable, match=r"damaged\.parquet.*delete it and run again"):
        records.read_table(path, "cell")


def test_the_table_of_another_cell_is_refused(study, cells):
    one, other = list(cells)[:2]
    with pytest.raises(records.DamagedTable, match="other settings; delete it and run again"):
        gathered(study, cells | {one: cells[other]})


def test_the_cell_of_a_study_with_other_seeds_is_refused(study, cells):
    larger = replace(study, evaluation_seeds=range(4))
    with pytest.raises(records.DamagedTable, match="other settings; delete it and run again"):
        gathered(larger, cells)


def test_the_sweep_of_another_cell_is_refused(tmp_path):
    path = tmp_path / "sweep"
    columns = {"step_size": [0.1], "generator_step_size": [0.0], "score": [0.5]}
    columns |= {"rung": [1], "diverged_at": np.array([np.nan])}
    records.write_table(columns, "tuning", path, {"setup": {"bits": 3}})
    assert records.choose_from(path, {"setup": {"bits": 3}}).step_size == 0.1
    with pytest.raises(records.DamagedTable, match="other settings; delete it and run again"):
        records.choose_from(path, {"setup": {"bits": 4}})


def test_a_table_in_pieces_is_the_table_in_one(tmp_path):
    columns = {
        "method": np.array(["a", None, "b", "c"], dtype=object),
        "mse": np.array([0.5, np.nan, np.inf, -0.0]),
        "seed": np.arange(4),
    }
    records.write_table(columns, "runs", tmp_path / "one")
    with records.writing("runs", tmp_path / "pieces") as append:
        # A piece of which every text or number is missing has the types of the whole, too.
        for rows in (slice(0, 1), slice(1, 2), slice(2, 4)):
            append({name: column[rows] for name, column in columns.items()})
    one, pieces = (records.read_table(tmp_path / name, "runs") for name in ("one", "pieces"))
    assert pieces.equals(one)
    labels = (pq.read_metadata(tmp_path / name).metadata for name in ("one", "pieces"))
    assert len({label[b"seal"] for label in labels}) == 1


def test_a_part_of_a_cells_seeds_is_asked_for_by_its_own_parameters(study, histories, tmp_path):
    whole = gathered(study, write_cells(study, histories, tmp_path / "whole"))
    split = replace(study, seeds_per_job=2)
    paths = {}
    for name, (cell, seeds) in split.jobs().items():
        paths[name] = tmp_path / "parts" / name
        history = train(cell.setup, seeds, record=recorded_epochs(12, 4))
        parameters = cell_parameters(split, cell, seeds)
        records.write_table(records.cell_columns(history), "cell", paths[name], parameters)
    assert len(paths) == 2 * len(histories)
    for columns, expected in zip(gathered(split, paths), whole, strict=True):
        assert columns.keys() == expected.keys()
        for name, column in columns.items():
            np.testing.assert_array_equal(column, expected[name])
    one, other = [name for name in paths if name.startswith("backprop")][:2]
    with pytest.raises(records.DamagedTable, match="other settings; delete it and run again"):
        gathered(split, paths | {one: paths[other]})


def test_a_renamed_column_is_refused(tmp_path):
    # The footer that holds the names has no checksum of Parquet's own.
    path = tmp_path / "table"
    records.write_table({"mse": [0.25, None], "cell": ["a", None]}, "runs", path)
    content = path.read_bytes()
    assert records.read_table(path, "runs").column_names == ["mse", "cell"]
    path.write_bytes(content.replace(b"mse", b"msd"))
    with pytest.raises(records.DamagedTable, match="not as it was written"):
        records.read_table(path, "runs")


def test_an_interrupted_writing_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text("old")

    def interrupted():
        with records.replacing(path) as temporary:
            temporary.write_text("half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_written_files_have_the_usual_permissions(tmp_path):
    (tmp_path / "plain").write_text("")
    records.write_csv([{"a": 1}], tmp_path / "table.csv")
    assert (tmp_path / "table.csv").stat().st_mode == (tmp_path / "plain").stat().st_mode


def test_diverged_runs_are_rows_like_any_other(study, tmp_path):
    setup = Setup(
        method="dni[output]",
        bits=3,
        examples=400,
        hidden=(6, 5),
        epochs=12,
        generator_step_size=50.0,
    )
    history = train(setup, range(3), record=recorded_epochs(12, 4))
    assert np.isfinite(history.diverged_at).all()
    cells = write_cells(study, dict.fromkeys(study.jobs(), history), tmp_path)
    _, outcomes = gathered(study, cells)
    assert (outcomes["diverged_at"] >= 1).all()
    assert np.isfinite(outcomes["accuracy_auc"]).all()
    assert (measures.epochs_to(np.zeros((1, 3)), 0.95) != 1).all()


def test_manifest_has_a_checksum_for_each_table(tmp_path):
    from synthgrad.reproduce import manifest

    records.write_csv([{"a": 1}], tmp_path / "table.csv")
    (tmp_path / "benchmarks").mkdir()
    choices = [{"cell": "a", "on_edge": ""}, {"cell": "b", "on_edge": "step_size"}]
    records.write_csv(choices, tmp_path / "tuned.csv")
    content = manifest.collect(
        {"preset": "x"},
        [tmp_path / "table.csv"],
        tmp_path / "tuned.csv",
        tmp_path / "benchmarks",
        tmp_path / "logs",
    )
    manifest.write(content, tmp_path / "manifest.json")
    read = json.loads((tmp_path / "manifest.json").read_text())
    assert read["tables"]["table.csv"] == records.file_checksum(tmp_path / "table.csv")
    assert read["packages"]["numpy"] == np.__version__
    assert read["tuned_on_edge"] == {"b": "step_size"}


def test_a_study_without_tuned_cells_has_none_on_an_edge(tmp_path):
    from synthgrad.reproduce import manifest

    records.write_csv([], tmp_path / "tuned.csv")
    assert manifest.choices_on_edge(tmp_path / "tuned.csv") == {}


def test_job_times_count_jobs_side_by_side_once(tmp_path):
    from synthgrad.reproduce import manifest

    for name, seconds, end in [("a", 10, 110), ("b", 5, 108), ("c", 3, 120)]:
        path = tmp_path / f"{name}.tsv"
        path.write_text(f"s\tcpu_time\n{seconds}\t{seconds}\n")
        os.utime(path, (end, end))
    assert manifest.job_times(tmp_path) == (13.0, 18.0, 2)


def test_the_time_of_training_is_added_up_from_the_logs(tmp_path):
    from synthgrad.reproduce import manifest
    from synthgrad.workflow import jobs

    for name in ("a", "b"):
        with jobs.training_job(tmp_path / f"{name}.log"):
            print("more than this")
    (tmp_path / "a.log").write_text(f"first\n{jobs.TRAINED} 1.5 s\nlast\n")
    own = re.search(rf"{jobs.TRAINED} ([0-9.]+) s", (tmp_path / "b.log").read_text())
    assert float(own[1]) < 1
    (tmp_path / "b.log").write_text(f"{jobs.TRAINED} 2.25 s\n")
    (tmp_path / "c.log").write_text("trained nothing\n")
    assert manifest.training_seconds(tmp_path) == 3.8


def test_all_tuning_runs_are_gathered(tmp_path):
    config = read_config(ROOT / "config" / "config.yaml")
    config |= {
        "decoupling": None,
        "seeds": {"evaluation": {"first": 0, "count": 3}, "tuning": {"first": 9, "count": 2}},
        "defaults": {"bits": 3, "examples": 40, "hidden": [6, 5], "epochs": 5},
        "tuning": {
            "rungs": [
                {"budget": 0.2, "seeds": 1, "keep": 3},
                {"budget": 0.6, "seeds": 2, "keep": 1},
            ],
            "step_size": [0.1, 1.0],
            "generator_step_size": [0.001, 0.01],
        },
        "experiments": {
            "small": {
                "question": "?",
                "vary": {"method": ["backprop", "dni[output]"]},
                "step_sizes": "tuned",
            }
        },
    }
    study = parse_study(config, SCHEMA)
    paths = {}
    for name, cell in study.cells().items():
        sweep = tuning_parameters(study, cell)
        histories = tuning.tune(tuning_setup(cell), [9, 10], sweep["grid"], sweep["rungs"])
        paths[name] = tmp_path / name
        records.write_table(records.tuning_columns(histories), "tuning", paths[name], sweep)
    sweeps = pd.DataFrame(records.sweeps(study, paths))
    counts = sweeps.groupby(["method", "rung"]).size().to_dict()
    assert counts == {
        ("backprop", 1): 2 * 2,
        ("dni[output]", 1): 4,
        ("dni[output]", 2): 3 * 2,
    }
    epochs = sweeps[sweeps["method"] == "dni[output]"].groupby("rung")["epochs"]
    assert epochs.unique().map(list).to_dict() == {1: [1], 2: [3]}
    assert sweeps.groupby("method")["generator_step_size"].count()["backprop"] == 0
    choices = {row["method"]: row for row in records.choices(study, paths)}
    for method, rows in sweeps.groupby("method"):
        rows = rows[rows["rung"] == rows["rung"].max()]
        means = rows.groupby(["step_size", "generator_step_size"], dropna=False)["accuracy_auc"]
        assert choices[method]["score"] == means.mean().max()


@pytest.mark.parametrize("per_job", [3, 2])
def test_likeness_is_to_backprop_on_the_same_seed_or_the_next(tmp_path, per_job):
    fix = {"task": "digits", "examples": 60, "heldout_examples": 20, "epochs": 2, "batch_size": 20}
    config = read_config(ROOT / "config" / "config.yaml") | {
        "decoupling": None,
        "seeds": {
            "evaluation": {"first": 0, "count": 3},
            "tuning": {"first": 9, "count": 3},
            "per_job": per_job,
        },
        "experiments": {
            "small": {
                "question": "?",
                "vary": {"method": ["dni[label]", "backprop"], "hidden": [[5], [6, 5]]},
                "fix": fix,
                "step_sizes": "given",
            }
        },
    }
    study = parse_study(config, SCHEMA)
    paths, hidden = {}, {}
    for name, (cell, seeds) in study.jobs().items():
        history = train(cell.setup, seeds)
        paths[name] = tmp_path / name
        parameters = cell_parameters(study, cell, seeds)
        records.write_table(records.cell_columns(history), "cell", paths[name], parameters)
        if len(cell.setup.hidden) == 2:
            hidden.setdefault(cell.setup.method, []).extend(history.representations[1])
    outcomes = pd.DataFrame(gathered(study, paths)[1])
    deep = outcomes[outcomes["hidden"] == "6-5"].set_index(["method", "seed"])
    apart = {m: [representations.dissimilarity(h) for h in each] for m, each in hidden.items()}
    for seed in range(3):
        backprop = apart["backprop"]
        expected = representations.alike(apart["dni[label]"][seed], backprop[seed])
        assert deep.loc[("dni[label]", seed), "likeness_2"] == expected
        expected = representations.alike(backprop[seed], backprop[(seed + 1) % 3])
        assert deep.loc[("backprop", seed), "likeness_2"] == expected
    assert outcomes.loc[outcomes["hidden"] == "5", "likeness_2"].isna().all()
    assert (outcomes["bits"] == 0).all()
