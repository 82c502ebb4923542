import subprocess
import sys

import numpy as np
import pytest
from package import ROOT

from synthgrad.core.kernels import chosen
from synthgrad.core.network.build import build_network
from synthgrad.core.network.methods import forward
from synthgrad.core.setup import Setup
from synthgrad.core.streams import paired_draws
from synthgrad.core.tasks import addition, draw_examples, task_of
from synthgrad.core.training import measures, stack
from synthgrad.core.training.loop import train
from synthgrad.core.training.stack import stack_size

ACCURACIES = {"bit_accuracy", "sum_accuracy", "heldout_bit_accuracy", "heldout_sum_accuracy"}


def small_setup(**changed):
    small = {
        "bits": 4,
        "examples": 30,
        "heldout_examples": 10,
        "hidden": (6, 5),
        "epochs": 6,
        "step_size": 0.5,
        "generator_step_size": 0.01,
    }
    return Setup(**(small | changed))


@pytest.mark.parametrize(
    ("method", "gradients"),
    [("backprop", False), ("frozen", False), ("feedback-alignment", True), ("dni[label]", True)],
)
def test_a_history_has_a_row_a_replica_and_a_column_an_epoch(method, gradients):
    history = train(small_setup(method=method), [3, 1, 2])
    layerwise = ["spread", "similarity", "saturation"]
    layerwise += ["alignment", "norm_ratio"] if gradients else []
    names = {f"{name}_{k}" for name in layerwise for k in (1, 2)}
    whole = ACCURACIES | {"mse", "tutorial_error", "absolute_error", "largest_weight"}
    assert history.measures.keys() >= whole
    assert {name for name in history.measures if name[-1].isdigit()} == names
    for name, values in history.measures.items():
        assert values.shape == (3, 7), name
    assert history.seeds.tolist() == [3, 1, 2]
    assert history.step_size.tolist() == [0.5] * 3
    assert history.generator_step_size.tolist() == [0.01] * 3
    assert history.epochs.tolist() == [0, 1, 2, 3, 4, 5, 6]
    assert history.chance.shape == (3,)
    assert np.isnan(history.diverged_at).all()


def test_epoch_0_is_the_untrained_network():
    setup = small_setup(method="dni[output]", generator_scale=0.3)
    history = train(setup, [5])
    draws = [paired_draws(5)]
    training_examples, heldout = draw_examples(setup, draws)
    layers = build_network(setup, draws, np.array([0.5]), np.array([0.01]))
    h1, h2, outputs = forward(layers, training_examples.inputs)

    def at_start(name):
        return history.measures[name][0, 0]

    targets, present = training_examples.targets, training_examples.present
    assert at_start("mse") == pytest.approx(np.mean((outputs - targets) ** 2))
    assert at_start("absolute_error") == pytest.approx(np.abs(outputs - targets).sum())
    derivative = outputs * (1 - outputs)
    assert at_start("tutorial_error") == pytest.approx(
        np.abs((outputs - targets) * derivative).sum()
    )
    largest = max(np.abs(layer.linear.weights).max() for layer in layers)
    assert at_start("largest_weight") == largest
    assert at_start("bit_accuracy") == addition.bit_accuracy(outputs, targets, present)
    assert at_start("spread_1") == measures.spread(h1, chosen())
    assert at_start("spread_2") == measures.spread(h2, chosen())
    assert at_start("similarity_2") == measures.similarity(h2, chosen())
    synthetic = h2 @ layers[1].generator.linear.weights + layers[1].generator.linear.bias
    delta = (outputs - targets) * outputs * (1 - outputs)
    true = delta @ layers[2].linear.weights.swapaxes(1, 2)
    assert at_start("alignment_2") == pytest.approx(
        measures.alignment(synthetic, true, chosen())[0]
    )
    assert at_start("norm_ratio_2") == pytest.approx(
        measures.norm_ratio(synthetic, true, chosen())[0]
    )
    outputs = forward(layers, heldout.inputs)[-1]
    expected = addition.sum_accuracy(outputs, heldout.targets, heldout.present)
    assert at_start("heldout_sum_accuracy") == expected
    assert history.measures["mse"][0, 1] != at_start("mse")


def test_a_step_size_of_0_keeps_the_untrained_network():
    history = train(small_setup(step_size=0.0), [5])
    assert np.ptp(history.measures["mse"]) == 0
    assert np.ptp(history.measures["largest_weight"]) == 0


def test_training_lowers_the_error():
    history = train(small_setup(epochs=400), [0, 1], record=[0, 400])
    mse = history.measures["mse"]
    assert np.all(mse[:, -1] < 0.6 * mse[:, 0])
    assert np.all(history.measures["bit_accuracy"][:, -1] > history.chance + 0.15)


def test_between_recorded_epochs_only_bit_accuracy_is_taken():
    setup = small_setup(method="dni[label]")
    full, history = train(setup, [3, 4]), train(setup, [3, 4], record=[0, 2, 6])
    assert history.epochs.tolist() == [0, 2, 6]
    for name, values in history.measures.items():
        if name == "bit_accuracy":
            assert np.array_equal(values, full.measures[name])
        else:
            assert np.isfinite(values[:, [2, 6]]).all(), name
            recorded = values[:, [0, 2, 6]], full.measures[name][:, [0, 2, 6]]
            assert np.array_equal(*recorded, equal_nan=True), name
            assert np.isnan(values[:, [1, 3, 4, 5]]).all(), name


def test_the_record_does_not_have_to_contain_anything():
    history = train(small_setup(), [3], record=[])
    assert np.array_equal(
        history.measures["bit_accuracy"], train(small_setup(), [3]).measures["bit_accuracy"]
    )


def test_step_sizes_may_differ_from_replica_to_replica():
    setup = small_setup(method="dni[label]")
    history = train(setup, [3, 3], step_size=[0.5, 1.0], generator_step_size=[0.1, 0.01])
    assert history.step_size.tolist() == [0.5, 1.0]
    assert history.generator_step_size.tolist() == [0.1, 0.01]
    for k, (step_size, generator_step_size) in enumerate([(0.5, 0.1), (1.0, 0.01)]):
        alone = train(
            small_setup(
                method="dni[label]", step_size=step_size, generator_step_size=generator_step_size
            ),
            [3],
        )
        assert np.array_equal(alone.measures["mse"][0], history.measures["mse"][k])


def test_a_seed_gives_the_same_history_every_time_and_another_seed_another():
    first, again, other = (train(small_setup(), [seed]).measures["mse"] for seed in (3, 3, 4))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def moment(layers, targets):
    """A tally that changes from step to step."""
    kernels = layers[0].linear.kernels
    return measures.total_sum(layers[-1].output * targets, kernels)


def test_tallies_are_summed_over_the_minibatches_of_an_epoch():
    setup = small_setup(examples=35, epochs=3)
    taken = []

    def remember(layers, targets):
        taken.append((layers[-1].output * targets).sum(axis=(-2, -1)))

    history = train(setup, [3, 4], record=[], tallies={"moment": moment})
    train(setup, [3, 4], after_step=remember)
    # Three whole minibatches; the tail of five is dropped.
    assert len(taken) == 9
    assert np.isnan(history.measures["moment"][:, 0]).all()
    sums = np.array(taken).reshape(3, 3, 2).sum(axis=1).T
    np.testing.assert_allclose(history.measures["moment"][:, 1:], sums, rtol=1e-14)


def test_a_tally_that_would_not_change_from_step_to_step_is_refused():
    with pytest.raises(TypeError, match="an array was used in a step that is recorded"):
        train(small_setup(), [3], tallies={"one": lambda layers, targets: np.ones((1, 1, 1))})


@pytest.mark.parametrize("replicas", [1, 2, 7])
def test_progress_adds_up_to_replicas_times_epochs(monkeypatch, replicas):
    setup = small_setup()
    monkeypatch.setattr(stack, "STACK_BYTES", replicas * stack.STACK_BYTES // stack_size(setup))
    units = []
    train(setup, range(5), progress=units.append)
    assert sum(units) == 5 * 6
    assert len(units) >= 6


def test_progress_counts_diverged_replicas_too():
    setup = small_setup(method="dni[output]", generator_scale=0.3)
    units = []
    history = train(setup, [0, 1], generator_step_size=[1e30, 0.01], progress=units.append)
    assert history.diverged_at[0] < 6
    assert sum(units) == 2 * 6


def test_frozen_trains_alike_whatever_the_probability_of_an_update():
    always, lazy = (
        train(small_setup(method="frozen", update_probability=p), [0, 1]) for p in (1.0, 0.05)
    )
    for name, values in always.measures.items():
        assert np.array_equal(lazy.measures[name], values, equal_nan=True), name


def test_answers_are_those_of_each_network_as_it_is_at_the_end():
    """Where all pairs are trained on and asked, they are right as often as the accuracy says."""
    setup = small_setup(bits=3, examples="all", method="dni[output]", batch_size=4)
    sizes = {"generator_step_size": [0.01, 1e30, 0.01]}
    history = train(setup, [0, 1, 2], **sizes)
    questions = task_of(setup).questions(setup)
    assert history.answers.shape == (3, len(questions), 3) == (3, 16, 3)
    place_values = 2 ** np.arange(2, -1, -1)
    sums = questions[:, :3] @ place_values + questions[:, 3:] @ place_values
    right = (sums[:, None] // place_values % 2).astype(bool)
    for replica in (0, 2):
        share = (history.answers[replica] == right).mean()
        assert share == pytest.approx(history.measures["bit_accuracy"][replica, -1], rel=1e-12)
    assert history.diverged_at[1] > 0
    assert not history.answers[1].any()
    assert history.answers[[0, 2]].any(axis=(1, 2)).all()


@pytest.mark.parametrize("threads", [2, 5, 8])
def test_threads_change_no_bit(threads):
    setup = small_setup(method="dni[output]", update_probability=0.5, shuffle=True)
    units = []
    alone = train(setup, range(5))
    threaded = train(setup, range(5), threads=threads, progress=units.append)
    assert sum(units) == 5 * setup.epochs
    assert threaded.seeds.tolist() == alone.seeds.tolist()
    for name, values in alone.measures.items():
        assert np.array_equal(threaded.measures[name], values, equal_nan=True), name
    assert np.array_equal(threaded.answers, alone.answers)


def test_no_thread_trains_on_once_one_has_failed():
    epochs = []

    def fail(epoch, accuracy, stack):
        epochs.append(epoch)
        if epoch == 2:
            raise KeyboardInterrupt

    setup = small_setup(epochs=5000)
    with pytest.raises(KeyboardInterrupt):
        train(setup, range(4), record=[], threads=2, watch=fail)
    assert max(epochs) < 5000


def test_training_leaves_the_callers_arrays_alone():
    seeds, step_size = np.array([1, 2]), np.array([0.5, 1.0])
    train(small_setup(method="dni[output]"), seeds, step_size=step_size)
    assert seeds.tolist() == [1, 2]
    assert step_size.tolist() == [0.5, 1.0]


def test_the_numerical_core_needs_numpy_alone():
    code = """
import sys
before = set(sys.modules)
import synthgrad.core.tutorial, synthgrad.core.training.loop
new = set(sys.modules) - before
# Cython leaves helper modules behind that were never imported from a file.
imported = {name.partition(".")[0] for name in new if getattr(sys.modules[name], "__spec__", None)}
print(*sorted(imported - sys.stdlib_module_names))
"""
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert result.stdout.split() == ["numpy", "synthgrad"]


def test_no_step_is_taken_once_every_replica_has_diverged():
    setup = small_setup(method="dni[output]", generator_scale=0.3)
    asked = []
    sizes = {"generator_step_size": [1e30], "tallies": {"moment": moment}}
    history = train(
        setup, [0], **sizes, after_step=lambda layers, targets: asked.append(len(targets))
    )
    epoch = int(history.diverged_at[0])
    assert epoch < 6
    assert asked == [1] * 3 * epoch
    assert np.isnan(history.measures["moment"][0, epoch + 1 :]).all()


def test_a_training_job_loads_no_library_that_it_does_not_use():
    """It starts hundreds of times in a study."""
    script = ROOT / "workflow" / "scripts" / "train.py"
    code = (
        f"import runpy, sys; runpy.run_path({str(script)!r})\n"
        "import synthgrad.core.kernels.compiled\n"
        "for name in ('pandas', 'scipy.stats', 'seaborn', 'matplotlib'):\n"
        "    if name in sys.modules: print(name)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == ""


def test_the_test_set_is_looked_at_once_at_the_end():
    setup = Setup(
        task="digits",
        method="dni[label]",
        heldout_examples=50,
        hidden=(8,),
        epochs=3,
        step_size=0.3,
    )
    history = train(setup, [0, 1], generator_step_size=[0.01, 1e30])
    assert np.isnan(history.diverged_at).tolist() == [True, False]
    for name in ("heldout_bit_accuracy", "heldout_sum_accuracy"):
        assert np.isnan(history.measures[name][:, :3]).all()
        assert np.isfinite(history.measures[name][:, 3]).all()
    # All ten digits are about as frequent: a constant gets a tenth right.
    assert history.chance == pytest.approx([0.1, 0.1], abs=0.01)
    assert history.measures["bit_accuracy"][1, -1] == history.chance[1]
    assert history.measures["heldout_bit_accuracy"][0, 3] > 0.2


def test_for_digits_the_accuracies_are_one():
    setup = Setup(task="digits", examples=60, heldout_examples=50, hidden=(8,), epochs=2)
    measures = train(setup, [0]).measures
    assert np.array_equal(measures["bit_accuracy"], measures["sum_accuracy"])


@pytest.mark.parametrize("seeds", [3, 0, [[1, 2]]])
def test_seeds_are_a_sequence(seeds):
    with pytest.raises(ValueError, match=r"seeds is .*range\(3\)"):
        train(Setup(), seeds)
