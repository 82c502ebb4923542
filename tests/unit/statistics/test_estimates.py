"""Tables of estimates and contrasts, from made-up outcomes."""

from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from synthgrad.core.setup import CONDITIONS
from synthgrad.statistics import estimates
from synthgrad.statistics.estimates import (
    compare,
    condition_effects,
    estimate_tables,
    median_times,
    rank_conditions,
    summarise,
)
from synthgrad.statistics.multiplicity import holm
from synthgrad.statistics.paired import rank_biserial, signed_ranks
from synthgrad.study.registry import registered_tables


@pytest.fixture(scope="module")
def outcomes():
    """Three methods at two numbers of bits and 12 seeds; no held-out pairs at 4 bits."""
    rng = np.random.default_rng(3)
    rows = [
        {
            "experiment": "headline",
            "cell": f"{method},{bits}",
            "method": method,
            "bits": bits,
            "seed": seed,
            "accuracy_auc": level + rng.normal(0, 0.02),
            "bit_accuracy": level + rng.normal(0, 0.02),
            "sum_accuracy": level + rng.normal(0, 0.02),
            "heldout_bit_accuracy": np.nan if bits == 4 else level + rng.normal(0, 0.02),
            "accuracy_auc_100": level,
            "accuracy_auc_300": np.nan,  # of 100 epochs
            "final_slope": 0.01,
            "epochs_to_95": np.nan if method == "frozen" else 20.0 + seed,
            "epochs": 100,
            "diverged_at": 5.0 if (method, seed) == ("dni[output]", 3) else np.nan,
        }
        for method, level in [("backprop", 0.9), ("frozen", 0.4), ("dni[output]", 0.5)]
        for bits in (4, 8)
        for seed in range(12)
    ]
    return pd.DataFrame(rows)


@pytest.fixture(scope="module")
def contrasts(outcomes):
    return compare(outcomes)


def test_every_table_is_made_and_known_by_its_name(outcomes):
    names = registered_tables(Path(estimates.__file__).parent)
    assert names == list(estimate_tables(outcomes, 99, 0))
    assert len(set(names)) == len(names)


def test_a_summary_row_for_each_arm_and_measure_that_has_values(outcomes):
    summary = summarise(outcomes, 199, 0)
    assert len(summary) == 6 * (4 + 2) - 3
    row = summary.query("method == 'frozen' and bits == 8 and measure == 'accuracy_auc'").iloc[0]
    values = outcomes.query("method == 'frozen' and bits == 8")["accuracy_auc"]
    assert row["mean"] == pytest.approx(values.mean())
    assert row["ci_low"] < row["mean"] < row["ci_high"]
    assert row["n"] == 12
    assert set(summary.query("method == 'dni[output]'")["diverged"]) == {1}


def test_each_method_is_compared_with_each_reference_by_seed(outcomes, contrasts):
    pairs = set(zip(contrasts["arm"], contrasts["reference"]))
    assert pairs == {
        ("frozen", "backprop"),
        ("dni[output]", "backprop"),
        ("backprop", "frozen"),
        ("dni[output]", "frozen"),
    }
    row = contrasts.query(
        "arm == 'dni[output]' and reference == 'frozen' and bits == 8 and measure == 'accuracy_auc'"
    ).iloc[0]
    wide = outcomes.query("bits == 8").pivot_table(
        index="seed", columns="method", values="accuracy_auc"
    )
    wide.loc[3, "dni[output]"] = -1.0  # it diverged
    difference = (wide["dni[output]"] - wide["frozen"]).to_numpy()
    expected = stats.wilcoxon(difference, method="exact")
    assert row["p_value"] == pytest.approx(expected.pvalue)
    means = [(one + other) / 2 for i, one in enumerate(difference) for other in difference[i:]]
    assert row["estimate"] == pytest.approx(np.median(means))
    assert row["effect_size"] == pytest.approx(rank_biserial(difference))


def test_times_are_compared_too(outcomes, contrasts):
    times = contrasts.query("measure == 'epochs_to_95' and bits == 8")
    row = times.query("arm == 'dni[output]' and reference == 'frozen'").iloc[0]
    # No seed of frozen gets there, so that the times of the other are shorter by more than this;
    # of that which diverged nothing is known.
    bounds = np.log2((20.0 + np.arange(12)) / 100)
    bounds[3] = np.inf
    assert row["ci_high"] == pytest.approx(signed_ranks(bounds).high)
    assert row["ci_low"] == -np.inf
    # Of 2**12 patterns of signs 70 have ranks against of at most 12, that of the unknown one.
    assert row["p_value"] == pytest.approx(2 * 70 / 2**12)
    curves = median_times(outcomes).set_index("cell")
    assert curves.loc["frozen,8", ["events", "median"]].tolist() == [0, np.inf]
    assert curves.loc["backprop,8", ["n", "events", "median"]].tolist() == [12, 12, 25]


def outcomes_of_conditions(level):
    """Outcomes of all 15 sets of conditions on 12 seeds, around what `level` says of a set."""
    rng = np.random.default_rng(1)
    return pd.DataFrame(
        {
            "experiment": "conditioning",
            "cell": name,
            "method": f"dni[{name}]",
            "bits": 8,
            "seed": seed,
            "accuracy_auc": level(name.split("+")) + rng.normal(0, 0.01),
        }
        for size in range(1, 5)
        for name in map("+".join, combinations(CONDITIONS, size))
        for seed in range(12)
    )


def test_the_conditions_are_ranked_and_taken_apart():
    def level(names):
        both = {"output", "label"} <= set(names)
        return 0.3 + 0.2 * ("label" in names) - 0.1 * ("input" in names) + 0.1 * both

    outcomes = outcomes_of_conditions(level)
    ranking = rank_conditions(outcomes, 499, 0)
    assert set(ranking["conditions"][:2]) == {"output+label", "output+label+batchnorm"}
    assert ranking["p_best"].sum() == pytest.approx(1)
    assert ranking["p_near_best"].tolist() == [1, 1, *[0] * 13]
    assert list(ranking["mean"]) == sorted(ranking["mean"], reverse=True)
    effects = condition_effects(outcomes).set_index("effect")
    assert len(effects) == 4 + 6
    # Of seven pairs of sets with and without the label, four have the output in them.
    assert effects.loc["label", "estimate"] == pytest.approx(0.2 + 0.1 * 4 / 7, abs=0.01)
    assert effects.loc["input", "estimate"] == pytest.approx(-0.1, abs=0.01)
    assert effects.loc["output+label", "estimate"] == pytest.approx(0.05, abs=0.01)
    assert effects.loc["input+batchnorm", "p_adjusted"] > 0.05
    assert effects.loc["label", "p_adjusted"] < 0.05


def test_all_sets_of_some_conditions_are_ranked_too():
    outcomes = outcomes_of_conditions(lambda names: 0.3 + 0.2 * ("label" in names))
    some = outcomes[outcomes["method"].isin(["dni[output]", "dni[label]", "dni[output+label]"])]
    assert set(rank_conditions(some, 199, 0)["conditions"]) == {"output", "label", "output+label"}
    assert set(condition_effects(some)["effect"]) == {"output", "label"}
    # One condition makes no comparison, and one set of three is missing here.
    assert rank_conditions(some[some["method"] == "dni[label]"], 199, 0).empty
    assert rank_conditions(some[some["method"] != "dni[label]"], 199, 0).empty


def test_without_all_sets_nothing_is_ranked(outcomes):
    assert rank_conditions(outcomes, 199, 0).empty
    assert condition_effects(outcomes).empty


def test_adjustment_is_within_the_family(contrasts):
    family = contrasts.query("reference == 'frozen' and measure == 'accuracy_auc'")
    assert list(family["p_adjusted"]) == pytest.approx(list(holm(family["p_value"])))


def test_adding_an_arm_changes_no_interval_of_another(outcomes):
    whole = summarise(outcomes, 199, 0)
    part = summarise(outcomes.query("method != 'frozen'"), 199, 0)
    kept = whole.query("method != 'frozen'").reset_index(drop=True)
    pd.testing.assert_frame_equal(kept, part.reset_index(drop=True))


def test_the_order_of_seeds_does_not_matter_to_tests(outcomes, contrasts):
    shuffled = outcomes.sample(frac=1, random_state=np.random.RandomState(0))
    keys = ["bits", "measure", "arm", "reference"]
    one = contrasts.set_index(keys).sort_index()
    other = compare(shuffled).set_index(keys).sort_index()
    np.testing.assert_allclose(one["estimate"], other["estimate"])
    np.testing.assert_allclose(one["p_value"], other["p_value"])
