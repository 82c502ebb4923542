"""Claims judged again under alternatives."""

import numpy as np
import pandas as pd
import pytest
from made_up_claims import claim
from made_up_robustness import DECLARED

from synthgrad.claims.alternatives import (
    ALL,
    SWAPPED,
    WITHOUT_DIVERGED,
    outcomes_within,
    with_outcome,
    with_swaps,
)
from synthgrad.claims.robustness import AS_IT_IS, judge_again, robustness_of
from synthgrad.core.training.curves import accuracy_auc, epochs_to

SEEDS, EPOCHS = 12, 600
NOISE = np.linspace(-0.01, 0.01, SEEDS)

PLAIN = {
    "budgets": [ALL],
    "outcomes": {"accuracy_auc": 0.05, "bit_accuracy": 0.05, "epochs_to_95": 0.5},
    "smallest_effects": [1],
    "tests": ["signed ranks"],
    "swaps": {},
}


def arm(method="backprop", experiment="headline", bits=8, **values):
    """The outcomes of an arm: `values` at 0.5, but for these."""
    labels = {"experiment": experiment, "cell": f"{method},{bits},{experiment}"}
    measures = {"accuracy_auc": 0.5, "accuracy_auc_100": 0.5, "bit_accuracy": 0.9}
    measures |= {"epochs": EPOCHS, "epochs_to_95": np.nan, "diverged_at": np.nan}
    rows = {"method": method, "bits": bits, "seed": np.arange(SEEDS)} | measures | values
    return pd.DataFrame(labels | rows)


def again(declared, *arms, at_100=0.9, **contrast):
    """One claim about arms judged again; `at_100` is the accuracy of all after 100 epochs."""
    outcomes = pd.concat(arms, ignore_index=True)
    rows = {"epoch": 100, "right_bits": at_100 * 1000, "training_bits": 1000}
    curves = outcomes[["cell", "seed"]].drop_duplicates().assign(**rows)
    runs = outcomes.assign(epoch=EPOCHS)
    return judge_again(claim(**contrast), PLAIN | declared, runs, outcomes, curves, seed=0)


def frozen(**values):
    return arm("frozen", **values)


@pytest.mark.parametrize(
    ("at_100", "verdict", "text"),
    [
        (0.3, "contradicted", "fragile: 1 of 1"),
        # Straddles the smallest effect.
        (0.55, "undecided", "1 of 1"),
        (0.8, "reproduced", "none of 1"),
    ],
)
def test_a_verdict_that_hangs_on_the_budget(at_100, verdict, text):
    ahead = arm(accuracy_auc=0.7 + NOISE, accuracy_auc_100=at_100 + NOISE)
    declared = {"budgets": [100, ALL], "outcomes": {"accuracy_auc": 0.05}}
    table = again(declared, ahead, frozen())
    assert table["alternative"].tolist() == [
        AS_IT_IS,
        "100 epochs, score, smallest effect x 1, signed ranks",
    ]
    assert table["verdict"].tolist() == ["reproduced", verdict]
    assert set(table["as_published"]) == {"reproduced"}
    found = robustness_of(table, "c")
    assert found.text == text
    assert found.fragile == (verdict == "contradicted")
    assert list(found.flipped_by["budget"]) == ["100"] * found.fragile


def test_a_verdict_that_turns_to_reproduced_is_fragile_too():
    behind = arm(accuracy_auc=0.3 + NOISE, accuracy_auc_100=0.7 + NOISE)
    table = again({"budgets": [100, ALL], "outcomes": {"accuracy_auc": 0.05}}, behind, frozen())
    assert robustness_of(table, "c").text == "fragile: 1 of 1"


def test_an_alternative_that_asks_nothing_else_has_no_row():
    """A budget that no run exceeds, a multiple of a smallest effect of 0."""
    short = arm(accuracy_auc=0.7 + NOISE, epochs=100), frozen(epochs=100)
    declared = {"budgets": [100, ALL], "outcomes": {"accuracy_auc": 0.05}}
    declared |= {"smallest_effects": [0.5, 1, 2]}
    table = again(declared, *short, smallest_effect=0.0)
    assert table["alternative"].tolist() == [AS_IT_IS]
    assert robustness_of(table, "c").text == ""
    assert set(again(declared, *short)["effect"]) == {0.5, 1, 2}


@pytest.mark.parametrize(
    ("factor", "verdict"), [(0.5, "reproduced"), (1, "undecided"), (2, "contradicted")]
)
def test_smallest_effects_are_multiplied(factor, verdict):
    arms = arm(accuracy_auc=0.55 + NOISE), frozen()
    declared = {"outcomes": {}, "smallest_effects": [0.5, 1, 2], "tests": DECLARED["tests"]}
    table = again(declared, *arms)
    assert set(table.loc[table["effect"] == factor, "verdict"]) == {verdict}
    assert len(table) == 6


def test_claims_of_scores_become_claims_of_times():
    """More becomes less, and a doubling of the smallest effect a doubling of the other."""
    contrast = claim(smallest_effect=0.1)["c"]["contrasts"][0]
    times = with_outcome(contrast, "epochs_to_95", PLAIN["outcomes"])
    assert (times["kind"], times["direction"], times["smallest_effect"]) == ("time", "less", 1.0)
    assert with_outcome(times, "accuracy_auc", PLAIN["outcomes"]) == contrast
    for direction, turned in (("not more", "not less"), ("same", "same")):
        changed = with_outcome(
            contrast | {"direction": direction}, "epochs_to_95", PLAIN["outcomes"]
        )
        assert changed["direction"] == turned


def test_half_the_time_is_found_where_scores_are_alike():
    fast, slow = 50 + 100 * NOISE, 100 + 100 * NOISE
    arms = arm(accuracy_auc=0.5 + NOISE, epochs_to_95=fast), frozen(epochs_to_95=slow)
    table = again({"budgets": [ALL, 100]}, *arms)
    verdicts = table.set_index(["budget", "outcome"])["verdict"]
    assert verdicts["all", "accuracy_auc"] == "contradicted"
    assert verdicts["all", "epochs_to_95"] == "reproduced"
    # Half of the slower ones are beyond this budget, and count as longer than it.
    assert verdicts["100", "epochs_to_95"] == "reproduced"
    late = [each.assign(epochs_to_95=300.0) for each in arms]
    within = again({"budgets": [ALL, 100]}, *late).set_index(["budget", "outcome"]).index
    assert ("all", "epochs_to_95") in within
    assert ("100", "epochs_to_95") not in within


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "trend", "over": "bits"},
        {"kind": "best", "over": "method"},
        {"arm": {"method": ["backprop", "frozen"]}},
        {"arm": {"method": "backprop", "minus": {"method": "frozen"}}},
    ],
)
def test_trends_means_and_changes_have_no_times(change):
    contrast = claim(**change)["c"]["contrasts"][0]
    assert with_outcome(contrast, "epochs_to_95", PLAIN["outcomes"]) is None
    changed = with_outcome(contrast, "bit_accuracy", PLAIN["outcomes"])
    assert (changed["measure"], changed["direction"]) == ("bit_accuracy", "more")


@pytest.mark.parametrize(
    "change",
    [
        {"measure": "alignment_1"},
        {"measure": "heldout_bit_accuracy"},
        {"arm": {"measure": "bit_accuracy"}, "reference": {"measure": "chance"}},
        {"kind": "time", "measure": "epochs_to_95", "reference": {"measure": "epochs"}},
        {"kind": "units"},
    ],
)
def test_what_is_of_something_else_is_left_as_it_is(change):
    contrast = claim(**change)["c"]["contrasts"][0]
    assert with_outcome(contrast, "bit_accuracy", PLAIN["outcomes"]) == contrast


def test_outcomes_within_a_budget_are_those_of_a_run_that_ended_there():
    rng = np.random.default_rng(0)
    whole = np.sort(rng.uniform(0.5, 1.0, (SEEDS, EPOCHS)), axis=1)
    chance = np.full(SEEDS, 0.5)
    diverged = np.where(np.arange(SEEDS) % 3 == 0, 50.0, 400.0)

    def outcomes(curve):
        return {
            "accuracy_auc": accuracy_auc(curve, chance),
            "bit_accuracy": curve[:, -1],
            "epochs_to_95": epochs_to(curve, 0.95),
            "epochs": curve.shape[1],
            "diverged_at": np.where(diverged <= curve.shape[1], diverged, np.nan),
        }

    early = {f"accuracy_auc_{epochs}": accuracy_auc(whole, chance, epochs) for epochs in (100, 300)}
    table = arm(**outcomes(whole), **early)
    bits = 1e9
    curves = pd.DataFrame(
        {
            "cell": table["cell"].iloc[0],
            "seed": np.repeat(table["seed"].to_numpy(), EPOCHS),
            "epoch": np.tile(np.arange(1, EPOCHS + 1), SEEDS),
            "right_bits": whole.ravel() * bits,
            "training_bits": bits,
        }
    )
    short = arm(epochs=50)
    for budget in (100, 300):
        pd.testing.assert_frame_equal(
            outcomes_within(short.assign(accuracy_auc_300=np.nan), curves, budget)[list(short)],
            short,
        )
        within = outcomes_within(table, curves, budget)
        for name, expected in outcomes(whole[:, :budget]).items():
            np.testing.assert_allclose(within[name], expected, err_msg=name)


TRIPLE = [
    {
        "cells": {"experiment": "headline", "bits": 8},
        "swapped": {"experiment": "tuning", "tuning_seeds": 1},
    }
]


def test_other_cells_take_the_place_of_those_that_fit():
    first = arm(accuracy_auc=0.7 + NOISE), frozen()
    other = [
        arm(experiment="tuning", accuracy_auc=0.3 + NOISE).assign(tuning_seeds="1"),
        frozen(experiment="tuning").assign(tuning_seeds="1"),
        arm(experiment="tuning", accuracy_auc=0.9 + NOISE).assign(tuning_seeds="2", cell="2"),
    ]
    at_4 = arm(bits=4, accuracy_auc=0.7 + NOISE), frozen(bits=4)
    arms = [each.reindex(columns=_with_triples()) for each in (*first, *at_4, *other)]
    declared = {"swaps": {"first triple": TRIPLE, "lacking": _triple(3)}, "outcomes": {}}
    table = again(declared, *arms, where={"experiment": "headline"}, each=["bits"])
    (swap,) = table[table["kind"] == SWAPPED].to_dict("records")
    assert (swap["alternative"], swap["contrasts"], swap["counts"]) == ("first triple", 1, True)
    assert (swap["as_published"], swap["verdict"]) == ("reproduced", "contradicted")
    assert table.loc[table["kind"] == AS_IT_IS, "contrasts"].tolist() == [2]


def _with_triples():
    columns = list(arm())
    columns.insert(columns.index("seed"), "tuning_seeds")
    return columns


def _triple(number):
    [swap] = TRIPLE
    return [swap | {"swapped": swap["swapped"] | {"tuning_seeds": number}}]


@pytest.mark.parametrize(
    ("change", "experiments"),
    [
        ({}, ["tuning", "tuning"]),
        ({"reference": 0.5}, ["tuning"]),
        ({"reference": {"experiment": "patience", "method": "frozen"}}, None),
        # A side with other cells of the experiment, or with more of them.
        ({"reference": {"method": "frozen", "bits": 4}}, None),
        ({"where": {"experiment": "headline", "bits": [8, 12]}}, None),
        ({"where": {"experiment": "headline"}}, None),
        ({"where": {"experiment": "patience", "bits": 8}}, None),
    ],
)
def test_both_sides_are_swapped_or_none(change, experiments):
    contrast = with_swaps(claim(**change)["c"]["contrasts"][0], TRIPLE)
    if experiments is None:
        assert contrast is None
    else:
        sides = [contrast["arm"], contrast["reference"]][: len(experiments)]
        assert [side["experiment"] for side in sides] == experiments


def test_of_several_swaps_the_first_that_fits_counts():
    swaps = [{"cells": {"experiment": "headline", "method": "backprop"}, "swapped": {"bits": 10}}]
    swaps += [{"cells": {"experiment": "headline"}, "swapped": {"bits": 12}}]
    contrast = with_swaps(claim()["c"]["contrasts"][0], swaps)
    assert [contrast[side]["bits"] for side in ("arm", "reference")] == [10, 12]


def test_leaving_out_diverged_seeds_is_shown_and_never_counts():
    lost = np.where(np.arange(2 * SEEDS) % 2, np.nan, 300.0)
    seeds = {"seed": np.arange(2 * SEEDS)}
    arms = [
        pd.DataFrame(dict(arm().iloc[0]) | seeds | {"accuracy_auc": 0.7, "diverged_at": lost}),
        pd.DataFrame(dict(frozen().iloc[0]) | seeds),
    ]
    table = again({"outcomes": {}}, *arms)
    row = table.iloc[-1]
    assert row["kind"] == WITHOUT_DIVERGED
    assert (row["as_published"], row["verdict"]) == ("contradicted", "reproduced")
    assert not table["counts"].any()
    assert robustness_of(table, "c").text == ""
