"""A small study, whose tables are made as the workflow makes them, is spot-checked."""

import json
import shutil
from itertools import islice

import numpy as np
import pytest
import trained_study

from synthgrad.cli import main as cli
from synthgrad.reproduce import spotcheck
from synthgrad.reproduce.digests import digests, read_training_tables
from synthgrad.study.tables import read_table, write_table
from synthgrad.study.tuning import ABOVE_0

SMALL = {"hidden": [6, 5], "examples": 40, "epochs": 6}

EXPERIMENTS = {
    "tuned": {
        "question": "?",
        "vary": {"method": ["backprop", "dni[output]"]},
        "fix": SMALL | {"bits": 3},
        "step_sizes": "tuned",
        "best_for_backprop": {"weight_scale": [0.5, 1.0]},
    },
    "shared": {
        "question": "?",
        "vary": {"method": ["local-loss"]},
        "fix": SMALL | {"bits": 3},
        "step_sizes": "shared",
        "shared_over": {"bits": [3, 4]},
        "seeds": 2,
    },
    "given": {
        "question": "?",
        # One step size with which networks diverge.
        "vary": {"method": ["frozen", "dni[label]"], "step_size": [0.1, 1e200]},
        "fix": SMALL | {"bits": 4},
        "step_sizes": "given",
    },
    "given-again": {
        "question": "?",
        "vary": {"method": ["frozen"]},
        "fix": SMALL | {"bits": 4, "step_size": 0.1},
        "step_sizes": "given",
    },
    "digits": {
        "question": "?",
        "vary": {"method": ["dni[label]", "backprop"], "hidden": [[5], [6, 5]]},
        "fix": {"task": "digits", "examples": 60, "heldout_examples": 20, "epochs": 2},
        "step_sizes": "given",
    },
    "rounding": {
        "question": "?",
        "vary": {"nudged": [False, True]},
        "fix": SMALL | {"bits": 4, "epochs": 200, "step_size": 5.0},
        "step_sizes": "given",
    },
    "programs": {
        "question": "?",
        "vary": {"edition": ["vanilla-8bit", "dni-printed"]},
        "fix": {"epochs": 2},
        "step_sizes": "given",
    },
}

CONFIG = trained_study.config_of(
    EXPERIMENTS,
    preset="small",
    records=4,
    defaults={},
    seeds={"evaluation": {"first": 5, "count": 3}, "tuning": {"first": 1000, "count": 1}},
    search={
        "budgets": {"side": {"points": 6, "shorter": 2, "finalists": 3, "seeds": 1}},
        "spaces": {
            "addition": {
                "plain": {"step_size": [-1, 0]},
                "dni": {"step_size": [-1, 0], "generator_step_size": [-3, -2]},
                "local-loss": {"step_size": [-1, 0], "generator_step_size": [-3, -2]},
            }
        },
    },
)


@pytest.fixture(scope="session")
def made(tmp_path_factory):
    """The folder of the tables; nothing may be changed there."""
    folder = tmp_path_factory.mktemp("small")
    trained_study.tables(CONFIG, folder)
    manifest = {"config": CONFIG, "date": "2026-01-02", "packages": {"synthgrad": "0.0.9"}}
    (folder / "manifest.json").write_text(json.dumps(manifest))
    return folder


@pytest.fixture
def tables(made, tmp_path):
    """A copy of the tables."""
    folder = tmp_path / "tables"
    folder.mkdir()
    for path in [*made.glob("*.parquet*"), made / "manifest.json"]:
        shutil.copy(path, folder)
    return folder


@pytest.fixture
def spot(tables, tmp_path, capsys, monkeypatch):
    """Function that runs the command on the copy: exit status, output, errors."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments):
        with pytest.raises(SystemExit) as exit_:
            cli.main(["spotcheck", str(tables), *arguments])
        return exit_.value.code, *capsys.readouterr()

    return run


def altered(folder, kind, cell, seed, measure, value, epoch=None):
    """Put another value into a table; a function gets the one that is there."""
    frame = read_table(folder / f"{kind}.parquet", kind).to_pandas()
    rows = (frame["cell"] == cell) & (frame["seed"] == seed)
    if epoch is not None:
        rows &= frame["epoch"] == epoch
    frame.loc[rows, measure] = value(frame.loc[rows, measure]) if callable(value) else value
    columns = {
        name: column.to_numpy(dtype=object if column.dtype.kind not in "if" else None)
        for name, column in frame.items()
    }
    write_table(columns, kind, folder / f"{kind}.parquet")


def test_all_runs_of_a_study_come_out_identical(spot, made):
    status, out, err = spot("--seed", "1", "--minutes", "60")
    outcomes = read_table(made / "outcomes.parquet", "outcomes").to_pandas()
    assert outcomes["diverged_at"].notna().any()
    assert outcomes["likeness_2"].notna().any()
    lines = out.split("\n\n")[0].splitlines()
    assert len(lines) == len(outcomes)
    assert all(line.startswith("identical") for line in lines)
    assert f"{len(lines)} of {len(lines)} runs, drawn at random (seed 1)" in out
    assert "The values in the tables, of 2026-01-02, have the digest" in out
    assert "were made with something else" not in out
    assert (status, err) == (0, "")


def test_the_first_draws_reach_every_experiment_and_a_seed_repeats_them(made):
    runs = spotcheck.read_published(made).all_runs()
    drawn = list(spotcheck.draw(runs, 3))
    assert sorted(drawn) == sorted(runs)
    assert {run.experiment for run in drawn[: len(EXPERIMENTS)]} == set(EXPERIMENTS)
    assert drawn == list(spotcheck.draw(runs, 3))
    others = [list(islice(spotcheck.draw(runs, seed), 4)) for seed in range(20)]
    assert len({tuple(run.experiment for run in first) for first in others}) > 5


TUNED = f"dni-output,bits=3,examples=40,hidden=6-5,epochs=6,weight_scale=best,tuned,{ABOVE_0}"
"""With a level that backprop decided, and generators that learn where the best do not."""


def next_float(values):
    return np.nextafter(values, np.inf)


@pytest.mark.parametrize(
    ("kind", "measure", "epoch"),
    [
        ("runs", "bit_accuracy", 2),
        ("runs", "alignment_2", 2),
        ("outcomes", "mse", None),
        ("outcomes", "accuracy_auc", None),
        ("outcomes", "chance", None),
    ],
)
def test_one_last_place_is_found_and_named(spot, tables, kind, measure, epoch):
    altered(tables, kind, TUNED, 6, measure, next_float, epoch)
    assert spot("--cell", TUNED, "--seed", "5")[0] == 0
    status, out, _ = spot("--cell", TUNED, "--seed", "6", "--json")
    found = json.loads(out)
    (row,) = found["rows"]
    assert status == 1
    assert (found["checked"], found["identical"]) == (1, 0)
    assert (row["experiment"], row["cell"], row["seed"]) == ("tuned", TUNED, 6)
    assert (row["measure"], row["epoch"], row["identical"]) == (measure, epoch, False)
    kind_ = np.float32 if measure == "alignment_2" else float
    assert kind_(row["published"]) == np.nextafter(kind_(row["own"]), kind_(np.inf))


def test_an_epoch_is_compared_of_which_only_the_curve_is_kept(spot, tables):
    altered(tables, "curves", TUNED, 6, "right_bits", lambda bits: bits - 1, epoch=4)
    status, out, _ = spot("--cell", TUNED, "--seed", "6")
    assert status == 1
    assert "seed 6 parts at epoch 4, right_bits " in out
    for path in tables.glob("curves.parquet*"):
        path.unlink()
    assert spot("--cell", TUNED, "--seed", "6")[0] == 0


def test_likeness_is_compared_and_a_value_in_place_of_none_is_a_difference(spot, tables):
    cell = "dni-label,task=digits,examples=60,heldout_examples=20,hidden=6-5,epochs=2"
    altered(tables, "outcomes", cell, 7, "likeness_2", next_float)
    status, out, _ = spot("--cell", cell, "--seed", "7")
    assert status == 1
    assert f"digits/{cell}: seed 7 parts at the end, likeness_2 " in out
    altered(tables, "runs", cell, 6, "printed_error", 2.0, epoch=1)
    out = spot("--cell", cell, "--seed", "6")[1]
    assert "seed 6 parts at epoch 1, printed_error nan instead of 2.0" in out


@pytest.mark.parametrize("nudged", ["", "nudged=true,"])
def test_differing_bits_are_compared(spot, tables, nudged):
    """With another seed or, of a nudged run, with the run that is not nudged."""
    cell = f"backprop,bits=4,examples=40,hidden=6-5,{nudged}epochs=200,step_size=5.0"
    assert spot("--cell", cell, "--seed", "7")[0] == 0
    altered(tables, "outcomes", cell, 7, "differing_bits", next_float)
    status, out, _ = spot("--cell", cell, "--seed", "7")
    assert status == 1
    assert f"rounding/{cell}: seed 7 parts at the end, differing_bits " in out


def test_a_sample_with_a_difference_says_what_made_the_tables(spot, tables):
    altered(tables, "outcomes", "vanilla-8bit,epochs=2", 5, "mse", next_float)
    status, out, _ = spot("--seed", "1", "--minutes", "60", "--json")
    found = json.loads(out)
    assert status == 1
    assert found["checked"] - found["identical"] == 1
    assert "made with something else: packages.synthgrad 0.0.9, here " in found["summary"]
    assert found["digest"] == digests(read_training_tables(tables))["all"]
    assert found["experiments"] == sorted(EXPERIMENTS)
    assert all(row["seconds"] > 0 for row in found["rows"])


def test_the_seed_of_a_draw_is_told_and_repeats_it(spot):
    _, out, _ = spot("--minutes", "1e-9", "--json")
    first = json.loads(out)
    _, out, _ = spot("--minutes", "1e-9", "--json", "--seed", str(first["draw"]))
    again = json.loads(out)
    assert first["checked"] == again["checked"] == 1
    assert first["rows"][0]["cell"] == again["rows"][0]["cell"]
    assert str(first["draw"]) in first["summary"]


@pytest.fixture
def timed(made, monkeypatch):
    """Function that checks runs of the small study by a clock on which they take some seconds."""
    published, clock = spotcheck.read_published(made), [0.0]

    def check(runs, limit, seconds):
        def train_again(published, run, progress):
            clock[0] += seconds(run)
            return published.rows(run)

        monkeypatch.setattr(spotcheck, "train_again", train_again)
        monkeypatch.setattr(spotcheck.time, "perf_counter", lambda: clock[0])
        return [found.run for found in spotcheck.check(published, runs, limit)]

    check.runs = published.all_runs()
    check.work = {run: spotcheck._work(published.cell(run).setup) for run in check.runs}
    return check


def test_it_stops_before_a_run_that_would_take_too_long(timed):
    """By hand: each run takes 10 s, so that two end within 25 s and three would not."""
    runs = [run for run in timed.runs if run.experiment == "tuned"][:3]
    for limit, count in [(5, 1), (25, 2), (99, 3)]:
        assert timed(runs, limit, lambda run: 10.0) == runs[:count]


def test_runs_that_fit_are_taken_in_place_of_those_that_do_not(timed):
    """Large runs take most of the time, but small ones of every experiment still fit after one."""
    drawn = list(spotcheck.draw(timed.runs, 3))
    large = max(drawn, key=timed.work.get)
    small = min(timed.work.values())

    def seconds(run):
        return spotcheck.AROUND + timed.work[run] / small

    runs = [run for run in drawn if timed.work[run] == timed.work[large]]
    runs += [run for run in drawn if run not in runs]
    limit = 1.5 * seconds(large)
    checked = timed(runs, limit, seconds)
    assert checked[0] == runs[0]
    assert sum(timed.work[run] == timed.work[large] for run in checked) == 1
    assert sum(map(seconds, checked)) <= limit
    assert len(checked) == len(set(checked)) > 1
    others = [run.experiment for run in checked[1:]]
    assert others[: len(set(others))] == list(dict.fromkeys(others))
    assert {run.experiment for run in checked} == set(EXPERIMENTS)


def test_the_limit_is_of_a_sample_and_does_not_cut_a_request(spot, made):
    """Here of a cell that two experiments have; the limit allows only the first."""
    runs = spotcheck.read_published(made).all_runs()
    [shared] = {run.cell for run in runs if run.experiment == "given-again"}
    status, out, _ = spot("--cell", shared, "--seed", "5", "--minutes", "1e-9", "--json")
    found = json.loads(out)
    assert status == 0
    assert {row["experiment"] for row in found["rows"]} == {"given", "given-again"}
    assert found["not_reached"] == []


def test_experiments_that_were_not_reached_are_told(spot):
    _, out, _ = spot("--minutes", "1e-9", "--seed", "1", "--json")
    found = json.loads(out)
    assert sorted(found["experiments"] + found["not_reached"]) == sorted(EXPERIMENTS)
    assert f"Not reached in the time: {', '.join(found['not_reached'])}." in found["summary"]
    _, out, _ = spot("--minutes", "60", "--seed", "1", "--json")
    assert json.loads(out)["not_reached"] == []
    assert "Not reached" not in json.loads(out)["summary"]


def test_other_kernels_than_the_compiled_ones_are_told(spot, monkeypatch):
    cell = ("--cell", "dni-printed,epochs=2", "--seed", "5")
    assert "kernels" not in spot(*cell)[1]
    monkeypatch.setenv("SYNTHGRAD_KERNELS", "reference")
    assert "those of reference, which round otherwise" in spot(*cell)[1]


def test_a_receipt_is_left(spot, tmp_path):
    _, out, _ = spot("--cell", "dni-printed,epochs=2", "--seed", "5")
    receipt = json.loads((tmp_path / "results" / "receipt.json").read_text())
    assert receipt["command"] == "synthgrad spotcheck"
    assert (receipt["checked"], receipt["identical"]) == (1, 1)
    assert "cpu_vectors" in receipt["machine"]
    assert receipt["summary"] in (tmp_path / "results" / "receipt.txt").read_text()
    assert receipt["summary"] in out


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (
            ("--cell", "dni-printd", "--seed", "5"),
            "--cell is 'dni-printd'; allowed are the 16 cells",
        ),
        (("--cell", "dni-printd", "--seed", "5"), "such as dni-printed"),
        (
            ("--cell", "dni-printed,epochs=2", "--seed", "4"),
            "--seed is 4; allowed with --cell are 5 to 7",
        ),
        (("--cell", "dni-printed,epochs=2"), "--seed is not given; allowed with --cell are 5 to 7"),
        (("--minutes", "0"), "'--minutes': 0.0 is not in the range"),
    ],
)
def test_a_mistake_is_one_line_and_status_2(spot, tmp_path, arguments, named):
    status, out, err = spot(*arguments)
    assert status == 2
    assert named in err
    assert err.count("\n") == 1
    assert out == ""
    assert not (tmp_path / "results").exists()


@pytest.mark.parametrize("name", ["runs.parquet", "outcomes.parquet", "manifest.json"])
def test_what_cannot_be_read_is_one_line_and_status_2(spot, tables, name):
    (tables / name).write_bytes(b"damaged")
    status, _, err = spot()
    assert status == 2
    assert name in err
    assert err.count("\n") == 1


def test_a_config_that_is_refused_is_one_line(spot, tables):
    (tables / "manifest.json").write_text(json.dumps({"config": CONFIG | {"records": "many"}}))
    status, _, err = spot()
    assert status == 2
    assert "records is 'many'" in err


def test_tables_without_a_run_of_the_study_are_nothing_to_check(spot, tables):
    config = CONFIG | {"experiments": {"other": EXPERIMENTS["tuned"]}}
    (tables / "manifest.json").write_text(json.dumps({"config": config}))
    status, _, err = spot()
    assert status == 2
    assert "has no run of a cell of the study" in err
