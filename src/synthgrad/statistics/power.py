"""What a number of pairs can show."""

from scipy import stats


def detectable_effect(pairs, significance, rng, power=0.8, simulations=2000):
    """The smallest effect that so many pairs show with this power, by simulation.

    Paired differences are drawn from a normal distribution and tested by a
    two-sided Wilcoxon test.

    Parameters
    ----------
    pairs : int
    significance : float
    rng : numpy.random.Generator
    power : float
        How often the effect is to be found.
    simulations : int

    Returns
    -------
    float
        In standard deviations of the differences; NaN if not even 8 of them are
        found that often, as no p-value can be so small.
    """
    noise = rng.standard_normal((simulations, pairs))

    def found(effect):
        return (stats.wilcoxon(noise + effect, axis=1).pvalue < significance).mean()

    low, high = 0.0, 8.0
    if found(high) < power:
        return float("nan")
    while high - low > 0.005:
        middle = (low + high) / 2
        low, high = (low, middle) if found(middle) >= power else (middle, high)
    return high
