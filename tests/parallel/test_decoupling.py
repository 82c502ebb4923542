"""The measurement of ranks beside one process."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from synthgrad.cli.main import main
from synthgrad.parallel import arms, mpi, speedup, timing
from synthgrad.study.config import read_config
from synthgrad.study.expansion import parse_study
from synthgrad.study.ranks import IN_RANKS

ROOT = Path(__file__).parents[2]
LACKING = mpi.missing()
needs_mpi = pytest.mark.skipif(LACKING is not None, reason=f"needs the extra parallel: {LACKING}")

PARTS = ["locked, 2 parts", "locked, 5 parts"]
WAYS_OF_BACKPROP = ["one process", "one process, 2 threads", "locked", *PARTS]
WAYS_OF_DNI = ["one process", "lock-step", "decoupled"]
NETWORK = arms.Network("8-8-8", 8, 10)
COMMAND = [sys.executable, "-c", "from synthgrad.cli.main import main; main()", "decoupling"]


@pytest.fixture(scope="module")
def full_study():
    return parse_study(
        read_config(ROOT / "config" / "config.yaml"),
        ROOT / "workflow" / "schemas" / "config.schema.yaml",
    )


def measurement(way, repeat, seconds, **others):
    row = dict.fromkeys(timing.MEASURED, 0.0) | {"core_share": 1.0, "minibatches": 1000}
    return {
        "repeat": repeat,
        **NETWORK._asdict(),
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
        for arm in arms.arms_of(NETWORK)
    ]


def test_every_network_is_run_in_every_way():
    for network in arms.uniform([64, 256], [1, 3], [10, 100]):
        chosen = arms.arms_of(network)
        assert len(chosen) == len(set(chosen)) == 5 + 4 * 3
        for conditioning in IN_RANKS:
            ways = [arm.way for arm in chosen if arm.conditioning == conditioning]
            assert ways == (WAYS_OF_BACKPROP if conditioning == "none" else WAYS_OF_DNI)
        assert {arm.network for arm in chosen} == {network}


def test_networks_by_hand():
    networks = arms.uniform([64], [1, 3], [10])
    assert networks == [("64", 8, 10), ("64-64-64", 8, 10)]
    setup = networks[1].setup("output+label")
    assert (setup.method, setup.hidden, setup.batch_size) == ("dni[output+label]", (64,) * 3, 10)


def test_minibatches_are_split_into_equal_parts_only():
    assert NETWORK._replace(batch_size=5).parts() == {"locked": 1, "locked, 5 parts": 5}
    ways = [arm.way for arm in arms.arms_of(NETWORK._replace(batch_size=3))]
    assert not set(ways) & set(PARTS)


def test_what_a_study_measures(full_study):
    networks = arms.networks_of(full_study)
    assert networks[:5] == [("128-64", bits, 10) for bits in (4, 6, 8, 10, 12)]
    assert len(networks) == len(set(networks))
    hidden = {network.hidden for network in networks}
    assert {"64", "1024-1024-1024", "256-256-256-256-256"} <= hidden
    assert {network.batch_size for network in networks} == {10, 50, 200}


def test_the_sizes_of_messages():
    # Outputs of the layer below the border, of 8 bytes each, whole, in halves and in fifths.
    networks = arms.uniform([64], [3], [10])
    assert timing.message_sizes(networks) == [8 * 64 * 2, 8 * 64 * 5, 8 * 64 * 10]


def test_summary_by_hand():
    summary = speedup.summarise(pd.DataFrame(every_arm(decoupled=[0.05, 0.4])))
    backprop, decoupled = summary.iloc[0], summary.iloc[10]
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
    assert np.isnan(backprop["waits_0"])
    # All ways of backprop take 0.1 and 0.2 s, and the first of them stands for them.
    assert (decoupled["rival"], decoupled["affords"]) == ("one process", 150 / 225)


def test_a_busy_machine_is_named():
    summary = speedup.summarise(pd.DataFrame(every_arm()))
    assert speedup.caution(summary) == ""
    busy = speedup.caution(summary.assign(core_share=0.6))
    assert "took the cores for 40% of the time" in busy


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--widths", "0"], "'0'; allowed are whole numbers of at least 1"),
        (["--widths", "wide"], "'wide'; allowed are whole numbers of at least 1"),
        (["--depths", "1,-1"], "'1,-1'; allowed are whole numbers of at least 1"),
        (["--batch-sizes", "2000"], "batch_size is 2000; allowed is at most the number of exam"),
        (["--widths", "1000000", "--depths", "3"], "allowed is what needs at most 64000 MB"),
        (["--repeats", "0"], "0 is not in the range x>=1"),
    ],
)
def test_bad_input_is_one_line(arguments, message, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(mpi, "missing", lambda: None)
    with pytest.raises(SystemExit) as ended:
        main(["decoupling", str(tmp_path / "out"), *arguments])
    assert ended.value.code == 2
    said = capsys.readouterr().err
    assert said.startswith("synthgrad: error: ")
    assert message in said
    assert said.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_a_missing_extra_is_named(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(mpi, "missing", lambda: "mpi4py is not installed")
    with pytest.raises(SystemExit) as ended:
        main(["decoupling", str(tmp_path)])
    assert ended.value.code == 2
    assert "mpi4py is not installed; `make decoupling` installs it" in capsys.readouterr().err


def test_ranks_that_fail_are_no_bad_input(tmp_path, capsys, monkeypatch):
    def fail(*_):
        raise mpi.RanksEnded("one of 2 ranks ended early")

    monkeypatch.setattr(mpi, "missing", lambda: None)
    monkeypatch.setattr(timing, "in_ranks", fail)
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    with pytest.raises(SystemExit) as ended:
        main(["decoupling", str(tmp_path / "out")])
    assert ended.value.code == 1
    assert capsys.readouterr().err == "synthgrad: error: one of 2 ranks ended early\n"


@needs_mpi
def test_a_small_measurement(tmp_path):
    """The whole program: two ranks measure, tables are written and printed."""
    command = [*COMMAND, tmp_path / "out"]
    command += ["--widths", "16", "--depths", "3", "--batch-sizes", "10", "--repeats", "2"]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=200, check=False)
    assert ended.returncode == 0, ended.stderr
    times, layers, messages = (
        pd.read_csv(tmp_path / "out" / f"decoupling_{table}.csv") for table in timing.TABLES
    )
    assert len(times) == 2 * (5 + 4 * 3)
    assert (times["seconds"] > 0).all()
    # Four layers, of backprop whole, in 2 and in 5 parts, with readouts and three generators.
    assert len(layers) == 2 * 4 * (3 + 4)
    assert (layers["forward_us"] > 0).all()
    # Two layers for each rank, the lower of which has its overhead.
    by_layer = layers.groupby("layer")["overhead_us"].median()
    assert (by_layer[[1, 3]] > 0).all()
    assert (by_layer[[2, 4]] == 0).all()
    backprop, local = (layers["conditioning"] == name for name in ("none", "local-loss"))
    has_generator = ~backprop & ~local & (layers["layer"] < 4)
    assert ((layers["update_us"] > 0) == (has_generator | backprop)).all()
    assert ((layers["down_us"] > 0) == ((layers["layer"] > 1) & ~local | backprop)).all()
    assert sorted(messages["bytes"]) == [8 * 16 * size for size in (2, 2, 5, 5, 10, 10)]
    assert (messages[["one_way_us", "sending_us"]] > 0).all(axis=None)
    summary = pd.read_csv(tmp_path / "out" / "decoupling.csv")
    assert summary["way"].tolist() == WAYS_OF_BACKPROP + 4 * WAYS_OF_DNI
    assert (summary["affords"].notna() == (summary["way"] == "decoupled")).all()
    in_ranks = ~summary["way"].isin(list(arms.ALONE))
    # Outputs of a hidden layer up and, unless they have losses of their own, gradients down.
    local = summary["conditioning"] == "local-loss"
    assert (summary.loc[in_ranks, "bytes_up"] == 16 * 10 * 8).all()
    assert (summary.loc[in_ranks & ~local, "bytes_down"] == 16 * 10 * 8).all()
    assert (summary.loc[local, "bytes_down"] == 0).all()
    assert summary.loc[local, "staleness_most"].isna().all()
    assert (summary.loc[~in_ranks, ["bytes_up", "bytes_down"]] == 0).all(axis=None)
    assert summary.loc[in_ranks, ["waits_0", "waits_1"]].notna().all(axis=None)
    assert (summary.loc[(summary["way"] == "decoupled") & ~local, "staleness_most"] <= 4).all()
    for way in ("locked", "lock-step", "decoupled"):
        assert way in ended.stdout
    assert "decoupling.csv, of 2 repeats" in ended.stdout


@needs_mpi
def test_ranks_end_with_their_launcher(tmp_path):
    started = subprocess.Popen(
        [*COMMAND, tmp_path / "out"],
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
