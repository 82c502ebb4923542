"""Claims judged again as they are have the verdicts of the rule."""

import made_up_results
import numpy as np
import pandas as pd
from made_up_robustness import DECLARED
from package import ROOT

from synthgrad.claims.alternatives import CROSSED
from synthgrad.claims.judge import judge
from synthgrad.claims.robustness import AS_IT_IS, judge_again
from synthgrad.study.config import read_claims

CLAIMS = ROOT / "config" / "claims.yaml"
SCHEMA = ROOT / "workflow" / "schemas" / "claims.schema.yaml"


def test_as_they_are_claims_have_the_verdicts_of_the_rule():
    listed = read_claims(CLAIMS, SCHEMA)
    rng = np.random.default_rng(2)

    def value(arm, measure, epoch, noise):
        return 0.5 + rng.choice([0.0, 0.05, 0.3]) + 0.04 * noise

    runs, outcomes = made_up_results.tables(seeds=15, value=value)
    early = {f"accuracy_auc_{epochs}": outcomes["accuracy_auc"] - 0.1 for epochs in (100, 300)}
    outcomes = outcomes.assign(**early)
    rows = {"right_bits": rng.integers(500, 1000, len(outcomes)), "training_bits": 1000}
    curves = outcomes[["cell", "seed"]].assign(epoch=100, **rows).drop_duplicates(["cell", "seed"])
    table = judge_again(listed, DECLARED, runs, outcomes, curves, seed=0)
    expected = judge(listed, runs, outcomes, 0).groupby("claim")["verdict"].first()
    expected = expected[expected != "not tested"]
    as_it_is = table[table["kind"] == AS_IT_IS].set_index("claim")["verdict"]
    pd.testing.assert_series_equal(as_it_is, expected.reindex(as_it_is.index), check_names=False)
    assert len(as_it_is) == len(expected)
    assert len(set(expected)) > 2
    crossed = table[table["kind"] == CROSSED]
    assert not crossed.duplicated(["claim", "alternative"]).any()
    assert crossed["counts"].all()
