"""What chance does to the claims: the permutation control."""

import numpy as np
from made_up_results import MEASURES, best_arm, tables
from package import ROOT
from scipy import stats

from synthgrad.claims.judge import AGAINST, NOT_TESTED, REPRODUCED, SUPPORTS, judge
from synthgrad.statistics import ONE_SIDED
from synthgrad.study.config import read_claims

CLAIMS = ROOT / "config" / "claims.yaml"
SCHEMA = ROOT / "workflow" / "schemas" / "claims.schema.yaml"

WITHOUT_LABELS = {
    # Compare no arm with another, so that exchanging arms leaves them as they are.
    "layer-objects",
    "printed-class-trains",
    "printed-error-misleads",
    "flat-representations",
    "gradients-accurate",
}
"""Claims that are left out, as are contrasts of times with a budget."""


def without_smallest_effects(claims):
    """The claims of arms as far as they are one-sided, with any effect at all in place of the
    smallest that matters: so the tests come to their nominal level under chance."""
    return {
        name: claim
        | {
            "contrasts": [
                contrast | {"smallest_effect": 0.0}
                for contrast in claim["contrasts"]
                if contrast["direction"] in ("more", "less")
                and contrast.get("reference", {}).get("measure") != "epochs"
            ]
        }
        for name, claim in claims.items()
        if name not in WITHOUT_LABELS
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


def test_exchanged_labels_decide_no_more_than_chance_does():
    """The permutation control: with all arms of a seed exchanged at random, in a run in which
    the arms do differ, contrasts are decided for and against their claims, and claims are
    reproduced, no more often than tests at the nominal level would by chance."""
    runs, outcomes = tables(value=best_arm)
    asked = without_smallest_effects(read_claims(CLAIMS, SCHEMA))
    rng = np.random.default_rng(0)
    verdicts, shown = [], []
    for _ in range(12):
        mixed = (
            exchanged(runs, [name for name in MEASURES if name in runs], rng),
            exchanged(outcomes, [*MEASURES, "epochs_to_95"], rng),
        )
        table = judge(asked, *mixed, seed=0)
        table = table[table["evidence"] != NOT_TESTED]
        verdicts += table.groupby("claim")["verdict"].first().tolist()
        shown += table["alone"].tolist()
    assert len(shown) > 500
    assert verdicts.count(REPRODUCED) <= most_by_chance(len(verdicts))
    for decided in (SUPPORTS, AGAINST):
        assert 0 < shown.count(decided) <= most_by_chance(len(shown))


def most_by_chance(tests):
    """How many of so many tests at the boundary are decided one way at most, in 999 of 1000
    studies."""
    return stats.binom.ppf(0.999, tests, ONE_SIDED)
