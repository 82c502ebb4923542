"""The compiled kernels against the NumPy that they stand for."""

from dataclasses import replace
from fractions import Fraction
from functools import reduce
from itertools import product as product_of

import exponentials
import numpy as np
import pytest

from synthgrad.core.kernels import chosen, reference
from synthgrad.core.kernels.compiled import COMPILED
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


def assert_close(one, other, scale=1.0):
    np.testing.assert_allclose(one, other, rtol=1e-12, atol=1e-12 * scale)


def arrays(batch, fan_in, fan_out, seed=0, replicas=3):
    """Inputs that are a slice of more, weights, bias, delta and step sizes."""
    rng = np.random.default_rng(seed)
    inputs = rng.standard_normal((replicas, 2 * batch, fan_in))[:, batch:]
    weights = rng.standard_normal((replicas, fan_in, fan_out))
    bias = rng.standard_normal((replicas, 1, fan_out))
    delta = rng.standard_normal((replicas, batch, fan_out))
    return inputs, weights, bias, delta, rng.random((replicas, 1, 1))


@pytest.mark.parametrize(("batch", "sizes"), [*product_of(BATCHES, MAPS)])
def test_every_operation_gives_what_its_numpy_gives(batch, sizes):
    inputs, weights, bias, delta, step = arrays(batch, *sizes)
    for name, arguments in [
        ("apply", (inputs, weights)),
        ("apply", (inputs, weights, bias)),
        ("carry", (delta, weights)),
        ("sigmoid", (delta,)),
        ("sigmoid_backward", (reference.sigmoid(delta), delta)),
        ("tanh", (delta,)),
        ("relu", (delta,)),
        ("relu_backward", (reference.relu(delta), delta)),
        ("softmax", (delta,)),
        ("sqrt", (abs(delta),)),
        ("sum_over_examples", (delta,)),
        ("sum_over_units", (delta,)),
        ("dot", (delta, reference.tanh(delta))),
    ]:
        ours, theirs = (getattr(kernels, name)(*arguments) for kernels in (COMPILED, reference))
        assert_close(ours, theirs, 100)
    for name, arguments in [
        ("descend", (weights, inputs, delta, step)),
        ("descend_bias", (bias, delta, step)),
        ("add", (delta, reference.tanh(delta))),
        ("assign", (delta, reference.tanh(delta))),
    ]:
        ours, theirs = arguments[0].copy(), arguments[0].copy()
        getattr(COMPILED, name)(ours, *arguments[1:])
        getattr(reference, name)(theirs, *arguments[1:])
        assert_close(ours, theirs, 100)


def fused(a, b, c):
    """``a * b + c`` rounded once, by way of fractions."""
    return float(Fraction(a) * Fraction(b) + Fraction(c))


@pytest.mark.parametrize("sizes", [(3, 2), (5, 9), (17, 12), (2, 21), (1, 1)])
@pytest.mark.parametrize("batch", [1, 3, 10, 13])
def test_products_take_their_terms_in_order_each_rounded_once(batch, sizes):
    inputs, weights, _, delta, step = arrays(batch, *sizes, replicas=2)
    fan_in, fan_out = sizes
    product, carried = COMPILED.apply(inputs, weights), COMPILED.carry(delta, weights)
    descended = weights.copy()
    COMPILED.descend(descended, inputs, delta, step)

    def summed(left, right):
        return reduce(lambda total, pair: fused(*pair, total), zip(left, right, strict=True), 0.0)

    for r in range(2):
        for b, j in product_of(range(batch), range(fan_out)):
            assert product[r, b, j] == summed(inputs[r, b], weights[r, :, j])
        for b, i in product_of(range(batch), range(fan_in)):
            assert carried[r, b, i] == summed(delta[r, b], weights[r, i])
        for i, j in product_of(range(fan_in), range(fan_out)):
            total = summed(inputs[r, :, i], delta[r, :, j])
            assert descended[r, i, j] == fused(-step[r, 0, 0], total, weights[r, i, j])


@pytest.mark.parametrize(("name", "bound"), [("exp", 1.0), ("sigmoid", 2.5), ("tanh", 3.0)])
def test_exponentials_are_as_close_as_documented(name, bound):
    random, most = np.random.default_rng(0), exponentials.FUNCTIONS[name][-1]
    x = np.concatenate([random.uniform(-width, width, 1500) for width in (1e-3, 1, 20, most)])
    assert exponentials.distances(name, x).max() <= bound


def test_exponentials_are_right_at_their_ends():
    x = np.array([-np.inf, -1e300, -800, -1e-300, 0, 37, 800, np.inf, np.nan]).reshape(1, 1, -1)
    half = 1 / (1 + np.exp(-37.0))
    expected = [0, 0, 0, 0.5, 0.5, half, 1, 1, np.nan]
    np.testing.assert_allclose(COMPILED.sigmoid(x).ravel(), expected, rtol=1e-15)
    expected = [-1, -1, -1, -1e-300, 0, 1, 1, 1, np.nan]
    np.testing.assert_allclose(COMPILED.tanh(x).ravel(), expected, rtol=1e-15)
    shares = COMPILED.softmax(np.array([[[0.0, -800.0, 700.0]]]))
    assert shares.tolist() == [[[np.exp(-700.0), 0.0, 1.0]]]


def test_arguments_other_than_the_result_are_left_alone():
    given = arrays(10, 16, 8)
    inputs, weights, bias, delta, step = given
    kept = [array.copy() for array in given]
    COMPILED.apply(inputs, weights, bias)
    COMPILED.carry(delta, weights)
    COMPILED.sigmoid_backward(delta, delta)
    COMPILED.softmax(delta)
    COMPILED.descend(weights.copy(), inputs, delta, step)
    COMPILED.descend_bias(bias.copy(), delta, step)
    for array, copy in zip(given, kept, strict=True):
        np.testing.assert_array_equal(array, copy)


def test_a_replica_is_the_same_alone_and_in_a_stack():
    given = arrays(10, 24, 128, replicas=5)
    whole = COMPILED.apply(*given[:3]), COMPILED.carry(given[3], given[1])
    for r in range(5):
        inputs, weights, bias, delta, _ = (array[r : r + 1] for array in given)
        np.testing.assert_array_equal(COMPILED.apply(inputs, weights, bias), whole[0][r : r + 1])
        np.testing.assert_array_equal(COMPILED.carry(delta, weights), whole[1][r : r + 1])


def test_what_kernels_cannot_take_is_refused():
    inputs, weights, _, delta, step = arrays(4, 3, 2)
    with pytest.raises(TypeError, match="float64"):
        COMPILED.apply(inputs.astype(np.float32), weights)
    with pytest.raises(ValueError, match=r"is \(3, 3, 2\); allowed is \(replicas, 3, 3\)"):
        COMPILED.apply(weights, weights)
    with pytest.raises(ValueError, match=r"have \[3, 3, 2\] replicas"):
        COMPILED.apply(inputs, weights[:2])
    with pytest.raises(ValueError, match="gaps"):
        COMPILED.descend(weights[:, :, ::2], inputs, delta[:, :, ::2], step)


METHODS = [
    "backprop",
    "frozen",
    "feedback-alignment",
    "local-loss",
    "noise",
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


VARIANTS = [
    {"activation": "tanh"},
    {"activation": "relu"},
    {"generator_hidden": 7, "generator_scale": 0.1},
    {"task": "digits", "loss": "cross-entropy"},
]
SETTINGS = [{"method": method} | sizes for method, sizes in product_of(METHODS, SIZES)] + [
    {"method": method, "hidden": (16, 12)} | variant
    for method, variant in product_of(["dni[label]", "dni[output+batchnorm]"], VARIANTS)
]


@pytest.mark.parametrize("settings", SETTINGS, ids=str)
def test_training_gives_the_same_weights(settings):
    if settings.get("task") == "digits":
        pytest.importorskip("sklearn", reason="the images come with scikit-learn")
    setup = Setup(examples=60, heldout_examples=20, epochs=3, **settings)
    # Small enough that no replica runs away, which would multiply the last bits.
    step = 0.1 if setup.activation == "sigmoid" else 0.01
    steps = {
        "step_size": [step, 3 * step, 7 * step],
        "generator_step_size": [0.0003, 0.001, 0.003],
    }
    plain = train(setup, [0, 1, 2], **steps, kernels=reference)
    fast = train(setup, [0, 1, 2], **steps)
    for name, values in plain.measures.items():
        assert_close(fast.measures[name], values)


@pytest.mark.parametrize("edition", EDITIONS)
def test_published_programs_replay_the_same(edition):
    program = EDITIONS[edition]
    setup, tallies = replace(program.setup, epochs=20), printed_errors(program)
    plain, fast = (
        train(setup, [PUBLISHED_SEED], record=[], tallies=tallies, kernels=kernels)
        for kernels in (reference, COMPILED)
    )
    for name in tallies:
        assert_close(fast.measures[name][:, 1:], plain.measures[name][:, 1:], 1000)


def test_a_diverging_replica_ends_the_same_way():
    setup = Setup(method="dni[output]", bits=3, examples=400, hidden=(6, 5), epochs=12)
    unstable = replace(setup, generator_step_size=50.0)
    plain = train(unstable, [0, 1], kernels=reference)
    fast = train(unstable, [0, 1])
    np.testing.assert_array_equal(fast.diverged_at, plain.diverged_at)


class Counted:
    """The reference, with a note of which operations are asked of it."""

    def __init__(self):
        self.called = set()

    def __getattr__(self, name):
        self.called.add(name)
        return getattr(reference, name)


@pytest.mark.parametrize("method", ["backprop", "feedback-alignment", "dni[output+batchnorm]"])
def test_a_network_computes_with_the_kernels_it_was_built_with(method):
    setup = Setup(method, bits=3, examples=20, hidden=(5, 4), epochs=2, bias=True)
    counted = Counted()
    own = train(setup, [0, 1], kernels=counted)
    operations = {"apply", "carry", "descend", "descend_bias", "sigmoid", "sigmoid_backward"}
    assert counted.called >= operations
    assert ("sqrt" in counted.called) == bool(setup.conditions)
    plain = train(setup, [0, 1], kernels=reference)
    for name, values in plain.measures.items():
        np.testing.assert_array_equal(own.measures[name], values)


@pytest.mark.parametrize(
    ("variables", "kernels"),
    [
        ({}, "Compiled"),
        ({"SYNTHGRAD_KERNELS": "reference"}, "synthgrad.core.kernels.reference"),
        ({"NUMBA_DISABLE_JIT": "1"}, "synthgrad.core.kernels.reference"),
    ],
)
def test_the_environment_chooses_the_kernels(monkeypatch, variables, kernels):
    for name in ("SYNTHGRAD_KERNELS", "NUMBA_DISABLE_JIT"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    found = chosen()
    assert getattr(found, "__name__", type(found).__name__) == kernels


def test_kernels_that_do_not_exist_are_refused(monkeypatch):
    monkeypatch.setenv("SYNTHGRAD_KERNELS", "numpy")
    with pytest.raises(ValueError, match="SYNTHGRAD_KERNELS is 'numpy'; allowed is compiled or"):
        chosen()
