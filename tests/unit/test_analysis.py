import numpy as np
import pandas as pd
import pytest

from synthgrad import analysis, statistics


@pytest.fixture
def outcomes():
    """Three methods at two widths and 12 seeds; no held-out pairs at 4 bits."""
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
            "diverged_at": 5.0 if (method, seed) == ("dni[output]", 3) else np.nan,
        }
        for method, level in [("backprop", 0.9), ("frozen", 0.4), ("dni[output]", 0.5)]
        for bits in (4, 8)
        for seed in range(12)
    ]
    return pd.DataFrame(rows)


def test_a_summary_row_for_each_arm_and_measure_that_has_values(outcomes):
    summary = analysis.summarise(outcomes, 199, 0)
    assert len(summary) == 6 * 4 - 3
    row = summary.query("method == 'frozen' and bits == 8 and measure == 'accuracy_auc'").iloc[0]
    values = outcomes.query("method == 'frozen' and bits == 8")["accuracy_auc"]
    assert row["mean"] == pytest.approx(values.mean())
    assert row["ci_low"] < row["mean"] < row["ci_high"]
    assert row["n"] == 12
    assert set(summary.query("method == 'dni[output]'")["diverged"]) == {1}


def test_each_method_is_compared_with_each_reference_by_seed(outcomes):
    contrasts = analysis.compare(outcomes, 199, 0)
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
    difference = wide["dni[output]"] - wide["frozen"]
    assert row["estimate"] == pytest.approx(difference.mean())
    assert row["effect_size"] == pytest.approx(statistics.rank_biserial(difference.to_numpy()))


def test_adjustment_is_within_the_family(outcomes):
    contrasts = analysis.compare(outcomes, 199, 0)
    family = contrasts.query("reference == 'frozen' and measure == 'accuracy_auc'")
    assert list(family["p_adjusted"]) == pytest.approx(list(statistics.holm(family["p_value"])))


def test_adding_an_arm_changes_no_interval_of_another(outcomes):
    whole = analysis.summarise(outcomes, 199, 0)
    part = analysis.summarise(outcomes.query("method != 'frozen'"), 199, 0)
    kept = whole.query("method != 'frozen'").reset_index(drop=True)
    pd.testing.assert_frame_equal(kept, part.reset_index(drop=True))


def test_the_order_of_seeds_does_not_matter_to_tests(outcomes):
    shuffled = outcomes.sample(frac=1, random_state=np.random.RandomState(0))
    keys = ["bits", "measure", "arm", "reference"]
    one = analysis.compare(outcomes, 199, 0).set_index(keys).sort_index()
    other = analysis.compare(shuffled, 199, 0).set_index(keys).sort_index()
    np.testing.assert_allclose(one["estimate"], other["estimate"])
    np.testing.assert_allclose(one["p_value"], other["p_value"])
