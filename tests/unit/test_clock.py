"""From times of minibatches to time saved, on a made-up machine."""

from pathlib import Path

import made_up_times as made_up
import numpy as np
import pandas as pd
import pytest

from synthgrad.claims import judge as claims
from synthgrad.parallel import event_model as simulation
from synthgrad.parallel import speedup as clock
from synthgrad.parallel import timing as decoupling
from synthgrad.parallel import workers as scaling
from synthgrad.study.config import read_claims, read_config
from synthgrad.study.experiments import parse_study

ROOT = Path(__file__).parents[2]
EPOCHS = {"backprop": 10.0, "dni[output]": 40.0, "dni[label]": 12.0, "dni[output+label]": np.nan}

needs_simpy = pytest.mark.skipif(
    simulation.missing() is not None, reason=f"needs the extra parallel: {simulation.missing()}"
)


@pytest.fixture(scope="module")
def study():
    return parse_study(
        read_config(ROOT / "config" / "config.yaml"),
        ROOT / "workflow" / "schemas" / "config.schema.yaml",
    )


@pytest.fixture(scope="module")
def times(study):
    own = [network for network in decoupling.networks_of(study) if network.hidden == "128-64"]
    return made_up.times(own)


@pytest.fixture(scope="module")
def seconds(study, times):
    return clock.to_95(study, times, made_up.outcomes(study, EPOCHS), made_up.decoupled(study))


def test_seconds_are_minibatches_times_the_time_of_one(study, seconds):
    rows = seconds.query("method == 'dni[output]' and bits == 8 and way == 'decoupled'")
    arm = decoupling.Arm("128-64", 8, 10, "output", "decoupled")
    # Seed 4 has the time of repeat 1 of 3.
    [row] = rows[rows["seed"] == 4].to_dict("records")
    assert row["minibatches_to_95"] == 40 * 100
    assert row["seconds_to_95"] == pytest.approx(4000 * 1.01 * made_up.minibatch(arm))
    epochs = study.experiments["headline"][0][1].setup.epochs
    assert row["seconds"] == pytest.approx(epochs * 100 * 1.01 * made_up.minibatch(arm))
    assert len(rows) == 30


def test_what_is_not_reached_has_no_time(seconds):
    assert seconds.query("method == 'dni[output+label]'")["seconds_to_95"].isna().all()


def test_affords_is_against_the_fastest_way_of_backprop(times):
    summary = clock.summarise(times)
    [row] = summary.query("bits == 8 and conditioning == 'label' and way == 'decoupled'").to_dict(
        "records"
    )
    assert row["rival"] == "locked, 5 parts"
    arms = [decoupling.Arm("128-64", 8, 10, *end) for end in (("none", row["rival"]),)]
    own = decoupling.Arm("128-64", 8, 10, "label", "decoupled")
    expected = made_up.minibatch(arms[0]) / made_up.minibatch(own)
    assert row["affords"] == pytest.approx(expected, rel=1e-3)
    assert summary.loc[summary["way"] != "decoupled", "affords"].isna().all()


def test_the_answer_by_hand(study, times, seconds):
    summary = clock.summarise(times)
    answer = clock.answer(seconds, summary, study).set_index(["method", "bits"])
    assert answer.loc["dni[output]", "needs"].eq(4.0).all()
    assert answer.loc["dni[label]", "needs"].eq(1.2).all()
    assert np.isinf(answer.loc["dni[output+label]", "needs"]).all()
    assert (answer["saves_time"] == (answer["affords"] > answer["needs"])).all()
    assert not answer.loc["dni[output]", "saves_time"].any()
    [row] = answer.loc[[("dni[label]", 8)]].to_dict("records")
    assert row["rival_minibatches"] == 1000
    assert row["seconds"] / row["rival_seconds"] == pytest.approx(
        row["needs"] / row["affords"], rel=0.02
    )


def test_operations_by_hand():
    network = decoupling.Network("64-32", 8, 10)
    table = clock.operations([network]).set_index(["conditioning", "layer"])
    # Forward, back and update of 64 x 32; a generator on 32 outputs predicts and is updated.
    assert table.loc[("none", 2), "operations"] == 2 * 10 * 3 * 64 * 32
    assert table.loc[("output", 2), "operations"] == 2 * 10 * (3 * 64 * 32 + 2 * 32 * 32)
    assert table.loc[("output", 2), "generator_share"] == pytest.approx(1 / 4)
    assert table.loc[("label", 2), "generator_share"] == pytest.approx(2 * 8 / (3 * 64 + 2 * 8))
    assert table.loc[("none", 2), "generator_share"] == 0
    assert table.loc[("output", 2), "parameter_bytes"] == 8 * (64 * 32 + 33 * 32)
    assert (table.loc[(slice(None), 1), "message_bytes"] == 8 * 10 * 64).all()
    assert table.loc[("output", 3), "generator_share"] == 0


def model(operations, workers, way, one_way=0.0, sending=0.0, **options):
    setup = decoupling.Network("8-8-8", 8, 10).setup("none")
    links = [simulation.Link(sending, one_way)] * (workers - 1)
    return simulation.minibatch_seconds(setup, np.array(operations), workers, way, links, **options)


ALIKE = [[1.0, 2.0, 3.0]] * 4


@needs_simpy
def test_one_worker_does_everything_one_after_another():
    assert model(ALIKE, 1, "locked") == pytest.approx(4 * (1 + 2 + 3))


@needs_simpy
def test_each_worker_has_its_overhead():
    assert model(ALIKE, 1, "locked", overhead=5.0) == pytest.approx(24 + 5)
    assert model(ALIKE, 1, "locked", parts=5, overhead=5.0) == pytest.approx(24 + 5)
    assert model(ALIKE, 2, "decoupled", overhead=5.0) == pytest.approx(10 + 5)


@needs_simpy
def test_locked_workers_take_turns():
    # Forward of two layers each, messages, back; the update of one worker is hidden by the other.
    assert model(ALIKE, 2, "locked", one_way=0.5) >= 4 + 8 + 2 * 0.5 + 6
    assert model(ALIKE, 2, "locked", one_way=0.5) <= 24 + 2 * 0.5


@needs_simpy
def test_micro_batches_overlap():
    assert model(ALIKE, 2, "locked", parts=5) < model(ALIKE, 2, "locked", parts=2)
    assert model(ALIKE, 2, "locked", parts=2) < model(ALIKE, 2, "locked")


@needs_simpy
def test_decoupled_workers_take_as_long_as_the_busiest():
    # The lower: two forward, one down (the lowest hands nothing down), two generators.
    assert model(ALIKE, 2, "decoupled") == pytest.approx(1 + 1 + 2 + 3 + 3)
    assert model(ALIKE, 2, "decoupled", one_way=6.0) == pytest.approx(10)
    # In step it waits for two messages and for what the upper does between them.
    assert model(ALIKE, 2, "lock-step", one_way=6.0) > 10 + 6


@needs_simpy
def test_with_few_targets_outstanding_latency_ends_what_decoupling_saves():
    # A target is back after two messages, in which time five minibatches may be under way.
    slow = model(ALIKE, 2, "decoupled", one_way=1000.0)
    assert 2000 / 5 <= slow <= 2100 / 4


@needs_simpy
def test_the_model_is_held_beside_what_was_measured():
    networks = decoupling.uniform([64], [1, 3], [10])
    summary = clock.summarise(made_up.times(networks))
    table = scaling.validate(summary, made_up.layers(networks), made_up.messages(networks))
    assert len(table) == 2 * (3 + 2 * 3)
    expected = table["modelled_us"] / table["measured_us"] - 1
    np.testing.assert_allclose(table["error"], expected)
    assert (table["modelled_us"] > 0).all()


@needs_simpy
def test_simulated_workers(monkeypatch):
    monkeypatch.setattr(scaling, "LATENCIES", (1e-6, 1e-1))
    networks = decoupling.uniform([64], [3], [10])
    table = scaling.simulate(made_up.layers(networks), made_up.messages(networks))
    assert set(table["source"]) == {"simulated"}
    assert set(table["workers"]) == set(scaling.WORKERS)
    decoupled = table[table["way"] == "decoupled"].pivot_table(
        index="workers", columns="latency_us", values="us"
    )
    # More workers help where links are fast; slow links cost.
    assert decoupled[1.0].is_monotonic_decreasing
    assert (decoupled[1e5] > decoupled[1.0]).all()
    # No way of locked workers beats one worker when links are slow.
    slow = table[(table["latency_us"] == 1e5) & table["affords"].notna()]
    assert (slow["rival"] == "one process").all()


@needs_simpy
def test_nothing_is_simulated_where_no_network_of_three_layers_was_measured():
    networks = decoupling.uniform([64], [1], [10])
    table = scaling.simulate(made_up.layers(networks), made_up.messages(networks))
    assert list(table) == list(scaling.SIMULATED)
    assert table.empty


def judged(study, times, epochs_to_95):
    listed = read_claims(
        ROOT / "config" / "claims.yaml", ROOT / "workflow" / "schemas" / "claims.schema.yaml"
    )
    chosen = {name: listed[name] for name in ("isolation-saves-time", "late-targets")}
    outcomes = made_up.outcomes(study, epochs_to_95)
    runs = outcomes.assign(epoch=1, alignment_1=0.0)
    seconds = clock.to_95(study, times, outcomes, made_up.decoupled(study))
    return claims.judge(chosen, runs, outcomes, 199, 0, seconds)


@pytest.mark.parametrize(
    ("epochs", "verdict"), [(2.0, "reproduced"), (100.0, "not reproduced"), (None, "partly")]
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
    assert set(table.loc[table["claim"] == "late-targets", "verdict"]) == {"reproduced"}


def test_without_ranks_the_claim_is_not_tested(study):
    listed = read_claims(
        ROOT / "config" / "claims.yaml", ROOT / "workflow" / "schemas" / "claims.schema.yaml"
    )
    outcomes = made_up.outcomes(study, EPOCHS)
    runs = outcomes.assign(epoch=1)
    chosen = {"isolation-saves-time": listed["isolation-saves-time"]}
    rows = claims.judge(chosen, runs, outcomes, 199, 0)
    assert set(rows["verdict"]) == {"not tested"}
    assert set(rows["note"]) == {"the run has no experiment decoupling"}
    assert isinstance(rows, pd.DataFrame)
