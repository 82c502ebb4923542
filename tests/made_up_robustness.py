"""A made-up table of claims judged again."""

from zlib import crc32

import numpy as np
import pandas as pd
from package import ROOT

from synthgrad.claims.alternatives import CROSSED, OWN, WITHOUT_DIVERGED, alternatives, in_words
from synthgrad.claims.judge import NOT_TESTED, UNDECIDED, VERDICTS
from synthgrad.claims.robustness import AS_IT_IS, COLUMNS
from synthgrad.study.config import read_judged

DECLARED = read_judged(
    ROOT / "config" / "claims.yaml", ROOT / "workflow" / "schemas" / "claims.schema.yaml"
)["alternatives"]


def judged_again(claims):
    """A table of robustness that goes with a table of claims: some claims are of an outcome, and
    change with the alternative, others of none."""
    verdicts = claims.groupby("claim", sort=False)["verdict"].first()
    rows = []
    for claim, verdict in verdicts[verdicts != NOT_TESTED].items():
        rng = np.random.default_rng(crc32(claim.encode()))
        of_outcome = rng.random() < 0.6
        for place, alternative in enumerate(alternatives(DECLARED)):
            own = alternative.outcome == OWN
            if place == 1 or (alternative.kind == CROSSED and own == of_outcome and place):
                continue
            changed = place and rng.random() < 0.2
            rows.append(
                {
                    "claim": claim,
                    "alternative": in_words(alternative, "all", OWN) if place else AS_IT_IS,
                    "kind": alternative.kind if place else AS_IT_IS,
                    "budget": str(alternative.budget) if of_outcome else "",
                    "outcome": ("accuracy_auc" if own else alternative.outcome) * of_outcome,
                    "effect": alternative.effect,
                    "test": alternative.test,
                    "contrasts": 3,
                    "as_published": verdict,
                    "verdict": rng.choice(VERDICTS[: VERDICTS.index(UNDECIDED)])
                    if changed
                    else verdict,
                    "counts": place > 0 and alternative.kind != WITHOUT_DIVERGED,
                }
            )
    return pd.DataFrame(rows, columns=COLUMNS)
