"""Workers in the discrete-event model, whose times are known by hand."""

import numpy as np
import pytest

from synthgrad.parallel.arms import Network
from synthgrad.parallel.event_model import Link, minibatch_seconds

pytest.importorskip("simpy", reason="needs the extra parallel")


def model(operations, workers, way, one_way=0.0, sending=0.0, conditioning="output", **options):
    setup = Network("8-8-8", 8, 10).setup(conditioning)
    links = [Link(sending, one_way)] * (workers - 1)
    return minibatch_seconds(setup, np.array(operations), workers, way, links, **options)


ALIKE = [[1.0, 2.0, 3.0]] * 4


def test_one_worker_does_everything_one_after_another():
    assert model(ALIKE, 1, "locked") == pytest.approx(4 * (1 + 2 + 3))


def test_each_worker_has_its_overhead():
    assert model(ALIKE, 1, "locked", overhead=5.0) == pytest.approx(24 + 5)
    assert model(ALIKE, 1, "locked", parts=5, overhead=5.0) == pytest.approx(24 + 5)
    assert model(ALIKE, 2, "decoupled", overhead=5.0) == pytest.approx(10 + 5)


def test_locked_workers_take_turns():
    # Forward of two layers each, messages, back; the update of one worker is hidden by the other.
    assert model(ALIKE, 2, "locked", one_way=0.5) >= 4 + 8 + 2 * 0.5 + 6
    assert model(ALIKE, 2, "locked", one_way=0.5) <= 24 + 2 * 0.5


def test_micro_batches_overlap():
    assert model(ALIKE, 2, "locked", parts=5) < model(ALIKE, 2, "locked", parts=2)
    assert model(ALIKE, 2, "locked", parts=2) < model(ALIKE, 2, "locked")


def test_decoupled_workers_take_as_long_as_the_busiest():
    # The lower: two forward, one down (the lowest hands nothing down), two generators.
    assert model(ALIKE, 2, "decoupled") == pytest.approx(1 + 1 + 2 + 3 + 3)
    assert model(ALIKE, 2, "decoupled", one_way=6.0) == pytest.approx(10)
    # In step it waits for two messages and for what the upper does between them.
    assert model(ALIKE, 2, "lock-step", one_way=6.0) > 10 + 6


def test_with_few_targets_outstanding_latency_ends_what_decoupling_saves():
    # A target is back after two messages, in which time five minibatches may be under way.
    slow = model(ALIKE, 2, "decoupled", one_way=1000.0)
    assert 2000 / 5 <= slow <= 2100 / 4


def silent(workers, way, **link):
    """Layers with a loss of their own take a second, and the last ten; two workers have the
    lowest layer and the three others."""
    return model(
        [[1.0, 0, 0]] * 3 + [[10.0, 0, 0]], workers, way, conditioning="local-loss", **link
    )


def test_where_nothing_comes_down_workers_take_as_long_as_the_busiest():
    assert silent(2, "decoupled", overhead=5.0) == pytest.approx(5 + 12)
    assert silent(4, "decoupled", one_way=9.0) == pytest.approx(10)


def test_in_step_a_worker_hears_of_each_message_before_it_goes_on():
    assert silent(2, "lock-step", one_way=9.0) == pytest.approx(1 + 2 * 9)
    # Five messages at a time are under way, there and back.
    assert silent(2, "decoupled", one_way=100.0) == pytest.approx(2 * 100 / 5, rel=0.1)
