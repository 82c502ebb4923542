import shutil
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from package import PACKAGE

from synthgrad.core.setup import MAX_BITS, Setup
from synthgrad.core.streams import STREAMS, common_stream, paired_draws, published_draws
from synthgrad.core.tasks import TASKS, draw_examples
from synthgrad.core.tasks.addition import add, draw_heldout, draw_operands, encode
from synthgrad.core.tasks.digits import PROBES, load_digits, split_digits, stratified_order


def by_hand(seed, k):
    """Stream k of a seed as the documentation spells it."""
    sequence = np.random.SeedSequence(seed, spawn_key=(k,))
    return np.random.RandomState(np.random.MT19937(sequence))


def numbers(rows):
    """Whole numbers of Python from rows of digits, most significant first."""
    return [int("".join(str(int(digit)) for digit in row), 2) for row in rows]


def test_digits_stand_with_the_most_significant_first():
    assert encode(np.array([5, 8, 1, 0]), 4).tolist() == [
        [0, 1, 0, 1],
        [1, 0, 0, 0],
        [0, 0, 0, 1],
        [0, 0, 0, 0],
    ]
    assert encode(np.array([5]), 6).tolist() == [[0, 0, 0, 1, 0, 1]]


def test_an_example_is_both_operands_and_their_sum():
    # 6 + 3 = 9 and 7 + 7 = 14, in four places.
    inputs, targets = add(np.array([6, 7]), np.array([3, 7]), 4)
    assert inputs.tolist() == [[0, 1, 1, 0, 0, 0, 1, 1], [0, 1, 1, 1, 0, 1, 1, 1]]
    assert targets.tolist() == [[1, 0, 0, 1], [1, 1, 1, 0]]
    assert inputs.dtype == targets.dtype == np.float64


@pytest.mark.parametrize("bits", [2, 3, 8, 12, 53, MAX_BITS])
def test_the_largest_sum_fits(bits):
    largest = np.array([2 ** (bits - 1) - 1])
    inputs, targets = add(largest, largest, bits)
    assert numbers(targets) == [2**bits - 2]
    assert inputs[0, 0] == inputs[0, bits] == 0


@pytest.mark.parametrize("bits", [2, 3, 8, 12, 53, MAX_BITS])
def test_operands_fill_their_range_and_the_digits_say_the_sum(bits):
    left, right = draw_operands(by_hand(0, 0), 400, bits)
    for operands in (left, right):
        assert operands.min() >= 0
        # The top quarter of the range is met, and nothing beyond it.
        assert 0.75 * 2 ** (bits - 1) - 1 <= operands.max() < 2 ** (bits - 1)
        # The lowest digit is random too, even where all 53 random bits are needed.
        assert 100 < np.sum(operands % 2) < 300
    inputs, targets = add(left, right, bits)
    assert numbers(inputs[:, :bits]) == left.tolist()
    assert numbers(inputs[:, bits:]) == right.tolist()
    assert numbers(targets) == [a + b for a, b in zip(left.tolist(), right.tolist())]


def test_all_left_operands_are_drawn_before_the_right_ones():
    left, right = draw_operands(np.random.RandomState(7), 5, 6)
    random = np.random.RandomState(7)
    assert left.tolist() == [int(value * 32) for value in random.rand(5)]
    assert right.tolist() == [int(value * 32) for value in random.rand(5)]


@pytest.mark.parametrize("seed", [0, 1, 12345])
def test_paired_streams_can_be_redrawn_by_hand(seed):
    draws = paired_draws(seed)
    published = ("data", "weights", "generators", "heldout", "feedback")
    assert draws._fields == STREAMS == (*published, "split", "order", "updates", "noise")
    for k, stream in enumerate(draws):
        assert np.array_equal(stream.rand(20), by_hand(seed, k).rand(20))


def test_streams_are_frozen():
    # Were NumPy to change them, no number published today could be redrawn.
    assert paired_draws(0).data.randint(0, 1000, 5).tolist() == [329, 566, 256, 690, 87]
    assert paired_draws(0).feedback.randint(0, 1000, 5).tolist() == [338, 347, 457, 231, 575]
    assert published_draws(1).data.rand() == 0.417022004702574


def test_streams_of_a_seed_are_independent_of_one_another():
    first = np.array([stream.rand(50) for stream in paired_draws(3)])
    assert len({tuple(row) for row in first}) == len(STREAMS)
    draws = paired_draws(3)
    # However much another one gives, a stream goes on the same.
    draws.data.rand(1000)
    draws.generators.randn(7)
    assert np.array_equal(draws.weights.rand(50), first[1])
    assert np.array_equal(draws.heldout.rand(50), first[3])


def test_streams_of_different_seeds_differ():
    first = [tuple(paired_draws(seed).data.rand(3)) for seed in range(50)]
    assert len(set(first)) == 50


def test_published_draws_share_one_legacy_stream():
    draws = published_draws(9)
    assert draws.data is draws.weights is draws.generators
    legacy = np.random.RandomState(9)
    assert np.array_equal(draws.data.rand(4), legacy.rand(4))
    assert np.array_equal(draws.weights.randn(4), legacy.randn(4))
    # The tutorial has neither held-out pairs nor feedback matrices.
    assert np.array_equal(draws.heldout.rand(4), by_hand(9, 3).rand(4))
    assert np.array_equal(draws.feedback.rand(4), by_hand(9, 4).rand(4))


def test_heldout_pairs_are_distinct_and_new():
    for seed in range(5):
        left, right = draw_operands(by_hand(seed, 0), 60, 5)
        new = draw_heldout(by_hand(seed, 3), 40, 5, left, right)
        assert new.shape == (2, 40)
        assert new.min() >= 0
        assert new.max() < 16
        pairs = set(zip(*new.tolist()))
        assert len(pairs) == 40
        assert not pairs & set(zip(left.tolist(), right.tolist()))


def test_heldout_pairs_are_the_first_new_ones_of_eight_times_as_many():
    trained = {(0, 0), (1, 3), (2, 2)}
    new = draw_heldout(by_hand(0, 3), 6, 3, *map(np.array, zip(*sorted(trained))))
    candidates = zip(*draw_operands(by_hand(0, 3), 48, 3))
    expected = []
    for left, right in candidates:
        if (left, right) not in trained and (left, right) not in expected:
            expected.append((left, right))
    assert len(expected) > 6
    assert list(zip(*new.tolist())) == expected[:6]


@pytest.mark.parametrize(("bits", "count"), [(2, 4), (3, 16), (5, 256), (6, 1000), (54, 1000)])
def test_all_networks_are_asked_the_same_different_pairs(bits, count):
    task, setup = TASKS["addition"], Setup(bits=bits)
    questions = task.questions(setup)
    assert questions.shape == (count, 2 * bits)
    assert len(np.unique(questions, axis=0)) == count
    assert not questions[:, [0, bits]].any()  # operands that the sum has room for
    assert np.array_equal(questions, task.questions(replace(setup, draws="published", examples=20)))
    # So that answers can be packed eight bits a byte, and none is left over.
    assert count * bits % 8 == 0


def test_questions_are_drawn_from_a_stream_that_no_seed_has():
    first = common_stream().rand()
    own = [stream.rand() for seed in range(100) for stream in paired_draws(seed)]
    assert first not in [*own, np.random.RandomState(0).rand()]
    assert first == common_stream().rand()


def test_of_the_digits_nothing_is_asked():
    assert TASKS["digits"].questions(
        Setup(task="digits", examples=100, heldout_examples=0)
    ).shape == (0, 64)


def test_a_pair_and_its_mirror_image_are_different_pairs():
    # At 2 bits there are four pairs; trained on three of them, one is left.
    new = draw_heldout(by_hand(0, 3), 5, 2, np.array([0, 0, 1]), np.array([0, 1, 1]))
    assert new.tolist() == [[1], [0]]


def test_nothing_can_be_held_out_at_4_bits_with_1000_examples():
    for seed in range(3):
        setup = Setup(bits=4, examples=1000, heldout_examples=1000)
        training, heldout = draw_examples(setup, [paired_draws(seed)])
        assert len({tuple(row) for row in training.inputs[0]}) == 8 * 8
        assert heldout.inputs.shape == (1, 0, 8)
        assert heldout.targets.shape == (1, 0, 4)
        assert heldout.present.shape == (1, 0)


def test_all_pairs_are_each_there_once_in_an_order_of_the_seed():
    setup = Setup(bits=4, examples="all", batch_size=8)
    training, heldout = draw_examples(setup, [paired_draws(seed) for seed in (0, 1)])
    assert heldout.inputs.shape == (2, 0, 8)
    orders = [
        list(zip(numbers(inputs[:, :4]), numbers(inputs[:, 4:]))) for inputs in training.inputs
    ]
    assert sorted(orders[0]) == sorted(orders[1]) == [(a, b) for a in range(8) for b in range(8)]
    assert orders[0] != orders[1]
    first = by_hand(1, 0).permutation(64)[0]
    assert orders[1][0] == (first // 8, first % 8)


def test_no_heldout_examples_is_a_choice():
    _, heldout = draw_examples(Setup(heldout_examples=0), [paired_draws(0)])
    assert heldout.inputs.shape == (1, 0, 16)


def test_a_ragged_tail_of_examples_is_dropped_after_all_are_drawn():
    setup = Setup(bits=5, examples=25, batch_size=10, heldout_examples=8)
    training, heldout = draw_examples(setup, [paired_draws(1)])
    left, right = draw_operands(by_hand(1, 0), 25, 5)
    inputs, targets = add(left[:20], right[:20], 5)
    assert np.array_equal(training.inputs[0], inputs)
    assert np.array_equal(training.targets[0], targets)
    assert training.present.tolist() == [[True] * 20]
    # The tail is not trained on, but it is no held-out data either.
    drawn = set(zip(left.tolist(), right.tolist()))
    held = set(zip(numbers(heldout.inputs[0, :, :5]), numbers(heldout.inputs[0, :, 5:])))
    assert len(held) == 8
    assert not drawn & held


def test_seeds_are_stacked_and_padded_to_the_longest():
    setup = Setup(bits=3, examples=14, batch_size=7, heldout_examples=16)
    seeds = [0, 1, 2, 3]
    training, heldout = draw_examples(setup, [paired_draws(seed) for seed in seeds])
    assert training.inputs.shape == (4, 14, 6)
    assert training.present.all()
    counts = heldout.present.sum(axis=1)
    assert len(set(counts.tolist())) > 1
    assert heldout.inputs.shape == (4, counts.max(), 6)
    for replica, seed in enumerate(seeds):
        alone_training, alone = draw_examples(setup, [paired_draws(seed)])
        assert np.array_equal(training.inputs[replica], alone_training.inputs[0])
        assert np.array_equal(training.targets[replica], alone_training.targets[0])
        count = counts[replica]
        assert alone.present.tolist() == [[True] * count]
        assert heldout.present[replica, :count].all()
        assert np.array_equal(heldout.inputs[replica, :count], alone.inputs[0])
        assert np.array_equal(heldout.targets[replica, :count], alone.targets[0])
        assert not heldout.inputs[replica, count:].any()


DIGITS = Setup(task="digits", examples=1000, heldout_examples=383, hidden=(4,))


def parts_of(seed):
    """Indices of the training, validation and test images of a seed."""
    validation = replace(DIGITS, heldout_part="validation")
    training, test = split_digits(DIGITS, paired_draws(seed).split)
    again, validation = split_digits(validation, paired_draws(seed).split)
    assert np.array_equal(training, again)
    return training, validation, test


def test_training_validation_and_test_images_are_different_ones():
    parts = parts_of(0)
    assert [len(part) for part in parts] == [1000, 383, 383]
    assert len(np.unique(np.concatenate(parts))) == 1000 + 2 * 383
    assert all(part.min() >= PROBES for part in parts)
    assert not np.array_equal(np.sort(parts[2]), np.sort(parts_of(1)[2]))


@pytest.mark.parametrize("seed", [0, 1, 1000])
def test_every_part_has_each_digit_as_often_as_its_share(seed):
    _, labels = load_digits()
    for part in parts_of(seed):
        expected = np.bincount(labels[PROBES:]) * len(part) / len(labels[PROBES:])
        assert np.abs(np.bincount(labels[part], minlength=10) - expected).max() <= 2


def test_a_stratified_order_is_an_order():
    labels = np.array([0, 1] * 3 + [1] * 6)
    order = stratified_order(np.random.RandomState(0), labels)
    assert sorted(order) == list(range(12))
    # One 0 in each third, wherever in it.
    assert [np.sum(labels[third] == 0) for third in np.split(order, 3)] == [1, 1, 1]


def test_an_image_is_its_pixels_from_0_to_1_and_one_of_ten_targets():
    training, heldout = draw_examples(DIGITS, [paired_draws(0), paired_draws(1)])
    assert training.inputs.shape == (2, 1000, 64)
    assert heldout.targets.shape == (2, 383, 10)
    assert training.present.all()
    assert training.inputs.min() == 0
    assert training.inputs.max() == 1
    assert np.all(training.targets.sum(axis=-1) == 1)
    images, labels = load_digits()
    index, _ = split_digits(DIGITS, paired_draws(1).split)
    assert np.array_equal(training.inputs[1], images[index])
    assert np.array_equal(training.targets[1].argmax(axis=-1), labels[index])


PARITY = '''
"""Whether the number of ones in a binary number is odd."""

from synthgrad.core.tasks.task import Task, share


class Parity(Task):
    losses = ("squared-error",)
    heldout_parts = ("test",)
    heldout_at_end = False
    has_bits = True

    def sizes(self, setup):
        return setup.bits, 1

    def training_examples(self, setup):
        return setup.examples

    def check(self, setup):
        pass

    def draw(self, setup, streams):
        counts = (streams.data, setup.examples), (streams.heldout, setup.heldout_examples)
        digits = [stream.randint(0, 2, (count, setup.bits)) for stream, count in counts]
        return [(x.astype(float), (x.sum(axis=1, keepdims=True) % 2).astype(float)) for x in digits]

    def accuracy(self, outputs, targets, present):
        return share((outputs > 0.5) == (targets > 0.5), present)

    exact_accuracy = accuracy

    def constant_answer(self, targets, present):
        return (targets.mean(axis=1, keepdims=True) > 0.5).astype(float)


TASK = Parity()
'''


def test_a_task_more_is_one_file(tmp_path):
    package = tmp_path / "synthgrad"
    shutil.copytree(PACKAGE, package)  # with what Numba has compiled
    (package / "core" / "tasks" / "parity.py").write_text(PARITY)
    code = (
        "import synthgrad as sg\n"
        "setup = sg.Setup(task='parity', bits=3, hidden=(16,), examples=200, heldout_examples=20,"
        " epochs=100, step_size=1.0)\n"
        "print(sg.train(setup, [0, 1]).measures['bit_accuracy'][:, -1])"
    )
    run = [sys.executable, "-c", code]
    done = subprocess.run(run, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout == "[1. 1.]\n"
