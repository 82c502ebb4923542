"""How much of the true gradient a linear generator could represent, along the paths of training.

A generator sees a matrix, a row an example, and a 1 beside it where it has biases. The best that is
linear in it is the least-squares fit of the true gradient over all training examples: what a
generator would come to if the network stood still. How soon it comes to it depends on how far the
singular values of the matrix are apart, since the largest bounds the step size.

The networks of an experiment on initial scales are trained again, with the step sizes that they
had. LAPACK finds the singular values, whose last bits depend on the machine.
"""

from dataclasses import replace
from typing import NamedTuple

import numpy as np

from synthgrad.core.network.conditions import assemble
from synthgrad.core.network.layers import Layer, kernels_of
from synthgrad.core.network.methods import backward, forward
from synthgrad.core.training import measures
from synthgrad.core.training.history import recorded_epochs
from synthgrad.core.training.loop import train
from synthgrad.study.tuning import as_learning

EXPERIMENT = "flatness"
FACTOR = "weight_scale"
SEEDS, RECORDS = 5, 8
"""How many seeds of the experiment are trained again, and at how many epochs looked at."""

NOTHING = "none"
"""Name of the condition of a generator that has its biases alone."""


class BestLinear(NamedTuple):
    """The best linear generator of a layer, a number each for every replica.

    share : of the squared true gradient, how much it represents
    reached : how much of it after one epoch from zero, with the largest step size that is safe
    alignment : its cosine with the true gradient, as `measures.alignment`
    """

    share: np.ndarray
    reached: np.ndarray
    alignment: np.ndarray


def best_linear(seen, gradient, batches, kernels):
    """The `BestLinear` of what a generator sees and the true gradient.

    seen : (replicas, examples, condition size), with a column of ones where there are biases
    gradient : (replicas, examples, units)
    batches : int, minibatches in an epoch

    Were all minibatches alike, a step size of 1 over the largest eigenvalue of their Gram matrix
    would leave, of what lies along a singular vector, (1 - ratio)**batches after an epoch, ratio
    being that of the squared singular value to the largest.
    """
    left, singular, _ = np.linalg.svd(seen, full_matrices=False)
    along = left.swapaxes(1, 2) @ gradient
    ratio = (singular / singular[:, :1]) ** 2
    along[ratio < (max(seen.shape[1:]) * np.finfo(float).eps) ** 2] = 0  # beyond the rank
    squares, total = (along**2).sum(axis=2), (gradient**2).sum(axis=(1, 2))
    reached = squares * (1 - (1 - ratio) ** (2 * batches))
    with np.errstate(invalid="ignore"):  # NaN where there is no gradient
        share, reached = squares.sum(axis=1) / total, reached.sum(axis=1) / total
    return BestLinear(share, reached, measures.alignment(left @ along, gradient, kernels))


def look(setup, stack, conditions):
    """The best linear generators of the hidden layers of a `Stack`, as its weights are: a dict by
    layer, from 1, and conditions."""
    inputs, targets, _ = stack.training
    hidden = forward(stack.layers, inputs)[:-1]
    gradients = backward(stack.layers, targets, carry=Layer.true_input_gradient)[:-1]
    kernels = kernels_of(stack.layers)
    return {
        (k, names): best_linear(
            _seen(setup, names, inputs, output, targets, kernels), gradient, setup.batches, kernels
        )
        for k, (output, gradient) in enumerate(zip(hidden, gradients, strict=True), start=1)
        for names in conditions
    }


def _seen(setup, conditions, inputs, output, targets, kernels):
    """What generators see of all examples, minibatch by minibatch."""
    parts = [np.ones((*output.shape[:2], 1))] if setup.generator_bias else []
    if conditions:
        # As in `gradients`: minibatches can be replicas to a condition.
        arrays = (
            each.reshape(-1, setup.batch_size, each.shape[2]) for each in (inputs, output, targets)
        )
        parts.append(assemble(conditions, *arrays, kernels).reshape(*output.shape[:2], -1))
    return np.concatenate(parts, axis=2)


def along_path(setup, seed, conditions):
    """The best linear generators while a network trains to its last epoch, done or not.

    Returns a list of dicts with `seed`, `epoch`, `layer`, `condition` and those of `BestLinear`;
    none if the network diverges.
    """
    record, rows = recorded_epochs(setup.epochs, RECORDS), []

    def watch(epoch, _accuracy, stack):
        if epoch in record and len(stack.places):
            for (layer, names), found in look(setup, stack, conditions).items():
                labels = {"seed": seed, "epoch": epoch, "layer": layer}
                labels["condition"] = "+".join(names) or NOTHING
                rows.append(labels | {name: each[0] for name, each in found._asdict().items()})

    history = train(replace(setup, done_after=0), [seed], record=(), watch=watch)
    return rows if np.isnan(history.diverged_at[0]) else []


def best_linear_generators(study, outcomes):
    """A row, a dict, for each initial scale, network and what `along_path` says of it.

    Those that backprop trains are looked at under all conditions of the experiment, those of
    decoupled arms, whose generators learn, under their own.

    Parameters
    ----------
    study : Study
    outcomes : DataFrame, its table of outcomes
    """
    # Those of Glorot and Bengio have no scale.
    of_factor = ((each.get(FACTOR), cell) for each, cell in study.experiments.get(EXPERIMENT, []))
    listed = [cell for level, cell in of_factor if level is not None]
    sets = dict.fromkeys(cell.setup.conditions for cell in listed)
    learning = as_learning(outcomes[outcomes["experiment"] == EXPERIMENT])
    sizes = learning.groupby("cell")[["step_size", "generator_step_size"]].first().fillna(0.0)
    rows = []
    for cell in listed:
        own = list(sets) if cell.setup.method == "backprop" else [cell.setup.conditions]
        if cell.name not in sizes.index or own == [()]:
            continue
        setup = replace(cell.setup, heldout_examples=0, **sizes.loc[cell.name])
        labels = {FACTOR: getattr(setup, FACTOR), "trained_by": setup.method}
        for seed in study.seeds(EXPERIMENT)[:SEEDS]:
            rows += [labels | row for row in along_path(setup, seed, own)]
    return rows
