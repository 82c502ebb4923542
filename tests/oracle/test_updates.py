"""Every update of every method against the derivative of what it is meant to descend.

The derivatives come from complex steps, f'(p) = Im f(p + ih) / h, which are exact to the last
digits, through a forward pass written here. The quantities are

- the loss, 1/2 sum (output - target)**2, for all of backprop and for the last layer;
- <handed gradient, output of the layer>, the handed gradient held constant, for a layer that
  learns from a synthetic gradient or from feedback;
- 1/2 |synthetic - target gradient|**2, the target held constant, for a generator.
"""

import numpy as np
import pytest
from one_step import DNI_METHODS, METHODS, levels_of, network, reduction, small_setup, steps_of

from synthgrad.core.network.layers import Linear
from synthgrad.core.network.methods import training_step

OWN = ("weights", "bias", "gain", "shift")
GENERATOR_HIDDEN = ("generator_hidden_weights", "generator_hidden_bias")
GENERATOR = ("generator_weights", "generator_bias", *GENERATOR_HIDDEN)
H = 1e-30


def gradient(quantity, point):
    """Derivative of `quantity` at `point`; all entries are perturbed at once, on a new axis."""
    steps = 1j * H * np.eye(point.size).reshape(point.size, *point.shape)
    return quantity(point + steps).imag.reshape(point.shape) / H


def total(values):
    return values.sum(axis=(-2, -1))


def normalised(values):
    centred = values - values.mean(axis=-2, keepdims=True)
    return centred / np.sqrt((centred * centred).mean(axis=-2, keepdims=True) + 1e-5)


def activation(level, product):
    """From the linear map's output to the layer's."""
    if "gain" in level:
        product = normalised(product) * level["gain"] + level["shift"]
    return 1 / (1 + np.exp(-product))


def linear_map(level, below):
    return below @ level["weights"] + level.get("bias", 0)


def outputs_of(levels, x):
    outputs = [x]
    for level in levels:
        outputs.append(activation(level, linear_map(level, outputs[-1])))
    return outputs


def loss(out, y):
    return total((out - y) ** 2) / 2


def condition(setup, x, output, y):
    columns = {"input": x, "output": output, "label": y, "batchnorm": normalised(output)}
    return np.concatenate([columns[name] for name in setup.conditions], axis=-1)


def features(level, seen):
    """What the generator's last map sees."""
    if "generator_hidden_weights" not in level:
        return seen
    hidden = seen @ level["generator_hidden_weights"] + level.get("generator_hidden_bias", 0)
    return np.tanh(hidden)


def predicted(level, setup, x, output, y):
    """The generator's word on a layer's output."""
    seen = features(level, condition(setup, x, output, y))
    return seen @ level["generator_weights"] + level.get("generator_bias", 0)


class Expectation:
    """What each layer of one replica is meant to be handed, and to descend, in one step.

    From the last layer down: `handed[k]` is the gradient at the output of layer k and `delta[k]`
    that at its linear map's output.
    """

    def __init__(self, setup, step):
        self.setup, self.step = setup, step
        self.outputs = outputs_of(step.before, step.x)
        last = len(step.before) - 1
        self.handed, self.delta = {}, {}
        for k in range(last, -1, -1):
            output = self.outputs[k + 1]
            if "generator_weights" in step.before[k]:
                handed = predicted(step.before[k], setup, step.x, output, step.y)
            elif k == last:
                handed = gradient(lambda out: loss(out, step.y), output)
            else:
                above = step.before[k + 1]
                handed = self.delta[k + 1] @ above.get("feedback", above["weights"]).T
            product = linear_map(step.before[k], self.outputs[k])
            self.handed[k] = handed
            self.delta[k] = gradient(self.surrogate(k), product)

    def surrogate(self, k):
        """<handed gradient, output>, as a function of the linear map's output."""
        return lambda product: total(self.handed[k] * activation(self.step.before[k], product))

    def quantity(self, k, name):
        """What the parameter `name` of layer k descends, as a function of that parameter."""
        before, x, y = self.step.before, self.step.x, self.step.y
        true = k == len(before) - 1 and "generator_weights" not in before[k]

        def changed(value):
            return {**before[k], name: value}

        if self.setup.method == "backprop":
            return lambda v: loss(outputs_of([*before[:k], changed(v), *before[k + 1 :]], x)[-1], y)
        below = self.outputs[k]

        def output(value):
            return activation(changed(value), linear_map(changed(value), below))

        if true:
            return lambda value: loss(output(value), y)
        return lambda value: total(self.handed[k] * output(value))

    def target_gradient(self, k):
        """What generator k learns to predict: `delta` from above through the updated weights."""
        if k == len(self.step.before) - 1:
            return self.outputs[-1] - self.step.y
        return self.delta[k + 1] @ self.step.after[k + 1]["weights"].T

    def generator_quantity(self, k, name):
        """What the generator's parameter `name` descends."""
        x, y, output, target = (
            self.step.x,
            self.step.y,
            self.outputs[k + 1],
            self.target_gradient(k),
        )
        level = self.step.before[k]
        return lambda value: (
            total((predicted({**level, name: value}, self.setup, x, output, y) - target) ** 2) / 2
        )

    def generator_step_size(self, k, name):
        """The step size of the generator's parameter `name`."""
        if self.setup.generator_step == "plain":
            return self.step.generator_step_size
        seen = condition(self.setup, self.step.x, self.outputs[k + 1], self.step.y)
        if name not in GENERATOR_HIDDEN:
            seen = features(self.step.before[k], seen)
        return self.step.generator_step_size / (np.mean(seen**2) + 1e-5)


def assert_updates_descend(setup):
    sign = {"descent": -1, "ascent": 1}
    for step in steps_of(setup):
        expected = Expectation(setup, step)
        own = sign[setup.step_direction] * step.step_size
        generators = sign[setup.generator_step_direction]
        for k, (before, after) in enumerate(zip(step.before, step.after, strict=True)):
            for name in set(OWN + GENERATOR) & set(before):
                if setup.method == "frozen" and k < len(step.before) - 1:
                    assert np.array_equal(after[name], before[name])
                    continue
                if name in OWN:
                    size, quantity = own, expected.quantity(k, name)
                else:
                    size = generators * expected.generator_step_size(k, name)
                    quantity = expected.generator_quantity(k, name)
                change = size * gradient(quantity, before[name]) / reduction(setup, name)
                np.testing.assert_allclose(
                    after[name] - before[name], change, rtol=1e-9, atol=1e-13, err_msg=f"{name} {k}"
                )


@pytest.mark.parametrize("bias_reduction", ["sum", "mean"])
@pytest.mark.parametrize("forward_batchnorm", [False, True])
@pytest.mark.parametrize("bias", [False, True])
@pytest.mark.parametrize("method", METHODS)
def test_each_update_descends_its_quantity(method, bias, forward_batchnorm, bias_reduction):
    assert_updates_descend(
        small_setup(
            method=method,
            bias=bias,
            generator_bias=bias,
            forward_batchnorm=forward_batchnorm,
            bias_reduction=bias_reduction,
        )
    )


@pytest.mark.parametrize(
    "directions", [("ascent", "descent"), ("descent", "ascent"), ("ascent",) * 2]
)
@pytest.mark.parametrize("method", METHODS)
def test_each_update_climbs_its_quantity_where_ascent_is_asked_for(method, directions):
    assert_updates_descend(
        small_setup(
            method=method,
            bias=True,
            forward_batchnorm=True,
            step_direction=directions[0],
            generator_step_direction=directions[1],
        )
    )


@pytest.mark.parametrize("forward_batchnorm", [False, True])
@pytest.mark.parametrize("method", DNI_METHODS)
def test_a_decoupled_last_layer_learns_from_its_generator(method, forward_batchnorm):
    assert_updates_descend(
        small_setup(
            method=method, bias=True, decouple_last=True, forward_batchnorm=forward_batchnorm
        )
    )


@pytest.mark.parametrize("bias_reduction", ["sum", "mean"])
@pytest.mark.parametrize("generator_bias", [False, True])
@pytest.mark.parametrize("generator_step", ["plain", "normalised"])
@pytest.mark.parametrize("generator_hidden", [0, 6])
@pytest.mark.parametrize("method", ["dni[output]", "dni[output+label]", "dni[batchnorm]"])
def test_each_form_of_generator_descends_its_quantity(
    method, generator_hidden, generator_step, generator_bias, bias_reduction
):
    assert_updates_descend(
        small_setup(
            method=method,
            generator_hidden=generator_hidden,
            generator_step=generator_step,
            generator_bias=generator_bias,
            bias_reduction=bias_reduction,
        )
    )


@pytest.mark.parametrize("hidden", [(4,), (4, 3, 5)])
@pytest.mark.parametrize(
    "method", ["backprop", "frozen", "feedback-alignment", "dni[output+label]"]
)
def test_updates_descend_at_other_depths(method, hidden):
    assert_updates_descend(small_setup(method=method, hidden=hidden))


def changes_from_zero(linear_maps):
    """What a step made of parameters that were zero: not rounded against anything."""
    changes = []
    for linear in linear_maps:
        changes += linear.parameters()
    return [change.copy() for change in changes]


@pytest.mark.parametrize("bias_reduction", ["sum", "mean"])
def test_an_ascending_step_is_the_exact_negative_of_a_descending_one(bias_reduction):
    random = np.random.RandomState(0)
    inputs, delta = random.randn(2, 7, 5), random.randn(2, 7, 3)
    step_size = np.array([0.3, 0.7])[:, None, None]
    changes = []
    for sign in (1, -1):
        linear = Linear(np.zeros((2, 5, 3)), np.zeros((2, 1, 3)), bias_reduction)
        linear.descend(inputs, delta, sign * step_size)
        changes.append(changes_from_zero([linear]))
    for down, up in zip(*changes, strict=True):
        assert np.all(down != 0)
        assert np.array_equal(up, -down)


@pytest.mark.parametrize("method", METHODS)
def test_step_directions_mirror_the_first_step_of_every_method(method):
    changes = {}
    for direction in ("descent", "ascent"):
        setup = small_setup(
            method=method, bias=True, weight_scale=0, weight_shift=0, step_direction=direction
        )
        layers, inputs, targets = network(setup)
        training_step(setup)(layers, inputs, targets)
        changes[direction] = changes_from_zero([layer.linear for layer in layers])
    for down, up in zip(changes["descent"], changes["ascent"], strict=True):
        assert np.array_equal(up, -down)
    assert np.any(changes["descent"][-1])


@pytest.mark.parametrize("method", DNI_METHODS)
def test_generator_step_directions_mirror_the_first_step_of_every_method(method):
    changes = {}
    for direction in ("descent", "ascent"):
        setup = small_setup(
            method=method,
            generator_scale=0,
            generator_shift=0,
            generator_step_direction=direction,
        )
        layers, inputs, targets = network(setup)
        training_step(setup)(layers, inputs, targets)
        changes[direction] = changes_from_zero([layer.generator.linear for layer in layers[:-1]])
    for down, up in zip(changes["descent"], changes["ascent"], strict=True):
        assert np.array_equal(up, -down)
    # The lower generator hears of 0 from a layer whose own generator still says 0.
    assert np.any(changes["descent"][-1])


@pytest.mark.parametrize("method", DNI_METHODS)
@pytest.mark.parametrize("decouple_last", [False, True])
def test_gradients_are_handed_down_through_the_weights_already_updated(method, decouple_last):
    setup = small_setup(method=method, decouple_last=decouple_last)
    layers, inputs, targets = network(setup)
    old = [layer.linear.weights.copy() for layer in layers]
    training_step(setup)(layers, inputs, targets)
    for k, layer in enumerate(layers[:-1]):
        above = layers[k + 1]
        through_updated = above.delta @ above.linear.weights.swapaxes(1, 2)
        through_old = above.delta @ old[k + 1].swapaxes(1, 2)
        np.testing.assert_allclose(layer.target_gradient, through_updated, rtol=1e-12)
        assert np.linalg.norm(layer.target_gradient - through_old) > 0.01 * np.linalg.norm(
            through_old
        )
    if decouple_last:
        # Nothing is above the last layer: its generator hears the true gradient.
        np.testing.assert_array_equal(layers[-1].target_gradient, layers[-1].output - targets)


def test_feedback_alignment_carries_errors_down_through_fixed_random_matrices():
    setup = small_setup(method="feedback-alignment")
    for step in steps_of(setup):
        x, h1, h2, out = outputs_of(step.before, step.x)
        d3 = (out - step.y) * out * (1 - out)
        d2 = (d3 @ step.before[2]["feedback"].T) * h2 * (1 - h2)
        d1 = (d2 @ step.before[1]["feedback"].T) * h1 * (1 - h1)
        for k, (below, delta) in enumerate([(x, d1), (h1, d2), (h2, d3)]):
            before, after = step.before[k], step.after[k]
            np.testing.assert_allclose(
                after["weights"] - before["weights"],
                -step.step_size * below.T @ delta,
                rtol=1e-9,
                atol=1e-13,
            )
            assert np.array_equal(after["feedback"], before["feedback"])
            assert not np.any(before["feedback"] == before["weights"])


def test_feedback_matrices_are_drawn_like_weights_from_their_own_stream():
    setup = small_setup(method="feedback-alignment")
    layers, *_ = network(setup)
    for replica, seed in enumerate((3, 4)):
        stream = np.random.RandomState(
            np.random.MT19937(np.random.SeedSequence(seed, spawn_key=(4,)))
        )
        for level in levels_of(layers, replica):
            drawn = stream.randn(*level["weights"].shape) * setup.weight_scale + setup.weight_shift
            assert np.array_equal(level["feedback"], drawn)
