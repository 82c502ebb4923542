"""What a run counts for that diverged: it is worse than any that did not.

Wherever arms are compared, its value is the worst that the measure can have, so that it never
counts in favour of its arm; beside another that diverged it shows nothing, and no more does a
value that is missing.
"""

import numpy as np

WORST = {
    "bit_accuracy": 0.0,
    "sum_accuracy": 0.0,
    "heldout_bit_accuracy": 0.0,
    "heldout_sum_accuracy": 0.0,
    "accuracy_at_equal_updates": 0.0,
    # As far below chance as all right is above it.
    "accuracy_auc": -1.0,
    "alignment": -1.0,
    "mse": 1.0,
}
"""The worst value of each measure that has one, without the number of a
layer or of epochs that its name may end with."""


def worst(measure):
    """The worst value that a measure can have; NaN if none is better than another."""
    name, _, number = measure.rpartition("_")
    return WORST.get(name if number.isdigit() else measure, np.nan)


def with_worst(values, diverged, measure):
    """Values of a measure, the worst of it where a run diverged; (n,) arrays."""
    return np.where(diverged, worst(measure), values)


def difference_bounds(arm, reference, arm_diverged, reference_diverged):
    """What two sides differ by, seed by seed, as bounds.

    Parameters
    ----------
    arm, reference : (n,) arrays
        As from `with_worst`; NaN where there is no value.
    arm_diverged, reference_diverged : (n,) arrays of bool

    Returns
    -------
    lows, highs : (n,) arrays
        Infinite where nothing is known.

    Examples
    --------
    Neither run diverged; that of the arm; both.

    >>> diverged = np.array([False, True, True]), np.array([False, False, True])
    >>> arm = with_worst(np.array([0.75, 0.5, 0.5]), diverged[0], "bit_accuracy")
    >>> reference = with_worst(np.array([0.5, 0.25, 0.5]), diverged[1], "bit_accuracy")
    >>> difference_bounds(arm, reference, *diverged)
    (array([ 0.25, -0.25,  -inf]), array([ 0.25, -0.25,   inf]))
    """
    difference = arm - reference
    unknown = np.isnan(difference) | (arm_diverged & reference_diverged)
    return np.where(unknown, -np.inf, difference), np.where(unknown, np.inf, difference)
