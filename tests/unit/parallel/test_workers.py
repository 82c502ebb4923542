"""The model beside what was measured, and what it says of more workers, on a made-up machine."""

import made_up_times
import numpy as np
import pytest

from synthgrad.parallel.arms import uniform
from synthgrad.parallel.speedup import summarise
from synthgrad.parallel.workers import SIMULATED, WORKERS, simulate, validate

pytest.importorskip("simpy", reason="needs the extra parallel")


def test_the_model_is_held_beside_what_was_measured():
    networks = uniform([64], [1, 3], [10])
    summary = summarise(made_up_times.times(networks))
    table = validate(summary, made_up_times.layers(networks), made_up_times.messages(networks))
    assert len(table) == 2 * (3 + 2 * 4)
    expected = table["modelled_us"] / table["measured_us"] - 1
    np.testing.assert_allclose(table["error"], expected)
    assert (table["modelled_us"] > 0).all()


def test_simulated_workers(monkeypatch):
    monkeypatch.setattr("synthgrad.parallel.workers.LATENCIES", (1e-6, 1e-1))
    networks = uniform([64], [3], [10])
    table = simulate(made_up_times.layers(networks), made_up_times.messages(networks))
    assert set(table["source"]) == {"simulated"}
    assert set(table["workers"]) == set(WORKERS)
    decoupled = table[table["way"] == "decoupled"].pivot_table(
        index="workers", columns="latency_us", values="us"
    )
    # More workers help where links are fast; slow links cost.
    assert decoupled[1.0].is_monotonic_decreasing
    assert (decoupled[1e5] > decoupled[1.0]).all()
    # No way of locked workers beats one worker when links are slow.
    slow = table[(table["latency_us"] == 1e5) & table["affords"].notna()]
    assert (slow["rival"] == "one process").all()


def test_nothing_is_simulated_where_no_network_of_three_layers_was_measured():
    networks = uniform([64], [1], [10])
    table = simulate(made_up_times.layers(networks), made_up_times.messages(networks))
    assert list(table) == list(SIMULATED)
    assert table.empty
