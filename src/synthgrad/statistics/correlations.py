"""Whether two measures order the arms, or the seeds, alike: rank correlations."""

import numpy as np
from scipy import stats

from synthgrad.statistics.intervals import percentile_interval
from synthgrad.statistics.paired import LEAST_PAIRS, Contrast, paired_contrast


def row_correlations(x, y):
    """Spearman's rank correlation, row by row.

    Parameters
    ----------
    x, y : (n, levels) arrays

    Returns
    -------
    (n,) array
        From -1 to 1; 0 where a row is constant, since it has no order to agree
        with.

    Examples
    --------
    >>> row_correlations([[1, 2, 3], [1, 2, 3], [1, 1, 1]], [[4, 5, 9], [3, 2, 1], [1, 2, 3]])
    array([ 1., -1.,  0.])
    """
    x, y = (stats.rankdata(part, axis=-1) for part in (x, y))
    x, y = (part - part.mean(axis=-1, keepdims=True) for part in (x, y))
    lengths = np.sqrt((x**2).sum(axis=-1) * (y**2).sum(axis=-1))
    products = (x * y).sum(axis=-1)
    return np.divide(products, lengths, out=np.zeros_like(products), where=lengths > 0)


def arm_correlation(x, y, rng, resamples=9999):
    """Whether two measures order the arms alike.

    The mean over seeds of the rank correlation across arms, tested against 0
    over the seeds. Speaks of these arms and other seeds, not of other arms.

    Parameters
    ----------
    x, y : (n, arms) arrays
    rng : numpy.random.Generator
    resamples : int

    Returns
    -------
    Contrast
    """
    correlations = row_correlations(x, y)
    return paired_contrast(correlations, np.zeros(len(correlations)), rng, resamples)


def seed_correlation(x, y, rng, resamples=9999):
    """Whether two measures order the seeds of an arm alike.

    The mean over arms of the rank correlation across seeds. Percentile bootstrap
    interval over seeds; p-value by permutation of the seeds of y, for all arms
    together since arms share seeds.

    Parameters
    ----------
    x, y : (n, arms) arrays
    rng : numpy.random.Generator
    resamples : int

    Returns
    -------
    Contrast
    """
    x, y = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    seeds = np.arange(len(x))

    def mean_correlation(drawn, axis=-1):
        by_arm = (np.moveaxis(part[drawn], -2, -1) for part in (x, y))
        return row_correlations(*by_arm).mean(axis=-1)

    interval = percentile_interval((seeds,), mean_correlation, rng, resamples)
    if len(x) < LEAST_PAIRS:
        note = f"fewer than {LEAST_PAIRS} seeds: not tested"
        return Contrast(interval, float("nan"), interval.estimate, len(x), note)
    # As a sum over seeds of what a pair adds, a permutation costs no new correlation.
    standard = [_standard_ranks(part) for part in (x, y)]
    added = standard[0] @ standard[1].T / x.shape[1]
    p_value = stats.permutation_test(
        (seeds,),
        lambda order, axis=-1: added[order, seeds].sum(axis=axis),
        permutation_type="pairings",
        vectorized=True,
        n_resamples=resamples,
        rng=rng,
    ).pvalue
    return Contrast(interval, float(p_value), interval.estimate, len(x), "")


def _standard_ranks(values):
    """Ranks of each column, shifted to mean 0 and scaled to length 1; 0 if it is constant."""
    ranks = stats.rankdata(values, axis=0)
    ranks = ranks - ranks.mean(axis=0)
    lengths = np.linalg.norm(ranks, axis=0)
    return np.divide(ranks, lengths, out=np.zeros_like(ranks), where=lengths > 0)
