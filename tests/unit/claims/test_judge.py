"""The rule from contrast to verdict."""

import numpy as np
import pytest
from made_up_claims import claim, judged
from made_up_results import apart, best_arm, tables

from synthgrad.claims.judge import COLUMNS, CONTRADICTED, REPRODUCED, UNDECIDED, verdict
from synthgrad.statistics.multiplicity import holm

NUMBERS = ["estimate", "ci_low", "ci_high", "n", "p_supports", "p_against"]
NUMBERS += ["p_supports_holm", "p_against_holm"]


@pytest.mark.parametrize(
    ("by", "direction", "shown"),
    [
        (0.2, "more", "supports"),
        (-0.2, "more", "against"),
        (0.0, "more", "against"),
        # Real, but smaller than what matters.
        (0.03, "more", "against"),
        (0.05, "more", "undecided"),
        (-0.2, "less", "supports"),
        (0.2, "less", "against"),
        (0.0, "same", "supports"),
        (0.2, "same", "against"),
        (-0.2, "same", "against"),
        (0.05, "same", "undecided"),
        (0.2, "not less", "supports"),
        (0.0, "not less", "supports"),
        (-0.2, "not less", "against"),
        (-0.05, "not less", "undecided"),
        (-0.2, "not more", "supports"),
        (0.2, "not more", "against"),
    ],
)
def test_what_a_contrast_shows(by, direction, shown):
    table = judged(claim(direction=direction), *apart(by))
    assert table["evidence"].tolist() == [shown]
    verdicts = {"supports": REPRODUCED, "against": CONTRADICTED, "undecided": UNDECIDED}
    assert table["verdict"].tolist() == [verdicts[shown]]


def test_identity_is_of_all_seeds():
    same = claim(kind="identity", direction="same", reference={"method": "backprop"})
    row = judged(same, *apart(0.2)).iloc[0]
    assert (row["evidence"], row["estimate"], row["n"]) == ("supports", 0.0, 30)
    assert np.isnan([row["p_supports"], row["p_against"]]).all()
    other = claim(kind="identity", direction="same")
    runs, outcomes = apart(0.2)
    row = judged(other, runs, outcomes).iloc[0]
    assert (row["evidence"], row["verdict"]) == ("against", "contradicted")


def test_the_table_has_all_that_decides():
    table = judged(claim(changed="The sentence says which."), *apart(0.1))
    assert table.columns.tolist() == COLUMNS
    row = table.iloc[0]
    assert (row["claim"], row["family"], row["written"]) == ("c", "f", "after a pilot")
    assert (row["kind"], row["measure"], row["direction"]) == ("difference", "accuracy_auc", "more")
    assert (row["smallest_effect"], row["tested_contrasts"]) == (0.05, "1 of 1")


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        (["supports", "supports"], "reproduced"),
        (["supports", "not tested"], "reproduced"),
        (["supports", "undecided"], "partly"),
        (["supports", "undecided", "not tested"], "partly"),
        (["supports", "against"], "mixed"),
        (["supports", "undecided", "against"], "mixed"),
        (["against"], "contradicted"),
        (["undecided", "against", "not tested"], "contradicted"),
        (["undecided", "undecided"], "undecided"),
        (["undecided", "not tested"], "undecided"),
        (["not tested", "not tested"], "not tested"),
    ],
)
def test_from_evidence_to_verdict(shown, expected):
    assert verdict(shown) == expected
    assert verdict(shown[::-1]) == expected


def test_how_many_contrasts_are_tested_is_told():
    each = claim(where={"experiment": "headline"}, arm={"method": ["backprop"]}, each=["bits"])
    each["c"]["contrasts"].append(claim(arm={"method": "dni[none]"})["c"]["contrasts"][0])
    assert set(judged(each, *apart(0.2))["tested_contrasts"]) == {"5 of 6"}


def test_p_values_are_adjusted_within_a_family_alone_each_side_apart():
    runs, outcomes = apart(0.1, spread=0.1)
    alone = judged(claim(), runs, outcomes).iloc[0]
    assert alone["p_supports_holm"] == alone["p_supports"]
    several = {
        name: claim(arm={"method": method})["c"]
        for name, method in (("c", "backprop"), ("d", "dni[label]"), ("e", "noise"))
    }
    table = judged(several, runs, outcomes)
    for side in ("p_supports", "p_against"):
        assert table[f"{side}_holm"].tolist() == pytest.approx(list(holm(table[side])))
    assert table["p_supports_holm"].iloc[0] == pytest.approx(min(1, 3 * alone["p_supports"]))
    several["d"] |= {"family": "other"}
    table = judged(several, runs, outcomes)
    assert table["p_supports_holm"].iloc[0] == pytest.approx(min(1, 2 * alone["p_supports"]))


def test_a_family_decides_less_than_its_contrasts_do_alone():
    """The smallest p-value that twelve seeds can have is one in 2^12: alone it decides, and not
    as one of two hundred."""
    runs, outcomes = (table[table["seed"] < 12] for table in apart(0.2))
    one = claim()["c"]
    family = {"c": one} | {
        f"c{k}": claim(arm={"method": "noise"}, smallest_effect=0.0)["c"] for k in range(200)
    }
    row = judged(family, runs, outcomes).iloc[0]
    assert row["p_supports"] == 2.0**-12
    assert (row["alone"], row["evidence"]) == ("supports", "undecided")


def test_what_the_run_lacks_is_not_tested_with_its_reason(listed):
    runs, outcomes = (
        table[table["experiment"].isin(["headline"]) & (table["method"] != "feedback-alignment")]
        for table in tables()
    )
    table = judged(listed, runs, outcomes)
    assert set(table["claim"]) == set(listed)
    untested = table[table["evidence"] == "not tested"]
    assert (untested["note"] != "").all()
    assert untested[NUMBERS].isna().all(axis=None)
    notes = untested.groupby("claim")["note"].first()
    assert notes["best-combination"] == "the run has no experiment conditioning"
    assert notes["random-feedback-learns"] == (
        "the run has no cells with experiment headline, method feedback-alignment"
    )
    verdicts = table.groupby("claim")["verdict"].first()
    assert verdicts["best-combination"] == verdicts["random-feedback-learns"] == "not tested"


def test_an_empty_run_is_judged_too(listed):
    runs, outcomes = (table[:0] for table in tables())
    assert set(judged(listed, runs, outcomes)["verdict"]) == {"not tested"}


@pytest.mark.parametrize("seeds", [1, 9])
def test_few_seeds_are_not_tested(listed, seeds):
    runs, outcomes = (table[table["seed"] < seeds] for table in tables())
    table = judged(listed, runs, outcomes)
    compared = table[~table["claim"].isin(["layer-objects"])]
    assert set(compared["evidence"]) == {"not tested"}
    assert (compared["note"] != "").all()


def test_runs_that_all_diverged_and_ties_have_defined_results(listed):
    def value(arm, measure, epoch, noise):
        gone = epoch > 1 and measure not in ("bit_accuracy", "accuracy_auc")
        return np.full(len(noise), np.nan if gone else 0.5)

    runs, outcomes = tables(value=value)
    runs, outcomes = runs.assign(diverged_at=2.0), outcomes.assign(diverged_at=2.0)
    outcomes["epochs_to_95"] = np.nan
    table = judged(listed, runs, outcomes)
    tested = table["evidence"] != "not tested"
    beside_others = ~table["note"].str.startswith("the run has")
    assert table.loc[tested, "estimate"].notna().all()
    assert (table.loc[~tested, "note"] != "").all()
    times = table[table["kind"].eq("time") & table["claim"].ne("dni-slower") & beside_others]
    assert set(times["note"]) == {"no seed of either arm gets there"}
    # None gets there within the budget, beside which the claim puts it.
    budget = table[table["contrast"].str.contains("all of the budget")]
    assert set(budget["evidence"]) == {"against"}
    assert set(table.loc[table["claim"] == "layer-objects", "evidence"]) == {"supports"}
    # Of two arms that diverged neither is shown to be better.
    beside = table[(table["kind"] == "difference") & (table["reference_diverged"] == 30)]
    assert set(beside["evidence"]) <= {"undecided", "not tested"}
    assert set(table.loc[table["claim"] == "dni-learns", "verdict"]) == {"not tested"}


def test_equal_arms_have_defined_results():
    runs, outcomes = tables(value=lambda arm, measure, epoch, noise: np.full(len(noise), 0.5))
    row = judged(claim(smallest_effect=0.0), runs, outcomes).iloc[0]
    assert (row["estimate"], row["ci_low"], row["ci_high"]) == (0.0, 0.0, 0.0)
    assert (row["p_supports"], row["p_against"], row["evidence"]) == (1.0, 1.0, "undecided")
    row = judged(claim(direction="same"), runs, outcomes).iloc[0]
    assert (row["p_supports"], row["evidence"]) == (2.0**-30, "supports")


def test_what_is_built_in_is_found(listed):
    table = judged(listed, *tables(value=best_arm))
    verdicts = table.groupby("claim")["verdict"].first()
    for name in (
        "dni-learns",
        "random-feedback-learns",
        "harder-with-bits",
        "best-combination",
        "local-loss-beats-generators",
        "generators-beat-noise",
    ):
        assert verdicts[name] == "reproduced", name
    assert verdicts["half-the-iterations"] == "contradicted"
    ahead = table[table["contrast"].str.startswith("score, dni[label] - dni[output]")]
    assert set(ahead["evidence"]) == {"supports"}
