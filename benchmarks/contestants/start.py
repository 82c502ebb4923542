"""Where all contestants start from: the study's own draws of data and weights."""

from typing import NamedTuple

import numpy as np

from synthgrad.core.training.stack import draw_stack


class Start(NamedTuple):
    """Examples and initial parameters of a stack of replicas.

    inputs: (replicas, examples, 2 * bits); targets: (replicas, examples, bits);
    weights: a (replicas, fan-in, fan-out) array a layer, from the lowest up;
    generators: a pair of weights (replicas, condition size, units) and bias
    (replicas, 1, units) a hidden layer, empty for backprop.
    """

    inputs: np.ndarray
    targets: np.ndarray
    weights: list
    generators: list


def draw_start(setup, seeds):
    """Draw what `train` would start from, with the setup's step sizes."""
    stack = draw_stack(setup, seeds)
    generators = [layer.generator.linear for layer in stack.layers if hasattr(layer, "generator")]
    return Start(
        stack.training.inputs,
        stack.training.targets,
        [layer.linear.weights for layer in stack.layers],
        [(linear.weights, linear.bias) for linear in generators],
    )
