"""Where all contestants start from: the study's own draws of data and weights."""

from typing import NamedTuple

import numpy as np

from synthgrad.core.network import methods
from synthgrad.core.streams import paired_draws
from synthgrad.core.tasks import draw_examples


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
    """Draw what `training.train` would start from, with the setup's step sizes."""
    layers, examples = draw_layers(setup, seeds)
    generators = [layer.generator.linear for layer in layers if hasattr(layer, "generator")]
    return Start(
        examples.inputs,
        examples.targets,
        [layer.linear.weights for layer in layers],
        [(linear.weights, linear.bias) for linear in generators],
    )


def draw_layers(setup, seeds):
    """The same as the engine's layers and examples."""
    draws = [paired_draws(seed) for seed in seeds]
    examples, _ = draw_examples(setup, draws)
    step_sizes = (np.full(len(draws), s) for s in (setup.step_size, setup.generator_step_size))
    return methods.build_network(setup, draws, *step_sizes), examples
