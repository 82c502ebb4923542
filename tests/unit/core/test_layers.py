import numpy as np
import pytest

from synthgrad.core.arrays import select
from synthgrad.core.kernels.reference import sigmoid, sigmoid_backward
from synthgrad.core.network.activations import ACTIVATIONS
from synthgrad.core.network.layers import Layer, Linear, StepSize
from synthgrad.core.network.normalisation import BatchNorm


def test_sigmoid_at_points_known_by_hand():
    x = np.log(np.array([1 / 3, 1, 3, 9]))
    np.testing.assert_allclose(sigmoid(x), [1 / 4, 1 / 2, 3 / 4, 9 / 10], rtol=1e-14)
    slopes = sigmoid_backward(np.array([0, 0.25, 0.5, 1]), np.ones(4))
    assert slopes.tolist() == [0, 0.1875, 0.25, 0]


def test_sigmoid_leaves_its_argument_as_it_was():
    x = np.array([1.0, -2.0])
    sigmoid_backward(sigmoid(x), x)
    assert x.tolist() == [1, -2]


def test_sigmoid_far_out_is_0_and_1():
    with np.errstate(over="ignore"):
        assert sigmoid(np.array([-1e308, -800.0, 800.0, 1e308])).tolist() == [0, 0, 1, 1]


@pytest.mark.parametrize(("reduction", "bias_steps"), [("sum", [6, 60]), ("mean", [3, 30])])
def test_a_step_sums_over_the_batch_for_weights_and_as_asked_for_biases(reduction, bias_steps):
    # Two replicas, two examples, one input, one unit.
    weights, bias = np.full((2, 1, 1), 100.0), np.full((2, 1, 1), 50.0)
    inputs = np.array([[[1.0], [2.0]], [[3.0], [4.0]]])
    delta = np.array([[[2.0], [4.0]], [[20.0], [40.0]]])
    step_size = np.array([1.0, 0.1]).reshape(2, 1, 1)
    Linear(weights, bias, reduction).descend(inputs, delta, step_size)
    # 1*2 + 2*4 = 10 at step size 1; 3*20 + 4*40 = 220 at step size 0.1
    np.testing.assert_allclose(weights.ravel(), [90, 78])
    np.testing.assert_allclose(bias.ravel(), [50 - bias_steps[0], 50 - bias_steps[1] * 0.1])


def test_two_steps_add_up():
    step_size, inputs = np.ones((1, 1, 1)), np.array([[[1.0, 2.0]]])
    linear = Linear(np.zeros((1, 2, 1)))
    linear.descend(inputs, np.array([[[3.0]]]), step_size)
    linear.descend(inputs, np.array([[[-1.0]]]), step_size)
    assert linear.weights.tolist() == [[[-2], [-4]]]


def test_running_statistics_are_means_with_a_memory_of_nine_tenths():
    norm = BatchNorm.untrained(1, 1)
    assert norm.running_mean.tolist() == [[[0]]]
    assert norm.running_variance.tolist() == [[[1]]]
    # Mean 3 and variance 4, then mean 0 and variance 1.
    norm.forward(np.array([[[1.0], [5.0]]]), training=True)
    assert norm.running_mean.item() == pytest.approx(0.3)
    assert norm.running_variance.item() == pytest.approx(1.3)
    norm.forward(np.array([[[-1.0], [1.0]]]), training=True)
    assert norm.running_mean.item() == pytest.approx(0.27)
    assert norm.running_variance.item() == pytest.approx(1.27)
    # Evaluation uses them, and leaves them as they are.
    evaluated = norm.forward(np.array([[[2.0]]]), training=False)
    assert evaluated.item() == pytest.approx((2 - 0.27) / np.sqrt(1.27 + 1e-5))
    assert norm.running_mean.item() == pytest.approx(0.27)


def test_a_gradient_through_batchnorm_has_no_part_that_normalisation_takes_out():
    # Shifting or scaling all pre-activations of a unit changes nothing, up to epsilon.
    random = np.random.RandomState(0)
    x, delta = random.randn(2, 8, 3) * 50, random.randn(2, 8, 3)
    norm = BatchNorm.untrained(2, 3)
    norm.forward(x, training=True)
    gradient = norm.backward(delta)
    assert np.abs(gradient).max() > 1e-3
    np.testing.assert_allclose(gradient.sum(axis=1), 0, atol=1e-14)
    np.testing.assert_allclose((gradient * norm.normalised).sum(axis=1), 0, atol=1e-8)


def test_a_layer_hands_down_its_error_through_weights_or_feedback():
    weights, feedback = np.array([[[1.0], [2.0]]]), np.array([[[-3.0], [5.0]]])
    for given, carried in ((None, weights), (feedback, feedback)):
        step_size = StepSize(np.ones((1, 1, 1)))
        layer = Layer(Linear(weights), ACTIVATIONS["sigmoid"], step_size, feedback=given)
        layer.delta = np.array([[[10.0], [-1.0]]])
        expected = [[10 * carried[0, 0, 0], 10 * carried[0, 1, 0]]]
        expected += [[-carried[0, 0, 0], -carried[0, 1, 0]]]
        assert layer.input_gradient().tolist() == [expected]
        assert layer.true_input_gradient().tolist() == [[[10, 20], [-1, -2]]]


def test_kept_replicas_go_on_as_they_were():
    random = np.random.RandomState(0)

    def built():
        random.seed(1)
        step_size = StepSize(np.array([0.1, 0.2, 0.3]).reshape(3, 1, 1))
        linear = Linear(random.randn(3, 4, 2), random.randn(3, 1, 2))
        norm = BatchNorm.untrained(3, 2)
        return Layer(linear, ACTIVATIONS["sigmoid"], step_size, norm, random.randn(3, 4, 2))

    def train(layer, replicas):
        for inputs, gradient in batches:
            layer.forward(inputs[replicas])
            layer.backward(gradient[replicas])
            layer.update()
        return layer.linear.parameters(), layer.input_gradient(), layer.batchnorm.running_variance

    batches = [(random.randn(3, 5, 4), random.randn(3, 5, 2)) for _ in range(3)]
    whole, cut = built(), built()
    cut = select(cut, np.array([True, False, True]))
    parameters, handed_down, running = train(whole, [0, 1, 2])
    cut_parameters, cut_handed_down, cut_running = train(cut, [0, 2])
    for kept, expected in zip(cut_parameters, parameters, strict=True):
        assert np.array_equal(kept, expected[[0, 2]])
    assert np.array_equal(cut_handed_down, handed_down[[0, 2]])
    assert np.array_equal(cut_running, running[[0, 2]])
