"""Many tests at once: what counts as significant, and the adjustment within a family.

References
----------
Holm (1979), Scand. J. Stat. 6:65-70.
"""

import numpy as np

from synthgrad.statistics import ONE_SIDED

SIGNIFICANCE = 2 * ONE_SIDED
"""A contrast is settled if its adjusted p-value is below this, in keeping with the intervals."""


def holm(p_values):
    """Holm's (1979) step-down adjustment of the p-values of one family.

    Parameters
    ----------
    p_values : (tests,) array

    Returns
    -------
    (tests,) array
        NaN stays NaN, and does not count.

    Examples
    --------
    >>> holm([0.01, 0.04, np.nan, 0.03])
    array([0.03, 0.06,  nan, 0.06])
    """
    p_values = np.asarray(p_values, dtype=float)
    adjusted = np.full_like(p_values, np.nan)
    tested = np.flatnonzero(~np.isnan(p_values))
    order = tested[np.argsort(p_values[tested], kind="stable")]
    factors = np.arange(len(order), 0, -1)
    adjusted[order] = np.minimum(1.0, np.maximum.accumulate(factors * p_values[order]))
    return adjusted
