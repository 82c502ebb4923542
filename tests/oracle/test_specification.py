"""docs/arithmetic.md says all: a program written from it trains to the same bits as the engine."""

import numpy as np
import pytest
from one_step import levels_of
from specified.initial import initial_levels
from specified.measures import (
    answers,
    differing_bits,
    dissimilarities,
    final_slope,
    measures,
    questions,
    score,
)
from specified.operations import ACTIVATION
from specified.training import Replica

from synthgrad.core.kernels.compiled import COMPILED
from synthgrad.core.setup import Setup
from synthgrad.core.streams import common_stream, paired_draws
from synthgrad.core.training.curves import accuracy_auc
from synthgrad.core.training.curves import final_slope as slope_of
from synthgrad.core.training.loop import train
from synthgrad.outcomes.twins import DIFFERING_BITS
from synthgrad.study.cells import cell_columns
from synthgrad.study.likeness import dissimilarity

SEEDS = (3, 4)
SMALL = {
    "bits": 3,
    "hidden": (3, 2),
    "examples": 14,
    "batch_size": 4,
    "heldout_examples": 6,
    "epochs": 2,
    "weight_scale": 1.0,
    "generator_scale": 0.6,
    "step_size": 0.3,
    "generator_step_size": 0.05,
}
SETUPS = {
    "backprop": {"bias": True},
    "frozen": {"method": "frozen", "bias": True, "last_step_factor": 0.7},
    "feedback": {"method": "feedback-alignment", "initial_weights": "glorot"},
    "local loss": {"method": "local-loss", "bias": True, "update_probability": 0.5},
    "noise": {"method": "noise", "forward_batchnorm": True, "last_step_factor": 0.7},
    "dni": {"method": "dni[output+label]", "bias": True, "nudged": True},
    "last step": {"last_step_factor": 0.7, "initial_weights": "glorot", "bias": True},
    "last step of feedback": {"method": "feedback-alignment", "last_step_factor": 0.7},
    "last step of local loss": {"method": "local-loss", "last_step_factor": 3},
    "last step of dni": {"method": "dni[label]", "last_step_factor": 3, "nudged": True},
    "batchnorm": {
        "method": "dni[input+output+label+batchnorm]",
        "forward_batchnorm": True,
        "bias": True,
        "bias_reduction": "mean",
        "activation": "tanh",
        "step_direction": "ascent",
        "initial_weights": "glorot",
        "nudged": True,
    },
    "relu": {
        "method": "dni[output]",
        "activation": "relu",
        "generator_hidden": 2,
        "generator_step": "normalised",
        "decouple_last": True,
        "last_step_factor": 0.7,
        "shuffle": True,
    },
    "backprop with batchnorm": {"forward_batchnorm": True},
    "digits": {
        "method": "dni[label]",
        "task": "digits",
        "hidden": (2,),
        "loss": "cross-entropy",
        "update_probability": 0.5,
    },
}


def plain(levels):
    return [{name: array.tolist() for name, array in level.items()} for level in levels]


def by_the_engine(setup):
    """Inputs and targets, the parameters of the replicas after each epoch, and the history."""
    examples, epochs = [], []

    def watch(_epoch, _accuracy, stack):
        examples[:] = stack.training.inputs.tolist(), stack.training.targets.tolist()
        epochs.append([plain(levels_of(stack.layers, replica)) for replica in range(len(SEEDS))])

    history = train(setup, SEEDS, watch=watch, kernels=COMPILED)
    return *examples, epochs, history


def bits(numbers):
    """Text that tells -0.0 from 0.0 and takes all NaNs as one."""
    return repr(numbers)


@pytest.mark.parametrize("name", SETUPS)
def test_a_program_that_follows_the_page_trains_to_the_same_bits(name):
    if name == "digits":
        pytest.importorskip("sklearn", reason="needs scikit-learn")
    setup = Setup(**{**SMALL, **SETUPS[name]})
    inputs, targets, (drawn, *trained), history = by_the_engine(setup)
    answered = []
    for place, (seed, *examples) in enumerate(zip(SEEDS, inputs, targets, strict=True)):
        streams = paired_draws(seed)
        levels = initial_levels(setup, streams)
        assert bits(levels) == bits(drawn[place])
        replica = Replica(setup, levels, streams)
        found = [measures(replica, *examples)]
        for replicas in trained:
            replica.train_epoch(*examples)
            assert bits(levels) == bits(replicas[place])
            found.append(measures(replica, *examples))

        for level, before in list(zip(levels, drawn[place]))[-1 if name == "frozen" else 0 :]:
            assert level["weights"] != before["weights"]
        for measure, values in history.measures.items():
            if not measure.startswith("heldout_"):
                assert bits([row[measure] for row in found]) == bits(values[place].tolist())
        curve, chance = [row["bit_accuracy"] for row in found[1:]], history.chance[[place]]
        assert bits([score(curve, *chance.tolist())]) == bits(
            accuracy_auc(np.array([curve]), chance).tolist()
        )
        if setup.task == "addition":
            answered.append(answers(replica, questions(common_stream(), setup.bits)))
            assert answered[place] == history.answers[place].ravel().tolist()
    if answered:
        packed = cell_columns(history)["answers"].reshape(len(SEEDS), -1)[:, -1]
        assert bits(differing_bits(*answered)) == bits(DIFFERING_BITS.of_bytes(*packed))


def test_exponentials_have_the_bits_of_the_page_to_their_ends():
    random = np.random.default_rng(0)
    drawn = [random.uniform(-width, width, 200) for width in (1e-3, 1, 20, 400, 800)]
    ends = [0, 5e-324, 1e-300, 354, 354.5, 355, 708, 709, 1e308, np.inf, np.nan]
    ends += [np.nextafter(end, 1000) for end in (354, 354.5, 708, 709)]
    x = np.concatenate([*drawn, ends, np.negative(ends), [0, 0]]).reshape(1, -1, 4)
    for name in ("sigmoid", "tanh", "softmax"):
        (values,) = getattr(COMPILED, name)(x).tolist()
        assert bits(ACTIVATION[name](x[0].tolist())) == bits(values)


def test_dissimilarities_have_the_bits_of_the_page():
    hidden = np.random.default_rng(0).random((5, 4))
    found = np.array(dissimilarities(hidden.tolist()), dtype=np.float32)
    assert bits(found.tolist()) == bits(dissimilarity(hidden).tolist())


@pytest.mark.parametrize("epochs", [2, 3, 29, 30, 600])
def test_slopes_have_the_bits_of_the_page(epochs):
    curves = np.random.default_rng(epochs).integers(0, 3001, (5, epochs)) / 3000
    assert bits([final_slope(curve) for curve in curves.tolist()]) == bits(
        slope_of(curves).tolist()
    )
