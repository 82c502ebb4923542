"""How true the learning signals of arms were over training, beside how well the arms learnt."""

from synthgrad.statistics.divergence import with_worst
from synthgrad.statistics.estimates import PRIMARY
from synthgrad.study.tuning import as_learning

RUN = ["experiment", "cell", "seed"]
OVER_TRAINING = ("alignment_", "similarity_")
"""How the names of the measures begin that are told as means over training."""


def aligned(runs, outcomes):
    """Outcomes with alignment and similarity of layers over training in place of those at the end.

    Parameters
    ----------
    runs, outcomes : DataFrames, the tables of a study

    Returns
    -------
    DataFrame
        Of arms with learning generators, or without any (`as_learning`). Means are over the
        recorded epochs after the start, which are evenly spaced in their logarithm. Where a run
        diverged, they and the score are the worst that there is; similarity, of which no value is
        better than another, is NaN.
    """
    outcomes = as_learning(outcomes)
    names = [name for name in outcomes if name.startswith(OVER_TRAINING)]
    trained = as_learning(runs[runs["epoch"] > 0]).astype(dict.fromkeys(names, float))
    means = trained.groupby(RUN)[names].mean().reset_index()
    found = outcomes.drop(columns=names).merge(means, on=RUN, how="left")
    lost = found["diverged_at"].notna()
    return found.assign(**{name: with_worst(found[name], lost, name) for name in (*names, PRIMARY)})
