"""The measurement of ranks beside one process."""

import signal
import subprocess
import sys
import time

import pandas as pd
import pytest

from synthgrad import decoupling, pipeline

LACKING = pipeline.missing()
needs_mpi = pytest.mark.skipif(LACKING is not None, reason=f"needs the extra parallel: {LACKING}")

WAYS_OF_BACKPROP = ["one process", "one process, 2 threads", "locked"]
WAYS_OF_DNI = ["one process", "one process, 2 threads", "lock-step", "decoupled"]


def measurement(way, repeat, seconds, **others):
    row = dict.fromkeys(decoupling.MEASURED, 0.0) | {"core_share": 1.0, "minibatches": 1000}
    return {
        "repeat": repeat,
        "width": 8,
        "batch_size": 10,
        "way": way,
        "conditioning": "output" if way in ("lock-step", "decoupled") else "none",
        **row,
        "seconds": seconds,
        **others,
    }


def every_arm(**changed):
    """Two measurements of each arm of one network, of 0.1 and 0.2 s but for those changed."""
    return [
        measurement(arm.way, repeat, changed.get(arm.way, [0.1, 0.2])[repeat])
        | {"conditioning": arm.conditioning}
        for repeat in range(2)
        for arm in decoupling.arms([8], [10])
    ]


def test_every_network_is_run_in_every_way():
    chosen = decoupling.arms([64, 256], [10, 100])
    assert len(chosen) == len(set(chosen)) == 2 * 2 * (3 + 3 * 4)
    for conditioning in decoupling.CONDITIONINGS:
        ways = [arm.way for arm in chosen if arm[:3] == (64, 10, conditioning)]
        assert ways == (WAYS_OF_BACKPROP if conditioning == "none" else WAYS_OF_DNI)
    for arm in chosen:
        assert arm.setup().hidden == (arm.width,) * decoupling.HIDDEN_LAYERS


def test_summary_by_hand():
    rows = decoupling.summarise(every_arm(decoupled=[0.05, 0.4]))
    backprop, decoupled = rows[0], rows[6]
    assert (backprop["way"], backprop["median_us"], backprop["to_backprop"]) == (
        "one process",
        150.0,
        1.0,
    )
    assert (decoupled["conditioning"], decoupled["way"]) == ("output", "decoupled")
    assert decoupled["repeats"] == 2
    assert [decoupled[f"{name}_us"] for name in ("least", "median", "most")] == [50, 225, 400]
    # Repeat by repeat 0.05 / 0.1 and 0.4 / 0.2.
    assert decoupled["to_backprop"] == 1.25
    assert decoupled["waits_0"] == 0
    assert backprop["waits_0"] is None


def test_a_busy_machine_is_named():
    rows = decoupling.summarise(every_arm())
    assert decoupling.caution(rows) == ""
    assert "took the cores for 40% of the time" in decoupling.caution(
        [row | {"core_share": 0.6} for row in rows]
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--widths", "0"], "'0'; allowed are whole numbers of at least 1"),
        (["--widths", "wide"], "'wide'; allowed are whole numbers of at least 1"),
        (["--batch-sizes", "2000"], "batch_size is 2000; allowed is at most the number of exam"),
        (["--repeats", "0"], "0 is not in the range x>=1"),
    ],
)
def test_bad_input_is_one_line(arguments, message, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(pipeline, "missing", lambda: None)
    with pytest.raises(SystemExit) as ended:
        decoupling.main([str(tmp_path / "out"), *arguments])
    assert ended.value.code == 2
    said = capsys.readouterr().err
    assert said.startswith("synthgrad: error: ")
    assert message in said
    assert said.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_a_missing_extra_is_named(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(pipeline, "missing", lambda: "mpi4py is not installed")
    with pytest.raises(SystemExit) as ended:
        decoupling.main([str(tmp_path)])
    assert ended.value.code == 2
    assert "mpi4py is not installed; `make decoupling` installs it" in capsys.readouterr().err


@needs_mpi
def test_a_small_measurement(tmp_path):
    """The whole program: two ranks measure, tables are written and printed."""
    command = [sys.executable, "-m", "synthgrad.decoupling", tmp_path / "out"]
    command += ["--widths", "16", "--batch-sizes", "10", "--repeats", "2"]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=200, check=False)
    assert ended.returncode == 0, ended.stderr
    measurements = pd.read_csv(tmp_path / "out" / "measurements.csv")
    assert len(measurements) == 2 * 15
    assert (measurements["seconds"] > 0).all()
    summary = pd.read_csv(tmp_path / "out" / "decoupling.csv")
    assert summary["way"].tolist() == WAYS_OF_BACKPROP + 3 * WAYS_OF_DNI
    in_ranks = ~summary["way"].isin(list(decoupling.ALONE))
    # Outputs of the second hidden layer up, gradients at them down.
    assert (summary.loc[in_ranks, ["bytes_up", "bytes_down"]] == 16 * 10 * 8).all(axis=None)
    assert (summary.loc[~in_ranks, ["bytes_up", "bytes_down"]] == 0).all(axis=None)
    assert summary.loc[in_ranks, ["waits_0", "waits_1"]].notna().all(axis=None)
    assert (summary.loc[summary["way"] == "decoupled", "staleness_most"] <= 4).all()
    for way in ("locked", "lock-step", "decoupled"):
        assert way in ended.stdout
    assert "decoupling.csv, of 2 repeats" in ended.stdout


@needs_mpi
def test_ranks_end_with_their_launcher(tmp_path):
    started = subprocess.Popen(
        [sys.executable, "-m", "synthgrad.decoupling", tmp_path / "out"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert started.stdout.readline().startswith("2 ranks on")
    time.sleep(3)
    started.send_signal(signal.SIGTERM)
    # Which returns only once the ranks, too, have closed their standard error.
    started.communicate(timeout=30)
    assert started.returncode == 128 + signal.SIGTERM
    assert not (tmp_path / "out").exists()
