"""A network in ranks against the same network in one process, bit for bit."""

import json
from itertools import pairwise

import numpy as np
import pytest
from launching import DNI, EPOCHS, LARGE, PATIENCE, RANKS, SEEDS, SMALL, Scripted, job, needs_mpi
from ranks import network_state

from synthgrad.core.setup import Setup
from synthgrad.core.training.passes import Epochs
from synthgrad.core.training.stack import draw_stack
from synthgrad.parallel.mpi import launch
from synthgrad.parallel.pipeline import Stage, share_layers
from synthgrad.parallel.programs import LATE_TARGETS

EXACT = {
    "backprop": ("locked", {**SMALL}),
    "backprop-biases": ("locked", {**SMALL, "bias": True, "bias_reduction": "mean"}),
    "backprop-batchnorm": ("locked", {**SMALL, "forward_batchnorm": True}),
    "backprop-large": ("locked", {**LARGE}),
    "feedback-alignment": ("locked", {**SMALL, "method": "feedback-alignment"}),
    "output": ("lock-step", {**DNI, "method": "dni[output]"}),
    "output+label": ("lock-step", {**DNI, "method": "dni[output+label]"}),
    "all-conditions": (
        "lock-step",
        {**DNI, "method": "dni[input+output+label+batchnorm]", "generator_scale": 0.1},
    ),
    "biases": ("lock-step", {**DNI, "method": "dni[label]", "bias": True, "draws": "published"}),
    "last-too": ("lock-step", {**DNI, "method": "dni[output]", "decouple_last": True}),
    "batchnorm": ("lock-step", {**DNI, "method": "dni[output]", "forward_batchnorm": True}),
    "large": ("lock-step", {**LARGE, "method": "dni[output+label]", "generator_step_size": 1e-4}),
    "last-step": ("lock-step", {**DNI, "method": "dni[output]", "last_step_factor": 0.3}),
    "hidden-generator": ("lock-step", {**DNI, "method": "dni[output]", "generator_hidden": 7}),
    "local-loss": ("lock-step", {**DNI, "method": "local-loss"}),
    "local-loss-biases": ("lock-step", {**DNI, "method": "local-loss", "bias": True}),
}
ON_TIME = {**DNI, "method": "dni[output+label]", "generator_hidden": 7}
FREE = {
    "decoupled": {**DNI, "method": "dni[output+label]"},
    "decoupled-last-too": {**DNI, "method": "dni[output]", "decouple_last": True},
    "decoupled-large": {**LARGE, "method": "dni[output]", "generator_step_size": 1e-4},
    "decoupled-kept": ON_TIME,
}
"""What these learn depends on how late targets are."""
OUTSTANDING = 3


OPTIONS = {
    # With nothing outstanding, decoupled ranks have no freedom.
    "on-time": ("decoupled", ON_TIME, {"outstanding": 0}),
    "on-time-kept": ("decoupled", ON_TIME, {"outstanding": 0, "late_targets": "kept"}),
    # Layers that need nothing from above learn the same whatever they wait for.
    "free-local-loss": ("decoupled", {**DNI, "method": "local-loss"}, {"outstanding": 3}),
    "free-local-loss-batchnorm": (
        "decoupled",
        {**DNI, "method": "local-loss", "forward_batchnorm": True},
        {"outstanding": 1},
    ),
    "free-local-loss-large": ("decoupled", {**LARGE, "method": "local-loss"}, {"outstanding": 2}),
    # Products do not depend on how many rows there are, nor updates on where they come from.
    "2-parts": ("locked", {**SMALL}, {"micro_batches": 2}),
    "5-parts": (
        "locked",
        {**SMALL, "bias": True, "bias_reduction": "mean"},
        {"micro_batches": 5},
    ),
    "feedback-2-parts": (
        "locked",
        {**SMALL, "method": "feedback-alignment"},
        {"micro_batches": 2},
    ),
    "large-4-parts": ("locked", {**LARGE}, {"micro_batches": 4}),
}
SAME = {name: (*job, {}) for name, job in EXACT.items()} | OPTIONS
"""Jobs that give what one process gives: the way, the settings and the options of a `Stage`."""


JOBS = [job(name, way, settings, **options) for name, (way, settings, options) in SAME.items()]
for name, settings in FREE.items():
    form = "kept" if name.endswith("kept") else "repredicted"
    JOBS.append(job(name, "decoupled", settings, outstanding=OUTSTANDING, late_targets=form))


@pytest.fixture(scope="module", params=[1, 2, 3, 4])
def ran(request, tmp_path_factory):
    """The number of ranks and the folder with what they left of all jobs."""
    folder = tmp_path_factory.mktemp("ranks")
    (folder / "jobs.json").write_text(json.dumps(JOBS))
    launch(request.param, [RANKS, folder, request.param, PATIENCE], 4 * PATIENCE)
    return request.param, folder


def in_one_process(settings):
    """All arrays after each epoch, as one process makes them."""
    setup = Setup(**settings)
    stack = draw_stack(setup, SEEDS)
    for _ in range(EPOCHS):
        Epochs(setup, stack, tallies={}).train()
        yield [array.copy() for array in network_state(stack.layers)]


@needs_mpi
@pytest.mark.parametrize("name", SAME)
def test_ranks_equal_one_process_bit_for_bit(ran, name):
    _, folder = ran
    kept = np.load(folder / f"{name}.npz")
    for epoch, arrays in enumerate(in_one_process(SAME[name][1]), start=1):
        assert len(arrays) == sum(key.startswith(f"{epoch}-") for key in kept.files)
        for k, array in enumerate(arrays):
            np.testing.assert_array_equal(kept[f"{epoch}-{k}"], array, strict=True)
            assert np.isfinite(array).all()


@needs_mpi
@pytest.mark.parametrize("name", FREE)
def test_decoupled_ranks_train_each_generator_once_a_minibatch(ran, name):
    ranks, folder = ran
    updates = EPOCHS * Setup(**FREE[name]).batches
    for rank in range(ranks):
        staleness = np.load(folder / f"{name}.{rank}.npz")["staleness"]
        assert len(staleness) == (updates if rank < ranks - 1 else 0)
        assert ((staleness >= 0) & (staleness <= OUTSTANDING)).all()
    last_epoch = [a for key, a in np.load(folder / f"{name}.npz").items() if key.startswith("3-")]
    assert all(np.isfinite(array).all() for array in last_epoch)


@needs_mpi
@pytest.mark.parametrize(
    ("name", "goes_down"),
    [
        ("backprop", True),
        ("output", True),
        ("decoupled-large", True),
        ("5-parts", True),
        ("local-loss", False),
        ("free-local-loss", False),
    ],
)
def test_bytes_sent_are_those_of_activations_and_targets(ran, name, goes_down):
    ranks, folder = ran
    setup = Setup(**(FREE.get(name) or SAME[name][1]))
    # Each border between ranks is crossed by the outputs of the layer below it.
    crossing = [
        8 * len(SEEDS) * setup.batch_size * setup.sizes[share.stop] * setup.batches * EPOCHS
        for share in share_layers(setup, ranks)[:-1]
    ]
    up, down = [*crossing, 0], [0, *crossing] if goes_down else [0] * ranks
    sent = [int(np.load(folder / f"{name}.{rank}.npz")["sent"]) for rank in range(ranks)]
    assert sent == [sum(both) for both in zip(up, down, strict=True)]


@pytest.mark.parametrize("generator_hidden", [0, 6])
@pytest.mark.parametrize("late_targets", LATE_TARGETS)
def test_a_late_target_is_compared_with_the_prediction_of_now_or_of_then(
    late_targets, generator_hidden
):
    """Rank 0 of 2 beside a plain loop; the target of minibatch n comes after prediction n + 2."""
    changed = {"method": "dni[output]", "generator_hidden": generator_hidden}
    setup = Setup(**{**DNI, **changed, "generator_scale": 0.1, "generator_step_size": 0.05})
    options = {"outstanding": 2, "late_targets": late_targets}
    stage = Stage(Scripted(lag=2), setup, [0], "decoupled", **options)
    mine = draw_stack(setup, [0]).layers[: len(stage.layers)]
    stage.run(5)
    seen = []
    for n in range(5):
        rows = slice(10 * n, 10 * n + 10)
        output, labels = stage.examples.inputs[:, rows], stage.examples.targets[:, rows]
        inputs = output
        for layer in mine:
            output = layer.forward_and_synthetic_update(output, inputs, labels)
        for layer, above in pairwise(mine):
            layer.update_generator(above.input_gradient())
        generator = mine[-1].generator
        seen.append((generator.condition, *predict(generator, generator.condition)))
        for late in {0: [], 1: [], 4: [2, 3, 4]}.get(n, [n - 2]):
            condition, *then = seen[late]
            features, prediction = then if late_targets == "kept" else predict(generator, condition)
            descend(generator, condition, features, prediction - Scripted.target(late))
    assert stage.staleness == [2, 2, 2, 1, 0]
    for array, expected in zip(network_state(stage.layers), network_state(mine), strict=True):
        np.testing.assert_allclose(array, expected, rtol=1e-11)


def predict(generator, condition):
    """What the last map of a generator sees, and what it makes of it."""
    features, last = condition, generator.linear
    if generator.hidden:
        features = np.tanh(condition @ generator.hidden.weights + generator.hidden.bias)
    return features, features @ last.weights + last.bias


def descend(generator, condition, features, delta):
    last, hidden = generator.linear, generator.hidden
    steps = [(last, features, delta)]
    if hidden:
        carried = delta @ last.weights.swapaxes(1, 2) * (1 - features**2)
        steps.append((hidden, condition, carried))
    for linear, inputs, gradient in steps:
        linear.weights -= 0.05 * inputs.swapaxes(1, 2) @ gradient
        linear.bias -= 0.05 * gradient.sum(axis=1, keepdims=True)


@pytest.mark.parametrize("ranks", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("method", ["backprop", "dni[output]"])
def test_every_layer_has_one_rank(ranks, method):
    setup = Setup(method=method, hidden=(64, 64, 32, 64))
    shares = share_layers(setup, ranks)
    layers = [k for share in shares for k in range(5)[share]]
    assert layers == list(range(5))
    assert all(range(5)[share] for share in shares)


def test_the_busiest_rank_has_as_little_as_possible():
    setup = Setup(method="dni[output]", bits=8, hidden=(64, 64, 64))
    assert share_layers(setup, 2) == [slice(0, 2), slice(2, 4)]


def test_more_ranks_than_layers_are_refused():
    with pytest.raises(ValueError, match=r"ranks is 4; allowed is 1 to 3"):
        share_layers(Setup(), 4)


@pytest.mark.parametrize(
    ("method", "way", "options", "message"),
    [
        ("dni[output]", "locked", {}, "method is 'dni.output.'; allowed with locked ranks is"),
        ("backprop", "decoupled", {}, "method is 'backprop'; allowed with decoupled ranks is dni"),
        ("frozen", "locked", {}, "method is 'frozen'; allowed with locked ranks is backprop or"),
        ("dni[output]", "loose", {}, "way is 'loose'; allowed is one of locked, lock-step"),
        ("dni[output]", "decoupled", {"late_targets": "old"}, "late_targets is 'old'; allowed is"),
        ("local-loss", "locked", {}, "method is 'local-loss'; allowed with locked ranks is back"),
        ("dni[output]", "decoupled", {"outstanding": -1}, "outstanding is -1; allowed is a whole"),
        ("backprop", "locked", {"micro_batches": 3}, "micro_batches is 3; allowed is a divisor"),
        ("backprop", "locked", {"micro_batches": 0}, "micro_batches is 0; allowed is a divisor"),
        ("dni[output]", "lock-step", {"micro_batches": 2}, "micro_batches is 2; allowed is 1 unl"),
    ],
)
def test_what_does_not_fit_is_refused(method, way, options, message):
    with pytest.raises(ValueError, match=message):
        Stage(Scripted(0), Setup(method=method), [0], way, **options)


def test_micro_batches_have_no_statistics_of_the_whole():
    setup = Setup(forward_batchnorm=True)
    with pytest.raises(ValueError, match="micro_batches is 2; allowed is 1 unless"):
        Stage(Scripted(0), setup, [0], "locked", micro_batches=2)


def test_a_run_goes_on_where_the_last_one_left_targets_missing():
    """In two runs or in one, the Scripted targets come as late."""
    states = []
    for runs in ([5], [2, 3]):
        setup = Setup(**{**DNI, "method": "dni[output]"})
        stage = Stage(Scripted(lag=2), setup, [0], "decoupled", outstanding=2)
        for k, minibatches in enumerate(runs, start=1):
            stage.run(minibatches, to_the_end=k == len(runs))
        states.append([stage.staleness, *network_state(stage.layers)])
    for one, other in zip(*states, strict=True):
        np.testing.assert_array_equal(one, other)
