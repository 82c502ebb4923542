"""How alike two networks are: in what their hidden layers make of the same inputs, and in their
answers.

Of hidden layers: for each network, layer and pair of inputs: how different the layer's outputs
are. Two networks are as alike as these dissimilarities are ranked the same.
It is the representational similarity analysis of Kriegeskorte et al. (2008),
which asks nothing of which unit does what.
"""

import numpy as np

from synthgrad.core.arrays import sum_in_order

PRECISION = np.float32
"""In which dissimilarities are kept; only their ranks are used."""


def dissimilarity(hidden):
    """Correlation distances between the outputs for each two inputs.

    hidden: (inputs, units); result: (pairs,), in the order of `scipy.spatial.distance.pdist`,
    NaN where one of the two has the same output at all units.
    """
    centred = hidden - (sum_in_order(hidden) / hidden.shape[1])[:, None]
    lengths = np.sqrt(sum_in_order(centred * centred))
    one, other = np.triu_indices(len(hidden), k=1)
    products = sum_in_order(centred[one] * centred[other])
    with np.errstate(divide="ignore", invalid="ignore"):
        return (1 - products / (lengths[one] * lengths[other])).astype(PRECISION)


def alike(one, other):
    """Spearman's rank correlation between (pairs,) dissimilarities of two networks; NaN if
    either has none that are defined, or only equal ones."""
    from scipy import stats

    defined = np.isfinite(one) & np.isfinite(other)
    one, other = one[defined], other[defined]
    if len(one) < 2 or np.ptp(one) == 0 or np.ptp(other) == 0:
        return np.nan
    # SciPy's own correlation takes products from BLAS, whose last bits depend on the CPU.
    ranks = stats.rankdata([one, other], axis=1)
    centred = ranks - ranks.mean(axis=1, keepdims=True)
    squares = sum_in_order(centred * centred)
    return float(sum_in_order(centred[0] * centred[1]) / np.sqrt(squares[0] * squares[1]))


def likeness(arm, reference):
    """How alike each network of an arm is to that of the next seed in the reference, from (seeds,
    pairs) dissimilarities: so no two that are compared share weights or data, and the likeness of
    an arm to itself is the yardstick."""
    return beside(arm, of_next_seed(reference), alike)


def differing_bits(one, other):
    """Share of the bits that differ between the answers of two networks, which are packed eight a
    byte without a rest; NaN if either has no answers, as it diverged."""
    if not len(one) or not len(other):
        return np.nan
    return float(np.bitwise_count(one ^ other).sum() / (8 * len(one)))


def beside(arm, reference, compare):
    """Each network of an arm beside that of the same seed in the reference, as `compare` says; what
    the networks left, by seed."""
    return np.array([compare(*pair) for pair in zip(arm, reference, strict=True)])


def of_next_seed(networks):
    """What each network's successor left, a list by seed; of the last one, the first."""
    return [*networks[1:], *networks[:1]]
