"""What chance does to the claims: the permutation control."""

import numpy as np
import pytest
from made_up_results import MEASURES, best_arm, tables
from scipy import stats

from synthgrad.claims.judge import NOT_TESTED, REPRODUCED, SUPPORTS, judge
from synthgrad.statistics.intervals import CONFIDENCE
from synthgrad.statistics.multiplicity import SIGNIFICANCE

WITHOUT_LABELS = {
    # Compare no arm with another, so that exchanging arms leaves them as they are.
    "printed-class-trains",
    "printed-error-misleads",
    "flat-representations",
    "gradients-accurate",
    # Not judged.
    "isolation-saves-time",
    "late-targets",
    "lazy-updates",
    "carries-over",
}


def exchanged(table, measures, rng):
    """The table with each measure dealt anew among the arms of an experiment, seed by seed."""
    table = table.copy()
    group = table.groupby(["experiment", "seed", *({"epoch"} & set(table))]).ngroup().to_numpy()
    places = np.argsort(group, kind="stable")
    for measure in measures:
        dealt = np.lexsort((rng.random(len(table)), group))
        values = table[measure].to_numpy(copy=True)
        values[places] = values[dealt]
        table[measure] = values
    return table


@pytest.mark.slow
def test_exchanged_labels_reproduce_no_more_than_chance_does(listed):
    """The permutation control: with all arms of a seed exchanged at random, in a run in which
    the arms do differ, claims about arms are reproduced and contrasts support them no more often
    than tests at the nominal level would by chance."""
    runs, outcomes = tables(value=best_arm)
    about_arms = {name: listed[name] for name in listed if name not in WITHOUT_LABELS}
    rng = np.random.default_rng(0)
    verdicts, shown = [], []
    for _ in range(15):
        mixed = (
            exchanged(runs, [name for name in MEASURES if name in runs], rng),
            exchanged(outcomes, [*MEASURES, "epochs_to_95"], rng),
        )
        table = judge(about_arms, *mixed, resamples=100, seed=0)
        table = table[table["evidence"] != NOT_TESTED]
        verdicts += table.groupby("claim")["verdict"].first().tolist()
        shown += table.loc[table["claim"] != "linear-is-enough", "evidence"].tolist()
    assert verdicts.count(REPRODUCED) <= most_by_chance(len(verdicts))
    assert shown.count(SUPPORTS) <= most_by_chance(len(shown))


def most_by_chance(tests):
    """How many of so many tests without an effect are significant at most, in 95 of 100 cases."""
    return stats.binom.ppf(CONFIDENCE, tests, SIGNIFICANCE)
