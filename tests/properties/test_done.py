"""A replica that is done leaves its stack, and nobody else notices."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import event, given
from hypothesis import strategies as st
from test_replicas import LIMIT, assert_same_replica, few, methods

from synthgrad.core.kernels import reference
from synthgrad.core.kernels.compiled import COMPILED
from synthgrad.core.network.layers import kernels_of
from synthgrad.core.setup import Setup
from synthgrad.core.training import measures
from synthgrad.core.training.curves import accuracy_auc, epochs_to
from synthgrad.core.training.loop import train
from synthgrad.core.training.stack import STACK_BYTES, stack_size

UNSTABLE = 1e200


def moment(layers, targets):
    """A tally that changes from epoch to epoch."""
    return measures.total_sum(layers[-1].output * targets, kernels_of(layers))


@st.composite
def quick_learners(draw):
    """Four sums of two bits, which some seeds soon know by heart."""
    method = draw(methods)
    skips = method.startswith("dni") or method == "local-loss"
    return Setup(
        method,
        bits=2,
        examples=4,
        batch_size=2,
        hidden=(6,),
        epochs=12,
        shuffle=draw(st.booleans()),
        update_probability=draw(st.sampled_from([1.0, 0.7])) if skips else 1.0,
        done_after=draw(st.integers(1, 3)),
    )


learners = st.lists(
    st.tuples(
        st.sampled_from([0, 1, 4, 4, 6, 6, 11]),
        st.floats(3, 4),
        st.sampled_from([0.01, 0.05, 0.05, UNSTABLE]),
    ),
    min_size=2,
    max_size=6,
)
# With epoch 0, or a replica that soon diverges would have no other measures if it is alone.
records = st.sets(st.integers(1, 12)).map(lambda later: [0, *sorted(later)])


def train_all(setup, stack, record, **options):
    seeds, step_size, generator_step_size = zip(*stack)
    sizes = {"step_size": step_size, "generator_step_size": generator_step_size}
    return train(setup, seeds, **sizes, record=record, tallies={"moment": moment}, **options)


@few
@given(quick_learners(), learners, records)
def test_each_replica_is_done_as_if_alone(setup, stack, record):
    together = train_all(setup, stack, record)
    event(f"{np.isfinite(together.done_at).sum()} of {len(stack)} are done")
    for k, replica in enumerate(stack):
        assert_same_replica(together, k, train_all(setup, [replica], record), 0)


@few
@given(quick_learners(), learners, records, st.integers(1, 3), st.integers(1, 2), st.randoms())
def test_neither_stacks_nor_threads_nor_order_matter(setup, stack, record, size, threads, random):
    order = list(range(len(stack)))
    random.shuffle(order)
    together = train_all(setup, stack, record)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(LIMIT, size * STACK_BYTES // stack_size(setup))
        split = train_all(setup, [stack[k] for k in order], record, threads=threads)
    for k, original in enumerate(order):
        assert_same_replica(split, k, together, original)


@few
@given(quick_learners(), learners)
def test_until_it_is_done_a_replica_trains_as_ever(setup, stack):
    every = range(setup.epochs + 1)
    ending, going_on = (
        train_all(each, stack, every) for each in (setup, replace(setup, done_after=0))
    )
    assert np.isnan(going_on.done_at).all()
    curves = going_on.measures["bit_accuracy"]
    np.testing.assert_array_equal(ending.done_at, [first_done(setup, curve) for curve in curves])
    for k, end in enumerate(np.nan_to_num(ending.done_at, nan=setup.epochs).astype(int)):
        for name, values in going_on.measures.items():
            own = ending.measures[name][k]
            np.testing.assert_array_equal(own[: end + 1], values[k, : end + 1])
            np.testing.assert_array_equal(own[end:], own[end])


def first_done(setup, curve):
    """The first epoch that ends a stretch of `done_after` with nothing wrong."""
    stretch = 0
    for epoch, accuracy in enumerate(curve[1:], start=1):
        stretch = stretch + 1 if accuracy == 1 else 0
        if stretch == setup.done_after:
            return epoch
    return np.nan


QUICK = Setup(bits=2, examples=4, batch_size=2, hidden=(6,), epochs=12, step_size=3.0, done_after=2)
LABELS = replace(
    QUICK, task="digits", hidden=(8,), examples=20, heldout_examples=30, epochs=40, step_size=1.0
)


@pytest.mark.parametrize("kernels", [reference, COMPILED])
@pytest.mark.parametrize("setup", [QUICK, replace(QUICK, method="dni[label]"), LABELS], ids=str)
def test_the_measures_that_stand_are_those_of_a_run_that_ends_there(setup, kernels):
    """At recorded epochs; what is taken at every epoch stands at every one."""
    if setup.task == "digits":
        pytest.importorskip("sklearn", reason="needs scikit-learn")
    seeds, options = range(12), {"tallies": {"moment": moment}, "kernels": kernels}
    record = [0, setup.epochs - 2, setup.epochs]
    history = train(setup, seeds, record=record, **options)
    done = np.flatnonzero(history.done_at < setup.epochs - 2)
    assert 1 < len(done) < len(seeds)
    for k in done:
        end = int(history.done_at[k])
        short = train(replace(setup, epochs=end, done_after=0), [seeds[k]], record=[end], **options)
        assert history.measures.keys() == short.measures.keys()
        for name, values in history.measures.items():
            last = short.measures[name][0, end]
            at_every_epoch = name in ("bit_accuracy", "moment")
            at_the_end = name.startswith("heldout") and setup.task == "digits"
            stands = [at_every_epoch or not at_the_end, at_every_epoch, True]
            expected = np.where(stands, last, np.nan)
            np.testing.assert_array_equal(values[k, -3:], expected, err_msg=name)
            if not at_every_epoch:
                assert np.isnan(values[k, 1:-3]).all()
        for own, expected in zip(history.representations, short.representations, strict=True):
            np.testing.assert_array_equal(own[k], expected[0])
        np.testing.assert_array_equal(history.answers[k], short.answers[0])
    assert history.answers[done].any() == (setup.task == "addition")


def test_a_replica_that_knows_all_untrained_has_to_last_as_long():
    """With a step size of 0 it stays as it is; the untrained network does not count."""
    setup = replace(QUICK, step_size=0.0, done_after=3, examples=2, epochs=6)
    history = train(setup, range(40))
    knew = history.measures["bit_accuracy"][:, 0] == 1
    assert 0 < knew.sum() < len(knew)
    np.testing.assert_array_equal(history.done_at, np.where(knew, 3, np.nan))


def test_who_watches_sees_every_replica_and_progress_counts_it():
    units, seen = [], {}

    def watch(epoch, accuracy, stack):
        seen[epoch] = accuracy.copy(), stack.places

    history = train(QUICK, range(12), progress=units.append, watch=watch)
    assert sum(units) == 12 * QUICK.epochs
    assert np.isfinite(history.done_at).any()
    for epoch, (accuracy, places) in seen.items():
        np.testing.assert_array_equal(accuracy, history.measures["bit_accuracy"][:, epoch])
        gone = history.done_at < epoch
        assert places.tolist() == np.flatnonzero(~gone).tolist()


def test_no_step_is_taken_once_every_replica_is_done():
    steps = []
    alone = train(QUICK, [4], after_step=lambda layers, targets: steps.append(len(targets)))
    assert alone.done_at[0] < QUICK.epochs
    assert steps == [1] * QUICK.batches * int(alone.done_at[0])


@pytest.mark.parametrize(
    ("setup", "forgets"),
    [
        (replace(QUICK, bits=4, examples=64, hidden=(32, 16), step_size=2.0, done_after=10), False),
        (replace(QUICK, method="noise", bits=3, examples=6, hidden=(8,)), True),
    ],
    ids=["backprop", "noise"],
)
def test_by_how_much_training_on_would_have_changed_what_is_reported(setup, forgets):
    """By what the run that trains on gets wrong once the other is done, and no more."""
    setup = replace(setup, epochs=150)
    ending, going_on = (
        train(each, range(12), record=[]) for each in (setup, replace(setup, done_after=0))
    )
    done = np.isfinite(ending.done_at)
    assert done.sum() >= 3
    own, other = (each.measures["bit_accuracy"][:, 1:] for each in (ending, going_on))
    np.testing.assert_array_equal(epochs_to(own, 0.95), epochs_to(other, 0.95))
    np.testing.assert_array_equal(own[~done], other[~done])

    later = np.arange(1, setup.epochs + 1) > ending.done_at[:, None]
    wrong = np.where(later, 1 - other, 0)
    assert wrong.any() == forgets
    np.testing.assert_allclose(own[:, -1] - other[:, -1], wrong[:, -1], atol=1e-15)
    score, other_score = (accuracy_auc(each, ending.chance) for each in (own, other))
    expected = wrong.mean(axis=1) / (1 - ending.chance)
    np.testing.assert_allclose(score - other_score, expected, atol=1e-14)
