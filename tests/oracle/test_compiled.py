"""The compiled kernels against the NumPy that they stand for."""

from dataclasses import replace
from itertools import product
from types import SimpleNamespace

import numpy as np
import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from synthgrad.core.kernels import compiled, reference
from synthgrad.core.setup import Setup
from synthgrad.core.training.loop import train
from synthgrad.core.tutorial import EDITIONS, PUBLISHED_SEED, printed_errors

BATCHES = (1, 2, 3, 4, 7, 10, 16, 50, 256, 300)
MAPS = [
    (8, 128),
    (24, 128),
    (128, 64),
    (64, 12),
    (64, 4),
    (16, 64),
    (64, 32),
    (32, 8),
    (128, 128),
    (64, 64),
    (32, 32),
    (140, 128),
    (76, 64),
    (40, 32),
    (9, 7),
    (200, 24),
    (300, 16),
]


@pytest.fixture(autouse=True)
def single_blas_thread():
    with threadpool_limits(1):
        yield


def same(one, other, scale=1.0):
    """Equal to the last bit beside the OpenBLAS kernels that are copied, within 1e-12 elsewhere."""
    blas = {library.get("architecture") for library in threadpool_info()}
    if "SkylakeX" in blas:
        np.testing.assert_array_equal(one, other)
    else:
        np.testing.assert_allclose(one, other, rtol=1e-12, atol=1e-12 * scale)


def arrays(batch, fan_in, fan_out, seed=0, replicas=3):
    """Inputs that are a slice of more, weights, bias, delta and step sizes."""
    rng = np.random.default_rng(seed)
    inputs = rng.standard_normal((replicas, 2 * batch, fan_in))[:, batch:]
    weights = rng.standard_normal((replicas, fan_in, fan_out))
    bias = rng.standard_normal((replicas, 1, fan_out))
    delta = rng.standard_normal((replicas, batch, fan_out))
    return inputs, weights, bias, delta, rng.random((replicas, 1, 1))


@pytest.mark.parametrize(("batch", "sizes"), [*product(BATCHES, MAPS)])
def test_every_function_gives_what_its_numpy_gives(batch, sizes):
    inputs, weights, bias, delta, step = arrays(batch, *sizes)
    same(compiled.apply(inputs, weights), reference.apply(inputs, weights), 10)
    same(compiled.apply(inputs, weights, bias), reference.apply(inputs, weights, bias), 10)
    same(compiled.carry(delta, weights), reference.carry(delta, weights), 10)
    for name, parameters, others in [
        ("descend", weights, (inputs, delta, step)),
        ("descend_bias", bias, (delta, step)),
    ]:
        ours, theirs = parameters.copy(), parameters.copy()
        getattr(compiled, name)(ours, *others)
        getattr(reference, name)(theirs, *others)
        same(ours, theirs, 10)
    output = reference.sigmoid(delta)
    same(compiled.sigmoid(delta), output)
    same(compiled.sigmoid_backward(output, delta), reference.sigmoid_backward(output, delta))
    same(compiled.normalise(output), reference.normalise(output), 10)


def test_the_sigmoid_is_right_at_its_ends_and_close_between():
    ends = np.array(
        [-np.inf, -1e300, -800, -709.5, -708.5, -37, -1e-300, 0, 37, 800, np.inf, np.nan]
    )
    between = np.random.default_rng(0).uniform(-708, 708, 100_000)
    with np.errstate(over="ignore"):
        same(compiled.sigmoid(ends), reference.sigmoid(ends))
        expected = reference.sigmoid(between)
    np.testing.assert_allclose(compiled.sigmoid(between), expected, rtol=1e-15, atol=0)


def test_arguments_other_than_the_result_are_left_alone():
    given = arrays(10, 16, 8)
    inputs, weights, bias, delta, step = given
    kept = [array.copy() for array in given]
    compiled.apply(inputs, weights, bias)
    compiled.carry(delta, weights)
    compiled.sigmoid(delta)
    compiled.sigmoid_backward(delta, delta)
    compiled.normalise(delta)
    compiled.descend(weights.copy(), inputs, delta, step)
    compiled.descend_bias(bias.copy(), delta, step)
    for array, copy in zip(given, kept, strict=True):
        np.testing.assert_array_equal(array, copy)


def test_a_replica_is_the_same_alone_and_in_a_stack():
    given = arrays(10, 24, 128, replicas=5)
    whole = compiled.apply(*given[:3]), compiled.carry(given[3], given[1])
    for r in range(5):
        inputs, weights, bias, delta, _ = (array[r : r + 1] for array in given)
        np.testing.assert_array_equal(compiled.apply(inputs, weights, bias), whole[0][r : r + 1])
        np.testing.assert_array_equal(compiled.carry(delta, weights), whole[1][r : r + 1])


METHODS = [
    "backprop",
    "frozen",
    "feedback-alignment",
    "dni[output]",
    "dni[label]",
    "dni[output+label]",
    "dni[input+output+label+batchnorm]",
]
SIZES = [
    {"bits": 8, "hidden": (64, 32)},
    {"bits": 12, "hidden": (128, 64)},
    {"bits": 3, "hidden": (5, 1, 7), "bias": True, "forward_batchnorm": True},
    {"bits": 6, "hidden": (16,), "batch_size": 7, "bias": True, "bias_reduction": "mean"},
]


@pytest.mark.parametrize(("method", "sizes"), [*product(METHODS, SIZES)], ids=str)
def test_training_gives_the_same_weights(method, sizes):
    setup = Setup(method=method, examples=60, heldout_examples=20, epochs=3, **sizes)
    # Small enough that no replica runs away, which would multiply the last bits.
    steps = {"step_size": [0.1, 0.3, 0.7], "generator_step_size": [0.0003, 0.001, 0.003]}
    plain = train(setup, [0, 1, 2], **steps)
    fast = train(setup, [0, 1, 2], **steps, kernels=compiled)
    for name, values in plain.measures.items():
        same(fast.measures[name], values)


@pytest.mark.parametrize("edition", EDITIONS)
def test_published_programs_replay_the_same(edition):
    program = EDITIONS[edition]
    setup, tallies = replace(program.setup, epochs=20), printed_errors(program)
    plain, fast = (
        train(setup, [PUBLISHED_SEED], record=[], tallies=tallies, kernels=kernels)
        for kernels in (reference, compiled)
    )
    for name in tallies:
        same(fast.measures[name][:, 1:], plain.measures[name][:, 1:], 1000)


def test_a_diverging_replica_ends_the_same_way():
    setup = Setup(method="dni[output]", bits=3, examples=400, hidden=(6, 5), epochs=12)
    unstable = replace(setup, generator_step_size=50.0)
    plain = train(unstable, [0, 1])
    fast = train(unstable, [0, 1], kernels=compiled)
    np.testing.assert_array_equal(fast.diverged_at, plain.diverged_at)


def test_a_network_computes_with_the_kernels_it_was_built_with():
    names = ("apply", "carry", "descend", "descend_bias", "sigmoid", "sigmoid_backward")
    names += ("normalise",)
    called = set()

    def counted(name):
        def function(*arguments):
            called.add(name)
            return getattr(reference, name)(*arguments)

        return function

    kernels = SimpleNamespace(**{name: counted(name) for name in names})
    for method in ("backprop", "feedback-alignment", "dni[output+batchnorm]"):
        called.clear()
        setup = Setup(method, bits=3, examples=20, hidden=(5, 4), epochs=2, bias=True)
        own = train(setup, [0, 1], kernels=kernels)
        assert called >= set(names) - {"normalise"}
        assert ("normalise" in called) == bool(setup.conditions)
        plain = train(setup, [0, 1])
        for name, values in plain.measures.items():
            np.testing.assert_array_equal(own.measures[name], values)
