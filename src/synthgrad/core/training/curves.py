"""What a learning curve comes to: pure functions of (replicas, epochs) arrays."""

import numpy as np

from synthgrad.core.arrays import Floats, sum_in_order

LAZIEST = 0.05
"""The smallest probability of an update among those that are compared update by update."""


def accuracy_auc(curve: Floats, chance: Floats, epochs: int | None = None) -> Floats:
    """Mean over epochs 1, 2, ... of (accuracy - chance) / (1 - chance).

    Parameters
    ----------
    curve : (replicas, epochs) array
        Accuracy after each epoch.
    chance : (replicas,) array
        That of the best constant answer.
    epochs : int, default all
        How many of the first epochs count.

    Returns
    -------
    (replicas,) array
        0 for chance throughout, 1 for perfection throughout; NaN where there are
        fewer epochs.

    Examples
    --------
    >>> accuracy_auc(np.array([[0.5, 0.75, 1.0]]), np.array([0.5]))
    array([0.5])
    >>> accuracy_auc(np.array([[0.5, 0.75, 1.0]]), np.array([0.5]), epochs=2)
    array([0.25])
    """
    if epochs is not None and epochs > curve.shape[1]:
        return np.full(len(curve), np.nan)
    shares = (curve[:, :epochs] - chance[:, None]) / (1 - chance[:, None])
    return sum_in_order(shares) / shares.shape[-1]


def at_equal_updates(curve: Floats, probability: float) -> Floats:
    """Accuracy at an equal number of updates of a layer.

    It is taken when there have been as many as with probability `LAZIEST` in all
    epochs.

    Parameters
    ----------
    curve : (replicas, epochs) array
        Accuracy after each epoch.
    probability : float
        That of an update at a step.

    Returns
    -------
    (replicas,) array
        NaN where it never is updated so often.

    Examples
    --------
    With twice the probability, half of the epochs have as many updates.

    >>> at_equal_updates(np.array([[0.5, 0.6, 0.7, 0.8]]), probability=2 * LAZIEST)
    array([0.6])
    """
    epoch = round(curve.shape[1] * LAZIEST / probability)
    if not 1 <= epoch <= curve.shape[1]:
        return np.full(len(curve), np.nan)
    return curve[:, epoch - 1]


def epochs_to(curve: Floats, threshold: float) -> Floats:
    """First epoch (from 1) with an accuracy of at least `threshold`.

    Parameters
    ----------
    curve : (replicas, epochs) array
        Accuracy after each epoch.
    threshold : float

    Returns
    -------
    (replicas,) array
        NaN if there is no such epoch.

    Examples
    --------
    >>> epochs_to(np.array([[0.5, 0.96, 0.9], [0.5, 0.6, 0.7]]), 0.95)
    array([ 2., nan])
    """
    reached = curve >= threshold
    return np.where(reached.any(axis=-1), reached.argmax(axis=-1) + 1.0, np.nan)


def final_slope(curve: Floats) -> Floats:
    """How fast accuracy still rises at the end, per 100 epochs.

    It is the slope of the line of least squares through the last tenth of the
    epochs, which are at least two.

    Parameters
    ----------
    curve : (replicas, epochs) array
        Accuracy after each epoch.

    Returns
    -------
    (replicas,) array
        NaN for a single epoch.

    Examples
    --------
    >>> final_slope(np.array([[0.5, 0.5, 0.75], [0.75, 1.0, 1.0]]))
    array([25.,  0.])
    """
    epochs = curve.shape[1]
    if epochs < 2:
        return np.full(len(curve), np.nan)
    last = curve[:, -max(2, epochs // 10) :]
    times = np.arange(last.shape[1]) - (last.shape[1] - 1) / 2
    # From the first of them, so that an even curve has a slope of 0 and not one of rounding.
    rises = sum_in_order(times * (last - last[:, :1]))
    return 100 * (rises / sum_in_order(times * times))
