"""How true the learning signals of arms were over training, beside how well the arms learnt."""

from synthgrad.statistics.divergence import with_worst
from synthgrad.statistics.estimates import PRIMARY
from synthgrad.study.searches import as_learning

RUN = ["experiment", "cell", "seed"]


def aligned(runs, outcomes):
    """Outcomes with the alignment of each layer over training in place of that at the end.

    Parameters
    ----------
    runs, outcomes : DataFrames, the tables of a study

    Returns
    -------
    DataFrame
        Of arms with learning generators, or without any (`as_learning`). Alignment is the mean over
        the recorded epochs after the start, which are evenly spaced in their logarithm; it and the
        score are the worst that there is where a run diverged.
    """
    outcomes = as_learning(outcomes)
    names = [name for name in outcomes if name.startswith("alignment_")]
    trained = as_learning(runs[runs["epoch"] > 0]).astype(dict.fromkeys(names, float))
    means = trained.groupby(RUN)[names].mean().reset_index()
    found = outcomes.drop(columns=names).merge(means, on=RUN, how="left")
    lost = found["diverged_at"].notna()
    return found.assign(**{name: with_worst(found[name], lost, name) for name in (*names, PRIMARY)})
