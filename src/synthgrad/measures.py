"""Measures of a stack of networks: pure functions of arrays.

Outputs, targets and hidden representations are (replicas, examples, units);
each measure is one number a replica, NaN where it is not defined. `present`
(replicas, examples) leaves out padding.
"""

import warnings

import numpy as np

LAZIEST = 0.05
"""The smallest probability of an update among those that are compared update by update."""


def squared_error(outputs, targets, present):
    """Mean over examples and bits of (output - target)**2."""
    return _mean_over(np.square(outputs - targets).mean(axis=-1), present)


def bit_accuracy(outputs, targets, present):
    """Share of output bits on the right side of 0.5."""
    right = (outputs > 0.5) == (targets > 0.5)
    return _mean_over(right.mean(axis=-1), present)


def sum_accuracy(outputs, targets, present):
    """Share of examples with all bits right."""
    right = ((outputs > 0.5) == (targets > 0.5)).all(axis=-1)
    return _mean_over(right, present)


def label_accuracy(outputs, targets, present):
    """Share of examples whose largest output, the first of equals, is the label."""
    return _mean_over(outputs.argmax(axis=-1) == targets.argmax(axis=-1), present)


def most_frequent_label(targets, present):
    """The constant prediction of the most frequent label, (replicas, 1, labels) of 0 and 1."""
    counts = targets.sum(axis=-2, keepdims=True, where=present[..., None])
    return np.eye(targets.shape[-1])[counts.argmax(axis=-1)]


def best_constant(targets, present):
    """The constant prediction that gets most bits right, (replicas, 1, bits) of 0 and 1."""
    shares = targets.mean(axis=-2, keepdims=True, where=present[..., None])
    return (shares > 0.5).astype(float)


def tutorial_error(outputs, targets):
    """Sum over examples and bits of |(output - target) f'(output)|, which the tutorial prints."""
    return absolute_sum((outputs - targets) * (outputs * (1 - outputs)))


def absolute_sum(values):
    """Sum of absolute values over examples and units, (replicas,).

    Added up over one flat axis, so that a replica in a stack rounds like one alone.
    """
    return np.abs(values).reshape(len(values), -1).sum(axis=-1)


def alignment(synthetic, true):
    """Cosine between synthetic and true gradient, averaged over the examples that have both."""
    lengths = np.linalg.norm(synthetic, axis=-1) * np.linalg.norm(true, axis=-1)
    defined = lengths > 0
    products = (synthetic * true).sum(axis=-1)
    cosines = np.divide(products, lengths, out=np.zeros_like(products), where=defined)
    return _mean_over(cosines, defined)


def norm_ratio(synthetic, true):
    """Length of the synthetic gradient over that of the true one, over all examples together."""
    length = np.linalg.norm(synthetic, axis=(-2, -1))
    true_length = np.linalg.norm(true, axis=(-2, -1))
    undefined = np.full_like(length, np.nan)
    return np.divide(length, true_length, out=undefined, where=true_length > 0)


def spread(hidden):
    """Standard deviation over examples of each unit, averaged over units."""
    return hidden.std(axis=-2).mean(axis=-1)


def similarity(hidden):
    """Mean cosine over all pairs of different examples."""
    lengths = np.linalg.norm(hidden, axis=-1, keepdims=True)
    directions = np.divide(hidden, lengths, out=np.zeros_like(hidden), where=lengths > 0)
    examples = hidden.shape[-2]
    # |sum of directions|**2 counts each pair twice and each example once.
    total = np.square(directions.sum(axis=-2)).sum(axis=-1)
    own = np.square(directions).sum(axis=(-2, -1))
    return (
        (total - own) / (examples * (examples - 1)) if examples > 1 else np.full(len(own), np.nan)
    )


def saturation(hidden):
    """Share of outputs outside [0.01, 0.99], for sigmoid units."""
    return ((hidden < 0.01) | (hidden > 0.99)).mean(axis=(-2, -1))


def largest_weight(layers):
    """Largest absolute weight or bias of the layers, generators left out."""
    sizes = [np.abs(p).max(axis=(-2, -1)) for layer in layers for p in layer.linear.parameters()]
    return np.max(sizes, axis=0)


def is_finite(layers):
    """Which replicas have nothing but finite parameters, generators included."""
    finite = [np.isfinite(p).all(axis=(-2, -1)) for layer in layers for p in layer.parameters()]
    return np.logical_and.reduce(finite)


def accuracy_auc(curve, chance):
    """Mean over epochs 1, 2, ... of (bit accuracy - chance) / (1 - chance).

    curve: (replicas, epochs) bit accuracies after each epoch; chance: (replicas,).
    """
    return ((curve - chance[:, None]) / (1 - chance[:, None])).mean(axis=-1)


def at_equal_updates(curve, probability):
    """Bit accuracy when a layer has been updated as often as it is with probability `LAZIEST` in
    all epochs; NaN where it never is.

    curve: (replicas, epochs) bit accuracies after each epoch.
    """
    epoch = round(curve.shape[1] * LAZIEST / probability)
    if not 1 <= epoch <= curve.shape[1]:
        return np.full(len(curve), np.nan)
    return curve[:, epoch - 1]


def epochs_to(curve, threshold):
    """First epoch (from 1) with bit accuracy at least `threshold`; NaN if there is none."""
    reached = curve >= threshold
    return np.where(reached.any(axis=-1), reached.argmax(axis=-1) + 1.0, np.nan)


def _mean_over(values, present):
    with warnings.catch_warnings():
        # No examples present: NaN is the documented answer.
        warnings.filterwarnings("ignore", "Mean of empty slice", RuntimeWarning)
        warnings.filterwarnings("ignore", "invalid value encountered", RuntimeWarning)
        return np.mean(values, axis=-1, where=present)
