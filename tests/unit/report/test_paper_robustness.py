"""What the paper says of the claims under alternatives."""

import pandas as pd
from made_up_claims import three_claims

from synthgrad.claims.robustness import COLUMNS
from synthgrad.report.paper.robustness import robustness_values

DEFAULTS = {"kind": "crossed", "budget": "all", "outcome": "accuracy_auc", "effect": 1.0}
DEFAULTS |= {"test": "sign flips", "contrasts": 2, "as_published": "partly", "counts": True}


def judged_again(run, *changed):
    """The run, with these rows of the table of robustness."""
    table = pd.DataFrame([DEFAULTS | {"alternative": "", **each} for each in changed])
    return run.changed(claims=three_claims(), robustness=table.reindex(columns=COLUMNS))


def test_fragile_verdicts_are_counted_and_say_by_what(run):
    found = judged_again(
        run,
        {"claim": "labels", "verdict": "partly"},
        {"claim": "depth", "verdict": "contradicted", "budget": "100", "test": "signed ranks"},
        {"claim": "depth", "verdict": "contradicted", "budget": "100"},
        {
            "claim": "depth",
            "verdict": "contradicted",
            "kind": "swap",
            "alternative": "seeds & more",
        },
        {"claim": "depth", "verdict": "undecided"},
        {"claim": "speed", "verdict": "contradicted", "counts": False},
    )
    texts = robustness_values(found)
    assert texts["robustness/claims/count"] == "2"
    assert texts["robustness/steady/count"] == "1"
    assert texts["robustness/fragile/count"] == "1"
    assert texts["robustness/fragile/list"] == "depth"
    assert texts["robustness/alternatives/most"] == "4"
    assert texts["claim/depth/robustness"] == "fragile: 4 of 4"
    assert texts["claim/labels/robustness"] == "none of 1"
    assert texts["claim/speed/robustness"] == "---"


def test_a_run_in_which_nothing_is_tested_has_no_fragile_verdicts(run):
    found = run.changed(robustness=pd.DataFrame(columns=COLUMNS))
    texts = robustness_values(found)
    assert texts["robustness/fragile/list"] == texts["robustness/alternatives/most"] == "---"
