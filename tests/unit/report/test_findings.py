"""What the main text says of arms beside one another, from tables made by hand."""

import pandas as pd
import pytest

from synthgrad.report.paper.claims import estimates
from synthgrad.report.paper.findings import heldout_values, pace_values, switched_off_values


def survival(run, *rows):
    table = pd.DataFrame(rows, columns=["method", "bits", "median"])
    return run.changed(survival=table.assign(experiment="headline"))


def test_pace_is_of_the_numbers_of_bits_at_which_both_get_there(run):
    found = pace_values(
        survival(
            run,
            ("backprop", 4, 8.0),
            ("backprop", 6, 25.0),
            ("dni[output+label]", 4, float("inf")),
            ("dni[output+label]", 6, 121.0),
        )
    )
    assert found["pace/dni[output+label]/bits"] == "6"
    assert found["pace/dni[output+label]/least"] == found["pace/dni[output+label]/most"] == "4.8"
    assert found["pace/local-loss/least"] == found["pace/local-loss/bits"] == "---"


def test_generators_are_off_where_tuning_chose_a_step_size_of_0(run):
    tuned = run.tuned.copy()
    chosen = (tuned["method"] == "dni[output]") & (tuned["bits"] == 6)
    tuned.loc[chosen, "generator_step_size"] = 0.0
    assert switched_off_values(run.changed(tuned=tuned))["off/bits"] == "6"
    assert switched_off_values(run)["off/bits"] == "---"


def test_seeds_ahead_are_counted_at_the_largest_number_of_bits(run):
    outcomes = run.outcomes_of("headline").copy()
    labelled = outcomes["method"] == "dni[output+label]"
    outcomes.loc[labelled, "heldout_bit_accuracy"] = 0.1
    outcomes.loc[
        labelled & (outcomes["bits"] == 6) & (outcomes["seed"] < 3), "heldout_bit_accuracy"
    ] = 1
    found = heldout_values(run.changed(outcomes=outcomes))
    assert found == {"ahead/backprop": "3 of 10", "ahead/local-loss": "---"}


@pytest.mark.parametrize(("evidence", "least"), [("supports", "$-0.500$"), ("not tested", "0.250")])
def test_estimates_of_a_claim_have_their_places_and_ends(evidence, least):
    rows = {"claim": "c", "estimate": [0.25, -0.5], "evidence": ["against", evidence]}
    found = estimates(pd.DataFrame(rows))
    assert (found["claim/c/1"], found["claim/c/least"], found["claim/c/most"]) == (
        "0.250",
        least,
        "0.250",
    )
