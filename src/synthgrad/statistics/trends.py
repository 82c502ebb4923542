"""Whether a measure goes up or down along the levels of a factor.

References
----------
Page (1963), JASA 58:216-230.
"""

from dataclasses import replace

import numpy as np
from scipy import stats

from synthgrad.statistics.correlations import arm_correlation


def trend(values, rng, resamples=9999):
    """Whether values go up or down along the levels.

    Estimate: mean over seeds of Spearman's correlation of value and level, from
    -1 to 1, a linear function of Page's L where nothing ties. P-value: Page's
    (1963) test in both directions, the smaller one doubled.

    Parameters
    ----------
    values : (n, levels) array
    rng : numpy.random.Generator
    resamples : int

    Returns
    -------
    Contrast
    """
    values = np.asarray(values, dtype=float)
    levels = np.broadcast_to(np.arange(values.shape[1]), values.shape)
    contrast = arm_correlation(values, levels, rng, resamples)
    if np.isnan(contrast.p_value):
        return contrast
    sides = [stats.page_trend_test(part).pvalue for part in (values, values[:, ::-1])]
    note = "" if values.size and np.ptp(values, axis=1).any() else contrast.note
    return replace(contrast, p_value=min(1.0, 2 * float(min(sides))), note=note)
