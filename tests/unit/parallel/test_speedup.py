"""From times of minibatches to time saved, on a made-up machine."""

import made_up_times
import numpy as np
import pandas as pd
import pytest
from package import ROOT

from synthgrad.claims.judge import judge
from synthgrad.parallel.arms import Arm, Network, networks_of
from synthgrad.parallel.speedup import answer, layer_operations, summarise, to_95
from synthgrad.study.config import read_claims, read_config
from synthgrad.study.expansion import parse_study
from synthgrad.study.ranks import seeds_in_ranks

EPOCHS = {"backprop": 10.0, "dni[output]": 40.0, "dni[label]": 12.0, "dni[output+label]": np.nan}


@pytest.fixture(scope="module")
def study():
    return parse_study(
        read_config(ROOT / "config" / "config.yaml"),
        ROOT / "workflow" / "schemas" / "config.schema.yaml",
    )


@pytest.fixture(scope="module")
def times(study):
    own = [network for network in networks_of(study) if network.hidden == "128-64"]
    return made_up_times.times(own)


@pytest.fixture(scope="module")
def seconds(study, times):
    return to_95(
        study, times, made_up_times.outcomes(study, EPOCHS), made_up_times.decoupled(study)
    )


def test_seconds_are_minibatches_times_the_time_of_one(study, seconds):
    rows = seconds.query("method == 'dni[output]' and bits == 8 and way == 'decoupled'")
    arm = Arm("128-64", 8, 10, "output", "decoupled")
    # Seed 103 has the time of repeat 1 of 3.
    [row] = rows[rows["seed"] == 103].to_dict("records")
    assert row["minibatches_to_95"] == 40 * 100
    assert row["seconds_to_95"] == pytest.approx(4000 * 1.01 * made_up_times.minibatch(arm))
    epochs = study.experiments["headline"][0][1].setup.epochs
    assert row["seconds"] == pytest.approx(epochs * 100 * 1.01 * made_up_times.minibatch(arm))
    assert len(rows) == 30


def test_what_is_not_reached_has_no_time(seconds):
    assert seconds.query("method == 'dni[output+label]'")["seconds_to_95"].isna().all()


def test_affords_is_against_the_fastest_way_of_backprop(times):
    summary = summarise(times)
    [row] = summary.query("bits == 8 and conditioning == 'label' and way == 'decoupled'").to_dict(
        "records"
    )
    assert row["rival"] == "locked, 5 parts"
    arms = [Arm("128-64", 8, 10, *end) for end in (("none", row["rival"]),)]
    own = Arm("128-64", 8, 10, "label", "decoupled")
    expected = made_up_times.minibatch(arms[0]) / made_up_times.minibatch(own)
    assert row["affords"] == pytest.approx(expected, rel=1e-3)
    assert summary.loc[summary["way"] != "decoupled", "affords"].isna().all()


def test_the_answer_by_hand(study, times, seconds):
    summary = summarise(times)
    answers = answer(seconds, summary, study).set_index(["method", "bits"])
    assert answers.loc["dni[output]", "needs"].eq(4.0).all()
    assert answers.loc["dni[label]", "needs"].eq(1.2).all()
    assert np.isinf(answers.loc["dni[output+label]", "needs"]).all()
    assert (answers["saves_time"] == (answers["seconds"] < answers["rival_seconds"])).all()
    assert not answers.loc["dni[output]", "saves_time"].any()
    [row] = answers.loc[[("dni[label]", 8)]].to_dict("records")
    assert row["rival_minibatches"] == 1000
    assert row["seconds"] / row["rival_seconds"] == pytest.approx(
        row["needs"] / row["affords"], rel=0.02
    )


def test_operations_by_hand():
    network = Network("64-32", 8, 10)
    table = layer_operations([network]).set_index(["conditioning", "layer"])
    # Forward, back and update of 64 x 32; a generator on 32 outputs predicts and is updated.
    assert table.loc[("none", 2), "operations"] == 2 * 10 * 3 * 64 * 32
    assert table.loc[("output", 2), "operations"] == 2 * 10 * (3 * 64 * 32 + 2 * 32 * 32)
    assert table.loc[("output", 2), "generator_share"] == pytest.approx(1 / 4)
    assert table.loc[("label", 2), "generator_share"] == pytest.approx(2 * 8 / (3 * 64 + 2 * 8))
    assert table.loc[("none", 2), "generator_share"] == 0
    # A readout of 8 units predicts, is updated and hands down; nothing comes down to its layer.
    assert table.loc[("local-loss", 2), "operations"] == 2 * 10 * (2 * 64 * 32 + 3 * 32 * 8)
    assert table.loc[("local-loss", 2), "parameter_bytes"] == 8 * (64 * 32 + 33 * 8)
    down = table["message_bytes_down"]
    assert (down[["local-loss"]] == 0).all()
    others = ["none", "output", "label", "output+label"]
    assert (down[others] == table.loc[others, "message_bytes"]).all()
    assert table.loc[("output", 2), "parameter_bytes"] == 8 * (64 * 32 + 33 * 32)
    assert (table.loc[(slice(None), 1), "message_bytes"] == 8 * 10 * 64).all()
    assert table.loc[("output", 3), "generator_share"] == 0


def judged(study, times, epochs_to_95):
    listed = read_claims(
        ROOT / "config" / "claims.yaml", ROOT / "workflow" / "schemas" / "claims.schema.yaml"
    )
    chosen = {name: listed[name] for name in ("isolation-saves-time", "late-targets")}
    outcomes = made_up_times.outcomes(study, epochs_to_95)
    runs = outcomes.assign(epoch=1, alignment_1=0.0)
    seconds = to_95(study, times, outcomes, made_up_times.decoupled(study))
    return judge(chosen, runs, outcomes, 0, seconds)


@pytest.mark.parametrize(
    ("epochs", "verdict"), [(2.0, "reproduced"), (100.0, "contradicted"), (None, "mixed")]
)
def test_the_claim_is_judged_by_the_clock(study, times, epochs, verdict):
    spread = EPOCHS | {method: epochs for method in EPOCHS if method != "backprop"}
    if epochs is None:
        spread = {"backprop": 10.0, "dni[output]": 100.0, "dni[label]": 2.0}
        spread["dni[output+label]"] = 2.0
    table = judged(study, times, spread)
    rows = table[table["claim"] == "isolation-saves-time"]
    assert len(rows) == 2 * 3 * 5
    assert set(rows["verdict"]) == {verdict}
    late = table[table["claim"] == "late-targets"]
    assert set(late["verdict"]) == {"reproduced"}
    # Seeds that are not trained in ranks are not seeds of which nothing is known.
    assert (late["n"] == len(seeds_in_ranks(study))).all()
    assert (late["note"] == "").all()


def test_without_ranks_the_claim_is_not_tested(study):
    listed = read_claims(
        ROOT / "config" / "claims.yaml", ROOT / "workflow" / "schemas" / "claims.schema.yaml"
    )
    outcomes = made_up_times.outcomes(study, EPOCHS)
    runs = outcomes.assign(epoch=1)
    chosen = {"isolation-saves-time": listed["isolation-saves-time"]}
    rows = judge(chosen, runs, outcomes, 0)
    assert set(rows["verdict"]) == {"not tested"}
    assert set(rows["note"]) == {"the run has no experiment decoupling"}
    assert isinstance(rows, pd.DataFrame)
