"""The rule from contrast to verdict."""

import numpy as np
import pytest
from made_up_claims import claim, judged
from made_up_results import apart, best_arm, tables
from scipy import stats

from synthgrad.claims.judge import NOT_REPRODUCED, REPRODUCED, verdict


@pytest.mark.parametrize(
    ("by", "direction", "shown"),
    [
        (0.2, "more", "supports"),
        (-0.2, "more", "opposite"),
        (0.0, "more", "no difference"),
        # Settled and real, but smaller than what matters.
        (0.03, "more", "no difference"),
        (0.05, "more", "undecided"),
        (-0.2, "less", "supports"),
        (0.2, "less", "opposite"),
        (0.0, "same", "supports"),
        (0.2, "same", "opposite"),
        (-0.2, "same", "opposite"),
        (0.05, "same", "undecided"),
        (0.2, "not less", "supports"),
        (0.0, "not less", "supports"),
        (-0.2, "not less", "opposite"),
        (-0.05, "not less", "undecided"),
        (-0.2, "not more", "supports"),
        (0.2, "not more", "opposite"),
    ],
)
def test_what_a_contrast_shows(by, direction, shown):
    table = judged(claim(direction=direction), *apart(by))
    assert table["evidence"].tolist() == [shown]
    expected = REPRODUCED if shown == "supports" else NOT_REPRODUCED
    assert table["verdict"].tolist() == [expected]


def test_a_row_is_what_plain_scipy_says():
    runs, outcomes = apart(0.1)
    row = judged(claim(), runs, outcomes).iloc[0]
    wide = outcomes.query("experiment == 'headline' and bits == 8").pivot_table(
        index="seed", columns="method", values="accuracy_auc"
    )
    difference = wide["backprop"] - wide["frozen"]
    assert row["estimate"] == pytest.approx(difference.mean())
    assert row["p_adjusted"] == stats.wilcoxon(difference).pvalue
    assert row["n"] == 30
    assert list(row.index[:10]) == (
        [
            "claim",
            "edition",
            "statement",
            "contrast",
            "estimate",
            "ci_low",
            "ci_high",
            "p_adjusted",
            "n",
            "verdict",
        ]
    )


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        (["supports", "supports"], "reproduced"),
        (["supports", "undecided"], "partly"),
        (["supports", "opposite"], "partly"),
        (["supports", "not tested"], "partly"),
        (["undecided", "no difference", "opposite"], "not reproduced"),
        (["undecided", "not tested"], "not reproduced"),
        (["not tested"], "not tested"),
    ],
)
def test_from_evidence_to_verdict(shown, expected):
    assert verdict(shown) == expected


def test_p_values_are_adjusted_within_a_family_alone():
    runs, outcomes = apart(0.1)
    alone = judged(claim(), runs, outcomes)["p_adjusted"].iloc[0]
    two = claim() | {"d": claim(arm={"method": "dni[label]"})["c"]}
    adjusted = judged(two, runs, outcomes)["p_adjusted"]
    assert adjusted.iloc[0] == pytest.approx(2 * alone)
    two["d"] = two["d"] | {"family": "other"}
    assert judged(two, runs, outcomes)["p_adjusted"].iloc[0] == alone


def test_what_the_run_lacks_is_not_tested_with_its_reason(listed):
    runs, outcomes = (
        table[table["experiment"].isin(["headline"]) & (table["method"] != "feedback-alignment")]
        for table in tables()
    )
    table = judged(listed, runs, outcomes)
    assert set(table["claim"]) == set(listed)
    untested = table[table["evidence"] == "not tested"]
    assert (untested["note"] != "").all()
    assert untested[["estimate", "ci_low", "ci_high", "p_adjusted"]].isna().all(axis=None)
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


def test_diverged_replicas_and_ties_have_defined_results(listed):
    def value(arm, measure, epoch, noise):
        gone = epoch > 1 and measure not in ("bit_accuracy", "accuracy_auc")
        return np.full(len(noise), np.nan if gone else 0.5)

    runs, outcomes = tables(value=value)
    runs, outcomes = runs.assign(diverged_at=2.0), outcomes.assign(diverged_at=2.0)
    outcomes["epochs_to_95"] = np.nan
    table = judged(listed, runs, outcomes)
    assert (table["estimate"].notna() | (table["note"] != "")).all()
    assert (table["p_adjusted"].notna() | (table["note"] != "")).all()
    times = table[table["contrast"].str.startswith("epochs to 0.95")]
    assert set(times["note"]) == {"no seed of either arm gets there: not tested"}
    lost = table[table["contrast"].str.startswith("squared error, after")]
    assert lost["note"].tolist() == ["no seed has a value on both sides"]
    assert set(table.loc[table["claim"] == "layer-objects", "evidence"]) == {"supports"}
    assert set(table.loc[table["claim"] == "dni-learns", "evidence"]) == {"no difference"}


def test_what_is_built_in_is_found(listed):
    table = judged(listed, *tables(value=best_arm))
    verdicts = table.groupby("claim")["verdict"].first()
    for name in ("dni-learns", "random-feedback-learns", "harder-with-bits", "best-combination"):
        assert verdicts[name] == "reproduced", name
    assert verdicts["half-the-iterations"] == "not reproduced"
    ahead = table[table["contrast"].str.startswith("score, dni[label] - dni[output]")]
    assert set(ahead["evidence"]) == {"supports"}
