"""Whether two measures go up and down together: rank correlations.

References
----------
Bonett & Wright (2000), Psychometrika 65:23-28.
"""

from dataclasses import dataclass

import numpy as np
from scipy import stats

from synthgrad.statistics import ONE_SIDED


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


@dataclass(frozen=True)
class Correlation:
    """Spearman's rank correlation of two measures over units, such as arms.

    Interval and p-values are normal on Fisher's scale, with the standard error of
    Bonett & Wright (2000), which grows with the correlation.

    Attributes
    ----------
    estimate : float
        From -1 to 1.
    n : int
        Units, at least four.
    """

    estimate: float
    n: int

    @property
    def low(self):
        """The lower end of its 95 % interval."""
        return self._at(ONE_SIDED)

    @property
    def high(self):
        """The upper end of its 95 % interval."""
        return self._at(1 - ONE_SIDED)

    def above(self, threshold):
        """One-sided p-value for the correlation to be above a threshold."""
        return float(stats.norm.sf(self._distance(threshold)))

    def below(self, threshold):
        """One-sided p-value for the correlation to be below a threshold."""
        return float(stats.norm.cdf(self._distance(threshold)))

    def _at(self, share):
        return float(np.tanh(self._position + stats.norm.ppf(share) * self._error))

    def _distance(self, threshold):
        return (self._position - np.arctanh(threshold)) / self._error

    @property
    def _position(self):
        # A perfect correlation is as far as the ranks of so many units can tell.
        most = 1 - 1 / (self.n * (self.n**2 - 1))
        return np.arctanh(np.clip(self.estimate, -most, most))

    @property
    def _error(self):
        return np.sqrt((1 + self.estimate**2 / 2) / (self.n - 3))


def correlation(x, y):
    """The rank `Correlation` of two measures of the same units.

    Parameters
    ----------
    x, y : (n,) arrays

    Returns
    -------
    Correlation
        Of 0 where a measure is constant.

    Examples
    --------
    >>> found = correlation([1, 2, 3, 4, 5], [2, 1, 4, 3, 5])
    >>> round(found.estimate, 2), found.n
    (0.8, 5)
    """
    return Correlation(float(row_correlations([x], [y])[0]), len(x))
