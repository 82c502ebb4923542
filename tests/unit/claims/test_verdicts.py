"""The verdicts as they are told."""

from made_up_claims import three_claims

from synthgrad.claims.verdicts import COLUMNS, claim_verdicts, verdict_table


def test_a_claim_is_told_with_its_weakest_contrast():
    labels, depth, speed = claim_verdicts(three_claims())
    assert (labels.support, labels.weakest["p_adjusted"]) == ("2 of 2", 0.02)
    assert depth.support == "1 of 4; 1 undecided, 2 opposite"
    assert (depth.weakest["evidence"], depth.weakest["p_adjusted"]) == ("opposite", 0.0004)
    assert (speed.weakest, speed.note, speed.support) == (
        None,
        "no experiment",
        "0 of 1; 1 not tested",
    )


def test_the_table_has_a_text_in_every_column():
    labels, depth, speed = verdict_table(three_claims())
    assert list(labels) == list(COLUMNS)
    assert list(labels.values()) == [
        "About labels.",
        "23 March 2017, part 6",
        "partly",
        "2 of 2",
        "labels supports: 0.25 [0.2, 0.3], p = 0.020, n = 30",
        "autopsy",
    ]
    assert depth["least favourable comparison"].endswith("p < 0.001, n = 30")
    assert (speed["said in"], speed["figure"]) == ("23 March 2017", "")
    assert speed["least favourable comparison"] == "no experiment"
