"""How contrasts are repeated and compared."""

import numpy as np
import pandas as pd
from made_up_claims import claim, judged
from made_up_results import apart
from scipy import stats

from synthgrad.claims.comparisons import regions
from synthgrad.statistics.paired import within_bounds


def test_a_contrast_is_repeated_for_each_level_of_the_run():
    each = claim(where={"experiment": "headline"}, each=["bits"])
    table = judged(each, *apart(0.2))
    assert table["contrast"].tolist() == [f"arm - reference, bits {n}" for n in (4, 6, 8, 10, 12)]


def test_seeds_without_a_value_are_left_out_and_counted():
    runs, outcomes = (table.copy() for table in apart(0.2))
    outcomes.loc[(outcomes["seed"] < 4) & (outcomes["method"] == "frozen"), "accuracy_auc"] = np.nan
    row = judged(claim(), runs, outcomes).iloc[0]
    assert (row["n"], row["note"]) == (26, "4 seeds without a value left out")


def test_bounds_of_within_are_those_of_the_direction():
    difference = pd.Series(np.linspace(-0.01, 0.03, 30))
    low, high = regions("same", 0.05)[0]
    expected = max(
        stats.wilcoxon(difference + 0.05, alternative="greater").pvalue,
        stats.wilcoxon(difference - 0.05, alternative="less").pvalue,
    )
    assert within_bounds(difference, low, high) == expected
