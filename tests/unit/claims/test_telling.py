"""The verdicts as they are told."""

import numpy as np
import pandas as pd
import pytest
from made_up_claims import contrast_row, three_claims

from synthgrad.claims.telling import (
    ALTERNATIVES,
    COLUMNS,
    claim_verdicts,
    history,
    interval,
    verdict_table,
    verdicts_counted,
)


def weakest(*rows):
    """The weakest contrast of a claim with these."""
    (told,) = claim_verdicts(pd.DataFrame(rows))
    return told.weakest


def test_a_claim_is_told_with_its_weakest_contrast():
    labels, depth, speed = claim_verdicts(three_claims())
    assert (labels.support, labels.weakest["p_supports_holm"]) == ("2 of 2", 0.02)
    assert depth.support == "1 of 4; 1 undecided, 2 against; 4 of 5 tested"
    assert (depth.weakest["evidence"], depth.weakest["p_against_holm"]) == ("against", 0.0004)
    assert (speed.weakest, speed.note, speed.support) == (None, "no experiment", "0 of 1 tested")


@pytest.mark.parametrize(
    ("direction", "estimates", "expected"),
    [
        ("more", (0.1, 0.2), 0.1),
        ("less", (-0.1, -0.2), -0.1),
        ("same", (-0.02, 0.01), -0.02),
        ("not less", (0.1, -0.01), -0.01),
    ],
)
def test_of_equal_p_values_the_estimate_decides(direction, estimates, expected):
    rows = [contrast_row("c", "supports", estimate=each, direction=direction) for each in estimates]
    assert weakest(*rows)["estimate"] == weakest(*rows[::-1])["estimate"] == expected


def test_estimates_are_compared_in_smallest_effects():
    near = contrast_row("c", "supports", estimate=0.6, smallest_effect=0.5)
    far = contrast_row("c", "supports", estimate=0.2, smallest_effect=0.05)
    assert weakest(near, far)["estimate"] == 0.6


def test_the_table_has_a_text_in_every_column():
    labels, depth, speed = verdict_table(three_claims())
    assert list(labels.values()) == [
        "About labels.",
        "23 March 2017, part 6",
        "before the first results",
        "reproduced",
        "2 of 2",
        "labels supports: 0.25 [0.2, 0.3], p = 0.020 for it, n = 30",
        "autopsy",
    ]
    assert depth["written"] == "before the first results; changed since"
    assert depth["least favourable comparison"] == (
        "depth against: 0.25 (-∞, 0.3], p < 0.001 against it, n = 30"
    )
    assert (speed["said in"], speed["written"]) == ("23 March 2017", "after a pilot")
    assert speed["least favourable comparison"] == "no experiment"


def test_robustness_is_a_column_if_it_is_known():
    labels, depth, _ = verdict_table(three_claims(), {"depth": "fragile"})
    assert list(labels) == [column.heading for column in COLUMNS]
    assert (labels[ALTERNATIVES], depth[ALTERNATIVES]) == ("", "fragile")
    assert ALTERNATIVES not in verdict_table(three_claims())[0]


def test_diverged_runs_are_told_where_there_are_any():
    row = contrast_row("c", "undecided", arm_diverged=3)
    (told,) = verdict_table(pd.DataFrame([row]))
    assert told["least favourable comparison"].endswith("; diverged: arm 3, reference 0")


def test_an_identity_has_no_interval():
    identity = contrast_row("c", "against", kind="identity", estimate=0.5, p_against_holm=np.nan)
    (told,) = verdict_table(pd.DataFrame([identity]))
    assert told["least favourable comparison"] == "c against: largest difference 0.5, n = 30"


def test_intervals_are_open_where_they_have_no_bound():
    assert interval(-1.5, 1234.5) == "[-1.5, 1234]"
    assert interval(-np.inf, np.inf) == "(-∞, ∞)"


def test_history_and_verdicts_are_counted():
    claims = three_claims()
    assert history(claims) == (
        "The 3 claims were written before the first results (2) and after a pilot (1); what is "
        "asked of 1 was changed since the first results"
    )
    assert verdicts_counted(claims) == "1 reproduced, 1 mixed and 1 not tested"
    assert "asked of none was changed" in history(claims.assign(changed=None))
