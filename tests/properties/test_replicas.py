"""Replicas are an axis: whatever trains side by side comes out bit for bit as if alone."""

import zlib
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synthgrad.core.setup import CONDITIONS, UNDECOUPLED, Setup
from synthgrad.core.streams import paired_draws
from synthgrad.core.tasks import draw_examples
from synthgrad.core.training import measures
from synthgrad.core.training.loop import train
from synthgrad.core.training.stack import STACK_BYTES, stack_size

SUBSETS = [subset for n in (1, 2, 3, 4) for subset in combinations(CONDITIONS, n)]
METHODS = [*UNDECOUPLED, *(f"dni[{'+'.join(subset)}]" for subset in SUBSETS)]
UNSTABLE = 1e30
LIMIT = "synthgrad.core.training.stack.STACK_BYTES"

few = settings(deadline=None, derandomize=True, max_examples=25)

methods = st.sampled_from(METHODS)
dni_methods = st.sampled_from([method for method in METHODS if method.startswith("dni")])


def may_skip(method):
    """Whether updates may be skipped at random."""
    return method.startswith("dni") or method in ("local-loss", "frozen")


@st.composite
def setups(draw, method=methods):
    """Small networks of every kind; 3 bits leave some seeds fewer held-out pairs than others."""
    batch_size = draw(st.sampled_from([1, 3, 8]))
    chosen = draw(method)
    return Setup(
        method=chosen,
        bits=draw(st.sampled_from([3, 5])),
        examples=3 * batch_size + draw(st.integers(0, 2)),
        heldout_examples=6,
        hidden=draw(st.sampled_from([(1,), (6,), (7, 4), (4, 3, 5)])),
        bias=draw(st.booleans()),
        initial_weights=draw(st.sampled_from(["normal", "glorot"])),
        nudged=draw(st.booleans()),
        last_step_factor=draw(st.sampled_from([1.0, 0.3])),
        activation=draw(st.sampled_from(["sigmoid", "sigmoid", "tanh", "relu"])),
        forward_batchnorm=draw(st.booleans()),
        generator_hidden=draw(st.sampled_from([0, 0, 5])) if chosen != "local-loss" else 0,
        generator_step=draw(st.sampled_from(["plain", "normalised"])),
        generator_bias=draw(st.booleans()),
        generator_scale=draw(st.sampled_from([0.0, 0.3])),
        decouple_last=draw(st.booleans()) and chosen.startswith("dni"),
        epochs=3,
        batch_size=batch_size,
        shuffle=draw(st.booleans()),
        update_probability=draw(st.sampled_from([1.0, 0.4])) if may_skip(chosen) else 1.0,
        bias_reduction=draw(st.sampled_from(["sum", "mean"])),
        draws=draw(st.sampled_from(["paired", "published"])),
    )


step_sizes = st.floats(0, 2)
generator_step_sizes = st.floats(0, 0.1)
replicas = st.lists(
    st.tuples(st.integers(0, 2**32 - 1), step_sizes, generator_step_sizes), min_size=1, max_size=4
)


def fingerprints(layers):
    """A checksum of all parameters of each replica."""
    parameters = [p for layer in layers for p in layer.parameters()]
    for layer in layers:
        if layer.batchnorm is not None:
            norm = layer.batchnorm
            parameters += [norm.gain, norm.shift, norm.running_mean, norm.running_variance]
    return [zlib.crc32(b"".join(p.tobytes() for p in row)) for row in zip(*parameters)]


def train_all(setup, stack):
    """The history of replicas, with a measure more: the fingerprint after each epoch."""
    seeds, step_size, generator_step_size = zip(*stack)
    taken = np.full((len(seeds), setup.epochs + 1), np.nan)
    done = np.zeros(setup.epochs + 1, dtype=int)

    def keep(epoch, accuracy, stack):
        if len(stack.places):
            taken[done[epoch] + stack.places, epoch] = fingerprints(stack.layers)
        done[epoch] += len(accuracy)

    history = train(
        setup, seeds, step_size=step_size, generator_step_size=generator_step_size, watch=keep
    )
    history.measures["parameters"] = taken
    return history


def assert_same_replica(history, replica, other, other_replica):
    """All that the histories say of these replicas is equal to the last bit."""
    assert history.measures.keys() == other.measures.keys()
    for name, values in history.measures.items():
        pair = values[replica], other.measures[name][other_replica]
        assert np.array_equal(*pair, equal_nan=True), name
    names = ("seeds", "step_size", "generator_step_size", "chance", "diverged_at", "done_at")
    for name in (*names, "answers"):
        pair = getattr(history, name)[replica], getattr(other, name)[other_replica]
        assert np.array_equal(*pair, equal_nan=True), name


@few
@given(setups(), replicas)
def test_each_replica_of_a_stack_is_as_if_alone(setup, stack):
    together = train_all(setup, stack)
    assert np.isfinite(together.measures["parameters"]).all()
    for k, replica in enumerate(stack):
        assert_same_replica(together, k, train_all(setup, [replica]), 0)


@few
@given(setups(), replicas, st.integers(1, 3))
def test_the_split_into_stacks_changes_nothing(setup, stack, size):
    together = train_all(setup, stack)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(LIMIT, size * STACK_BYTES // stack_size(setup))
        assert stack_size(setup) <= size
        split = train_all(setup, stack)
    for k in range(len(stack)):
        assert_same_replica(together, k, split, k)


@few
@given(setups(), replicas, st.randoms(use_true_random=False))
def test_the_order_of_replicas_does_not_matter(setup, stack, random):
    order = list(range(len(stack)))
    random.shuffle(order)
    history = train_all(setup, stack)
    shuffled = train_all(setup, [stack[k] for k in order])
    for k, original in enumerate(order):
        assert_same_replica(shuffled, k, history, original)


@few
@given(setups(dni_methods), replicas, st.data())
def test_a_diverging_replica_changes_no_bit_of_another(setup, stack, data):
    position = data.draw(st.integers(0, len(stack)))
    unstable = (data.draw(st.integers(0, 99)), 1.0, UNSTABLE)
    mixed = [*stack[:position], unstable, *stack[position:]]
    history = train_all(setup, mixed)
    for k, replica in enumerate(mixed):
        if k != position:
            assert_same_replica(history, k, train_all(setup, [replica]), 0)


def diverging(after_step=None):
    setup = Setup(
        method="dni[output]",
        bits=3,
        examples=40,
        hidden=(6, 4),
        epochs=12,
        generator_scale=0.3,
        heldout_examples=5,
    )
    return setup, train(
        setup,
        [0, 1, 2],
        step_size=[1.0] * 3,
        generator_step_size=[0.01, UNSTABLE, 0.01],
        after_step=after_step,
    )


def test_divergence_is_recorded_for_the_replica_that_diverged_and_its_epoch():
    finite = []
    setup, history = diverging(lambda layers, targets: finite.append(measures.is_finite(layers)))
    assert np.isnan(history.diverged_at[[0, 2]]).all()
    epoch = int(history.diverged_at[1])
    assert 1 <= epoch < setup.epochs
    # Up to the epoch before, all four minibatches left finite parameters; in this one not all.
    assert all(each.all() for each in finite[: 4 * (epoch - 1)])
    assert not finite[4 * epoch - 1][1]
    assert len(finite[4 * epoch]) == 2


@few
@given(setups(), replicas)
def test_steps_taken_one_by_one_give_the_same_bits(setup, stack):
    seeds, *sizes = zip(*stack)
    sizes = dict(zip(("step_size", "generator_step_size"), sizes, strict=True))
    recorded = train(setup, seeds, **sizes)
    by_step = train(setup, seeds, **sizes, after_step=lambda layers, targets: None)
    for k in range(len(stack)):
        assert_same_replica(recorded, k, by_step, k)


def test_a_diverged_replica_is_scored_as_chance_from_then_on():
    _, history = diverging()
    epoch = int(history.diverged_at[1])
    accuracy = history.measures["bit_accuracy"][1]
    assert np.all(accuracy[epoch:] == history.chance[1])
    assert np.any(accuracy[:epoch] != history.chance[1])


def test_the_other_measures_of_a_diverged_replica_are_undefined_from_then_on():
    _, history = diverging()
    epoch = int(history.diverged_at[1])
    accuracies = {"bit_accuracy", "sum_accuracy", "heldout_bit_accuracy", "heldout_sum_accuracy"}
    assert len(history.measures) > len(accuracies)
    assert np.isfinite(history.measures["mse"][1, :epoch]).all()
    for name in history.measures.keys() - accuracies:
        assert np.isnan(history.measures[name][1, epoch:]).all(), name
        assert np.isfinite(history.measures[name][[0, 2], epoch:]).all(), name


@pytest.mark.parametrize("generator_step_size", [(UNSTABLE, 0.01), (0.01, UNSTABLE)])
def test_a_stack_that_diverges_as_a_whole_takes_no_measure_from_another(
    monkeypatch, generator_step_size
):
    setup, _ = diverging()
    # Nothing but accuracies is ever taken of a replica that diverges before its first record.
    sizes = {"generator_step_size": generator_step_size, "record": [setup.epochs]}
    together = train(setup, [0, 1], **sizes)
    monkeypatch.setattr(LIMIT, 1)
    split = train(setup, [0, 1], **sizes)
    assert np.isnan(together.diverged_at).sum() == 1
    for replica in (0, 1):
        assert_same_replica(together, replica, split, replica)


def test_chance_is_the_accuracy_of_the_best_constant_on_the_training_examples():
    _, history = diverging()
    bits, examples = 3, 40
    for replica, seed in enumerate((0, 1, 2)):
        stream = np.random.RandomState(
            np.random.MT19937(np.random.SeedSequence(seed, spawn_key=(0,)))
        )
        left, right = ((stream.rand(examples) * 4).astype(int) for _ in range(2))
        sums = [format(total, f"0{bits}b") for total in left + right]
        # The best constant takes, for each bit, the digit that is more frequent.
        right_bits = sum(max(column.count("0"), column.count("1")) for column in zip(*sums))
        assert history.chance[replica] == pytest.approx(right_bits / (bits * examples), rel=1e-12)


def test_heldout_accuracies_of_a_diverged_replica_are_those_of_the_same_constant():
    setup, history = diverging()
    draws = [paired_draws(1)]
    trained, heldout = draw_examples(setup, draws)
    constant = (trained.targets[0].mean(axis=0) > 0.5).astype(float)
    right = heldout.targets[0] == constant
    assert history.measures["heldout_bit_accuracy"][1, -1] == pytest.approx(right.mean(), rel=1e-12)
    assert history.measures["heldout_sum_accuracy"][1, -1] == pytest.approx(
        right.all(axis=1).mean()
    )


@pytest.mark.parametrize("generator_step_sizes", [(UNSTABLE, 0.01), (UNSTABLE, UNSTABLE)])
def test_a_diverged_replica_too_is_measured_at_recorded_epochs_alone(generator_step_sizes):
    setup, _ = diverging()
    history = train(
        setup, [1, 2], generator_step_size=generator_step_sizes, record=[0, 10, setup.epochs]
    )
    assert history.diverged_at[0] < 9
    assert np.all(history.measures["bit_accuracy"][0, 9:] == history.chance[0])
    for name in ("sum_accuracy", "heldout_bit_accuracy", "heldout_sum_accuracy"):
        assert np.isnan(history.measures[name][0, [1, 9, 11]]).all()
        assert np.isfinite(history.measures[name][0, [10, 12]]).all()
