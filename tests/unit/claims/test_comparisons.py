"""How contrasts are repeated and compared."""

import numpy as np
import pytest
from made_up_claims import claim, judged
from made_up_results import apart, tables
from scipy import stats

from synthgrad.claims.comparisons import p_values
from synthgrad.statistics import ONE_SIDED
from synthgrad.statistics.correlations import correlation
from synthgrad.statistics.paired import signed_ranks
from synthgrad.statistics.ranking import lead

DIRECTIONS = ("more", "less", "same", "not less", "not more")


def altered(method, measure, value, seeds=range(30), by=0.2):
    """Made-up tables with another value of an arm, backprop being ahead by so much."""
    runs, outcomes = (table.copy() for table in apart(by))
    outcomes.loc[(outcomes["method"] == method) & outcomes["seed"].isin(seeds), measure] = value
    return runs, outcomes


def row_of(tables_, **contrast):
    (row,) = judged(claim(**contrast), *tables_).to_dict("records")
    return row


def score(outcomes, method, bits=8, measure="accuracy_auc", experiment="headline"):
    rows = outcomes.query("experiment == @experiment and method == @method and bits == @bits")
    return rows[rows["chosen"] == "tuned"].set_index("seed")[measure].to_numpy()


def test_a_contrast_is_repeated_for_each_level_of_the_run():
    each = claim(where={"experiment": "headline"}, each=["bits"])
    table = judged(each, *apart(0.2))
    assert table["contrast"].tolist() == [f"arm - reference, bits {n}" for n in (4, 6, 8, 10, 12)]


@pytest.mark.parametrize("direction", DIRECTIONS)
def test_a_row_of_differences_is_what_plain_scipy_says(direction):
    runs, outcomes = apart(0.05)
    row = row_of((runs, outcomes), direction=direction)
    difference = score(outcomes, "backprop") - score(outcomes, "frozen")

    def p_value(threshold, alternative):
        found = stats.wilcoxon(difference - threshold, alternative=alternative, method="exact")
        return found.pvalue

    above, below = ({t: p_value(t, way) for t in (-0.05, 0.05)} for way in ("greater", "less"))
    expected = {
        "more": (above[0.05], below[0.05]),
        "less": (below[-0.05], above[-0.05]),
        "not less": (above[-0.05], below[-0.05]),
        "not more": (below[0.05], above[0.05]),
        "same": (max(above[-0.05], below[0.05]), min(above[0.05], below[-0.05])),
    }[direction]
    assert (row["p_supports"], row["p_against"]) == pytest.approx(expected)
    means = [(one + other) / 2 for i, one in enumerate(difference) for other in difference[i:]]
    assert row["estimate"] == pytest.approx(np.median(means))
    assert row["n"] == 30


@pytest.mark.parametrize("direction", DIRECTIONS)
@pytest.mark.parametrize("by", [-0.2, -0.05, -0.03, 0.0, 0.03, 0.05, 0.2])
def test_what_is_shown_alone_is_what_the_interval_says(direction, by):
    """Beyond the smallest effect, or within it: the interval lies there wholly, or elsewhere."""
    row = row_of(apart(by), direction=direction)
    low, high = row["ci_low"], row["ci_high"]
    region, elsewhere = {
        "more": (low > 0.05, high < 0.05),
        "less": (high < -0.05, low > -0.05),
        "not less": (low > -0.05, high < -0.05),
        "not more": (high < 0.05, low > 0.05),
        "same": (low > -0.05 and high < 0.05, low > 0.05 or high < -0.05),
    }[direction]
    expected = "supports" if region else "against" if elsewhere else "undecided"
    assert row["alone"] == expected


def test_seeds_without_a_value_help_neither_side():
    row = row_of(altered("frozen", "accuracy_auc", np.nan, range(4)))
    assert (row["n"], row["note"]) == (30, "4 seeds known within bounds alone")
    whole = row_of(apart(0.2))
    assert row["p_supports"] > whole["p_supports"]
    # Backprop is ahead by 0.2, and yet on four seeds it might not be.
    assert row["evidence"] == "supports"
    assert row_of(altered("frozen", "accuracy_auc", np.nan, range(20)))["evidence"] == "undecided"


def test_what_diverged_is_counted_on_either_side():
    row = row_of(altered("frozen", "diverged_at", 7.0, range(4)))
    assert (row["arm_diverged"], row["reference_diverged"]) == (0, 4)
    assert row["arm_cells"] == "headline: headline,backprop,8"
    assert row["reference_cells"] == "headline: headline,frozen,8"


@pytest.mark.parametrize("measure", ["accuracy_auc", "bit_accuracy"])
@pytest.mark.parametrize("direction", ["more", "not less", "same"])
def test_an_arm_that_diverges_is_never_ahead_of_one_below_chance(direction, measure):
    """Neither as the value that its table has, nor as chance, which is above the other's."""
    for below_chance in (0.1, 0.3):
        runs, outcomes = (table.copy() for table in apart(0.2))
        gone, other = (outcomes["method"] == method for method in ("backprop", "frozen"))
        outcomes.loc[gone, "diverged_at"] = 7.0
        outcomes.loc[gone, measure] = 0.5
        outcomes.loc[other, measure] = below_chance + outcomes.loc[other, "seed"] / 1000
        row = row_of((runs, outcomes), measure=measure, direction=direction)
        assert row["evidence"] != "supports"
    assert (row["arm_diverged"], row["evidence"]) == (30, "against")


@pytest.mark.parametrize("direction", DIRECTIONS)
@pytest.mark.parametrize("kind", ["difference", "time", "best"])
def test_where_both_diverge_nothing_is_shown(direction, kind):
    runs, outcomes = (table.copy() for table in apart(0.2))
    outcomes["diverged_at"] = 7.0
    outcomes["epochs_to_95"] = np.nan
    contrast = {
        "difference": {},
        "time": {"measure": "epochs_to_95"},
        "best": {
            "over": "method",
            "arm": {"method": ["backprop", "frozen"]},
            "reference": {"method": ["noise", "local-loss"]},
        },
    }[kind]
    row = row_of((runs, outcomes), kind=kind, direction=direction, **contrast)
    assert row["evidence"] in ("undecided", "not tested")


def test_times_are_compared_each_with_its_own_budget():
    runs, outcomes = (table.copy() for table in apart(0.0))
    outcomes["epochs_to_95"] = 10.0 + outcomes["seed"]
    arm = outcomes["method"] == "backprop"
    outcomes.loc[arm, "epochs_to_95"] *= 4
    outcomes.loc[arm & (outcomes["seed"] < 5), "epochs_to_95"] = np.nan
    outcomes.loc[arm, "epochs"] = 600 + outcomes["seed"]
    contrast = {"kind": "time", "measure": "epochs_to_95", "smallest_effect": 0.5}
    row = row_of((runs, outcomes), direction="more", **contrast)
    lows = np.where(np.arange(30) < 5, np.log2((600 + np.arange(30)) / (10 + np.arange(30))), 2.0)
    assert row["ci_low"] == pytest.approx(signed_ranks(lows).low)
    assert row["ci_high"] == np.inf or row["ci_high"] >= 2.0
    assert (row["evidence"], row["note"]) == ("supports", "5 seeds known within bounds alone")
    # That it takes no longer cannot be shown by seeds that do not get there.
    assert row_of((runs, outcomes), direction="not more", **contrast)["evidence"] == "against"


def test_trends_and_arms_are_rank_correlations_of_each_seed():
    runs, outcomes = tables()
    where = {"experiment": "depth", "method": "frozen"}
    row = row_of(
        (runs, outcomes),
        kind="trend",
        over="hidden",
        where=where,
        arm={},
        reference=0,
    )
    wide = outcomes.query("experiment == 'depth' and method == 'frozen'")
    wide = wide.pivot_table(index="seed", columns="hidden", values="accuracy_auc")
    wide = wide[sorted(wide, key=len)]
    by_seed = [stats.spearmanr(range(5), scores).statistic for scores in wide.to_numpy()]
    assert row["estimate"] == pytest.approx(signed_ranks(by_seed).estimate)
    assert row["p_supports"] == signed_ranks(by_seed).above(0.05)
    row = row_of(
        (runs, outcomes),
        kind="arms",
        over="hidden",
        where=where,
        arm={},
        reference={"measure": "bit_accuracy"},
    )
    other = outcomes.query("experiment == 'depth' and method == 'frozen'")
    other = other.pivot_table(index="seed", columns="hidden", values="bit_accuracy")[wide.columns]
    by_seed = [stats.spearmanr(*rows).statistic for rows in zip(wide.to_numpy(), other.to_numpy())]
    assert row["estimate"] == pytest.approx(signed_ranks(by_seed).estimate)


def test_units_are_the_levels_with_their_means():
    runs, outcomes = tables()
    row = row_of(
        (runs, outcomes),
        kind="units",
        over="method",
        where={"experiment": "conditioning"},
        arm={},
        reference={"measure": "bit_accuracy"},
        smallest_effect=0.3,
    )
    means = outcomes.query("experiment == 'conditioning' and chosen == 'tuned'")
    means = means.groupby("method")[["accuracy_auc", "bit_accuracy"]].mean()
    found = correlation(*means.to_numpy().T)
    assert row["n"] == 15
    assert row["estimate"] == pytest.approx(found.estimate)
    assert row["p_supports"] == pytest.approx(found.above(0.3))


def test_the_best_of_each_side_is_compared_with_all_of_the_other():
    runs, outcomes = apart(0.2)
    sides = ["backprop", "frozen"], ["noise", "local-loss", "dni[label]"]
    row = row_of(
        (runs, outcomes),
        kind="best",
        over="method",
        arm={"method": sides[0]},
        reference={"method": sides[1]},
    )
    scores = [np.array([score(outcomes, method) for method in side]) for side in sides]
    differences = scores[0].T[:, :, None] - scores[1].T[:, None, :]
    found = lead(differences, differences)
    assert (row["estimate"], row["ci_low"]) == (found.estimate, found.low)
    assert (row["p_supports"], row["p_against"]) == (found.above(0.05), found.below(0.05))
    assert row["evidence"] == "supports"


@pytest.mark.parametrize(
    ("at_4", "at_8", "shown"),
    [
        (0.2, 0.2, "supports"),
        (-0.2, -0.2, "supports"),
        (0.0, 0.0, "supports"),
        (0.2, -0.2, "against"),
        (0.2, 0.0, "against"),
        (0.0, 0.2, "against"),
        (0.05, 0.2, "not tested"),
    ],
)
def test_a_direction_is_taken_from_the_first_contrast(at_4, at_8, shown):
    """Backprop less frozen at 8 bits should be what it is at 4 bits: more, less or the same."""
    runs, outcomes = (table.copy() for table in apart(0.0))
    for bits, by in ((4, at_4), (8, at_8)):
        rows = (outcomes["method"] == "backprop") & (outcomes["bits"] == bits)
        outcomes.loc[rows, "accuracy_auc"] += by
    first = {"where": {"experiment": "headline", "bits": 4}, "measure": "accuracy_auc"}
    row = row_of((runs, outcomes), direction="as first", first=first | {"smallest_effect": 0.05})
    assert row["evidence"] == shown
    if shown == "not tested":
        assert row["note"] == "undecided where the direction is taken from"
    else:
        assert row["direction"] == ("more" if at_4 > 0 else "less" if at_4 < 0 else "same")


@pytest.mark.parametrize("direction", DIRECTIONS)
def test_for_and_against_are_never_both_shown(direction):
    for shift in np.linspace(-0.2, 0.2, 41):
        located = signed_ranks(np.linspace(-0.05, 0.05, 30) + shift)
        assert max(p_values(located, direction, 0.05)) > ONE_SIDED
