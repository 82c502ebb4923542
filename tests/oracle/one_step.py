"""One training step of the engine, seen from outside; what the oracles share.

A level is a dict of the parameters of one layer and its generator, in 2-D arrays: `weights` and,
where there are such, `bias`, `gain`, `shift`, `feedback`, `generator_weights`, `generator_bias`,
`generator_hidden_weights`, `generator_hidden_bias`, `readout_weights`, `readout_bias`.
"""

from itertools import combinations
from typing import NamedTuple

import numpy as np

from synthgrad.core.network.build import build_network
from synthgrad.core.network.methods import training_step
from synthgrad.core.setup import CONDITIONS, Setup
from synthgrad.core.streams import paired_draws
from synthgrad.core.tasks import draw_examples

SUBSETS = [subset for n in (1, 2, 3, 4) for subset in combinations(CONDITIONS, n)]
DNI_METHODS = [f"dni[{'+'.join(subset)}]" for subset in SUBSETS]
METHODS = ["backprop", "frozen", "feedback-alignment", *DNI_METHODS]
SEEDS = (3, 4)
STEP_SIZES = (0.3, 0.7)
GENERATOR_STEP_SIZES = (0.05, 0.11)
BATCH = 7


class Step(NamedTuple):
    """Of one replica: the minibatch, the levels before and after the step, its step sizes."""

    x: np.ndarray
    y: np.ndarray
    before: list
    after: list
    step_size: float
    generator_step_size: float


def small_setup(**changed):
    """A network whose parameters are all far from 0, on a single minibatch."""
    small = {
        "bits": 3,
        "examples": BATCH,
        "batch_size": BATCH,
        "heldout_examples": 0,
        "hidden": (5, 4),
        "weight_scale": 1.0,
        "weight_shift": 0.1,
        "generator_scale": 0.6,
        "generator_shift": 0.1,
    }
    return Setup(**{**small, **changed})


def network(setup, step_sizes=STEP_SIZES, generator_step_sizes=GENERATOR_STEP_SIZES):
    """Layers of a stack of replicas, their inputs and their targets."""
    draws = [paired_draws(seed) for seed in SEEDS]
    training, _ = draw_examples(setup, draws)
    layers = build_network(setup, draws, np.array(step_sizes), np.array(generator_step_sizes))
    random = np.random.RandomState(5)
    for layer in layers:
        if layer.batchnorm is not None:
            # They start at 1 and 0, where a forgotten factor would not show.
            layer.batchnorm.gain += random.rand(*layer.batchnorm.gain.shape)
            layer.batchnorm.shift += random.randn(*layer.batchnorm.shift.shape)
    return layers, training.inputs, training.targets


def levels_of(layers, replica):
    """Copies of all parameters of one replica."""
    levels = []
    for layer in layers:
        level = {"weights": layer.linear.weights, "bias": layer.linear.bias}
        if layer.batchnorm is not None:
            level |= {"gain": layer.batchnorm.gain, "shift": layer.batchnorm.shift}
        level["feedback"] = layer.feedback
        if hasattr(layer, "readout"):
            linear = layer.readout.linear
            level |= {"readout_weights": linear.weights, "readout_bias": linear.bias}
        if hasattr(layer, "generator"):
            if layer.generator.hidden is not None:
                linear = layer.generator.hidden
                level["generator_hidden_weights"] = linear.weights
                level["generator_hidden_bias"] = linear.bias
            linear = layer.generator.linear
            level |= {"generator_weights": linear.weights, "generator_bias": linear.bias}
        levels.append({k: v[replica].copy() for k, v in level.items() if v is not None})
    return levels


def steps_of(setup):
    """Train one step; what became of each replica."""
    layers, inputs, targets = network(setup)
    replicas = range(len(SEEDS))
    before = [levels_of(layers, replica) for replica in replicas]
    training_step(setup)(layers, inputs, targets)
    after = [levels_of(layers, replica) for replica in replicas]
    return [
        Step(*parts)
        for parts in zip(inputs, targets, before, after, STEP_SIZES, GENERATOR_STEP_SIZES)
    ]


def reduction(setup, name):
    """What a gradient summed over the minibatch is divided by for this parameter."""
    averaged = setup.bias_reduction == "mean" and name.endswith("bias")
    return BATCH if averaged else 1
