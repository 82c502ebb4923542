"""Claims: the rule from contrast to verdict, the selection of values, and what chance does."""

from functools import cache
from pathlib import Path

import made_up_results
import numpy as np
import pandas as pd
import pytest
import yaml
from scipy import stats

from synthgrad.claims import contrasts as selection
from synthgrad.claims import judge as claims
from synthgrad.statistics import estimates as analysis
from synthgrad.statistics import tests as statistics
from synthgrad.study import tables as records
from synthgrad.study.config import ConfigError, read_claims, read_config
from synthgrad.study.experiments import parse_study
from synthgrad.workflow import outputs as catalogue

ROOT = Path(__file__).parents[2]
SCHEMA = ROOT / "workflow" / "schemas" / "claims.schema.yaml"

WITHOUT_LABELS = {
    # Compare no arm with another, so that exchanging arms leaves them as they are.
    "printed-class-trains",
    "printed-error-misleads",
    "flat-representations",
    "gradients-accurate",
    # Not judged.
    "isolation-saves-time",
    "late-targets",
    "lazy-updates",
    "carries-over",
}


@pytest.fixture(scope="module")
def listed():
    return read_claims(ROOT / "config" / "claims.yaml", SCHEMA)


@cache
def tables(**options):
    return made_up_results.tables(**options)


def judge(listed, runs, outcomes):
    return claims.judge(listed, runs, outcomes, resamples=199, seed=0)


def claim(**contrast):
    """A claim with one contrast of the score of two methods at 8 bits, changed by `contrast`."""
    contrast = {
        "name": "arm - reference",
        "kind": "difference",
        "measure": "accuracy_auc",
        "where": {"experiment": "headline", "bits": 8},
        "arm": {"method": "backprop"},
        "reference": {"method": "frozen"},
        "direction": "more",
        "smallest_effect": 0.05,
    } | contrast
    return {
        "c": {
            "statement": "something is so",
            "edition": "both",
            "family": "f",
            "contrasts": [contrast],
        }
    }


def apart(by, spread=0.02):
    """Made-up values: the score of backprop lies so far from that of all others."""

    def value(arm, measure, epoch, noise):
        ahead = by if arm.get("method") == "backprop" and measure == "accuracy_auc" else 0.0
        return 0.5 + ahead + spread * noise

    return tables(value=value)


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
    table = judge(claim(direction=direction), *apart(by))
    assert table["evidence"].tolist() == [shown]
    expected = claims.REPRODUCED if shown == "supports" else claims.NOT_REPRODUCED
    assert table["verdict"].tolist() == [expected]


def test_a_row_is_what_plain_scipy_says():
    runs, outcomes = apart(0.1)
    row = judge(claim(), runs, outcomes).iloc[0]
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
    ("shown", "verdict"),
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
def test_from_evidence_to_verdict(shown, verdict):
    assert claims.verdict(shown) == verdict


def test_p_values_are_adjusted_within_a_family_alone():
    runs, outcomes = apart(0.1)
    alone = judge(claim(), runs, outcomes)["p_adjusted"].iloc[0]
    two = claim() | {"d": claim(arm={"method": "dni[label]"})["c"]}
    adjusted = judge(two, runs, outcomes)["p_adjusted"]
    assert adjusted.iloc[0] == pytest.approx(2 * alone)
    two["d"] = two["d"] | {"family": "other"}
    assert judge(two, runs, outcomes)["p_adjusted"].iloc[0] == alone


def test_a_contrast_is_repeated_for_each_level_of_the_run():
    each = claim(where={"experiment": "headline"}, each=["bits"])
    table = judge(each, *apart(0.2))
    assert table["contrast"].tolist() == [f"arm - reference, bits {n}" for n in (4, 6, 8, 10, 12)]


def test_what_the_run_lacks_is_not_tested_with_its_reason(listed):
    runs, outcomes = (
        table[table["experiment"].isin(["headline"]) & (table["method"] != "feedback-alignment")]
        for table in tables()
    )
    table = judge(listed, runs, outcomes)
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
    assert set(judge(listed, runs, outcomes)["verdict"]) == {"not tested"}


@pytest.mark.parametrize("seeds", [1, 9])
def test_few_seeds_are_not_tested(listed, seeds):
    runs, outcomes = (table[table["seed"] < seeds] for table in tables())
    table = judge(listed, runs, outcomes)
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
    table = judge(listed, runs, outcomes)
    assert (table["estimate"].notna() | (table["note"] != "")).all()
    assert (table["p_adjusted"].notna() | (table["note"] != "")).all()
    times = table[table["contrast"].str.startswith("epochs to 0.95")]
    assert set(times["note"]) == {"no seed of either arm gets there: not tested"}
    lost = table[table["contrast"].str.startswith("squared error, after")]
    assert lost["note"].tolist() == ["no seed has a value on both sides"]
    assert set(table.loc[table["claim"] == "layer-objects", "evidence"]) == {"supports"}
    assert set(table.loc[table["claim"] == "dni-learns", "evidence"]) == {"no difference"}


def test_seeds_without_a_value_are_left_out_and_counted():
    runs, outcomes = (table.copy() for table in apart(0.2))
    outcomes.loc[(outcomes["seed"] < 4) & (outcomes["method"] == "frozen"), "accuracy_auc"] = np.nan
    row = judge(claim(), runs, outcomes).iloc[0]
    assert (row["n"], row["note"]) == (26, "4 seeds without a value left out")


def test_the_alignment_of_a_diverged_replica_is_nought():
    runs, outcomes = (table.copy() for table in tables())
    gone = runs["seed"] == 0
    runs.loc[gone, "diverged_at"] = 20.0
    runs.loc[gone & (runs["epoch"] >= 20), "alignment_2"] = np.nan
    side = {"experiment": "headline", "method": "dni[output]", "bits": 8}
    side |= {"measure": "alignment_2", "when": "mean"}
    found = selection.values(selection.arrange(runs, outcomes), side)
    rows = runs.query("experiment == 'headline' and method == 'dni[output]' and bits == 8")
    of_seed = rows.query("seed == 0").set_index("epoch")["alignment_2"]
    assert found[0] == pytest.approx(of_seed[1] / 3)
    assert found[1] == pytest.approx(rows.query("seed == 1 and epoch > 0")["alignment_2"].mean())


def test_sides_average_over_lists_and_subtract():
    results = selection.arrange(*tables())
    side = {"experiment": "headline", "bits": 8, "measure": "accuracy_auc"}
    one, other, both = (
        selection.values(results, side | {"method": methods})
        for methods in ("frozen", "backprop", ["frozen", "backprop"])
    )
    np.testing.assert_allclose(both, (one + other) / 2)
    less = selection.values(results, side | {"method": "frozen", "minus": {"method": "backprop"}})
    np.testing.assert_allclose(less, one - other)


def test_a_side_that_does_not_name_one_cell_is_refused():
    results = selection.arrange(*tables())
    side = {"experiment": "headline", "method": "frozen", "measure": "mse"}
    with pytest.raises(ValueError, match="5 cells have experiment headline, method frozen"):
        selection.values(results, side)


def test_levels_are_in_ascending_order():
    results = selection.arrange(*tables())

    def listed(experiment, column):
        return selection.levels(results, {"experiment": experiment}, column)

    assert listed("headline", "bits") == ["4", "6", "8", "10", "12"]
    assert listed("batchnorm", "batch_size") == ["5", "10", "50", "100"]
    assert listed("depth", "hidden") == made_up_results.DEPTHS


def best_arm(arm, measure, epoch, noise):
    """A run in which the tutorial is right about all, the score following the alignment."""
    method, edition = arm.get("method", ""), arm.get("edition", "")
    level = {"backprop": 0.55, "frozen": 0.1, "dni[output]": 0.35}.get(method, 0.45)
    level += 0.2 * ("label" in method) + 0.15 * ("batchnorm" in method) - 0.1 * ("output" in method)
    level -= 0.03 * arm.get("bits", 8)
    level += 0.1 * (edition in ("dni-label", "dni-output-label"))
    return level + 0.02 * noise


def test_what_is_built_in_is_found(listed):
    table = judge(listed, *tables(value=best_arm))
    verdicts = table.groupby("claim")["verdict"].first()
    for name in ("dni-learns", "random-feedback-learns", "harder-with-bits", "best-combination"):
        assert verdicts[name] == "reproduced", name
    assert verdicts["half-the-iterations"] == "not reproduced"
    ahead = table[table["contrast"].str.startswith("score, dni[label] - dni[output]")]
    assert set(ahead["evidence"]) == {"supports"}


def exchanged(table, measures, rng):
    """The table with each measure dealt anew among the arms of an experiment, seed by seed."""
    table = table.copy()
    group = table.groupby(["experiment", "seed", *({"epoch"} & set(table))]).ngroup().to_numpy()
    places = np.argsort(group, kind="stable")
    for measure in measures:
        dealt = np.lexsort((rng.random(len(table)), group))
        values = table[measure].to_numpy(copy=True)
        values[places] = values[dealt]
        table[measure] = values
    return table


@pytest.mark.slow
def test_exchanged_labels_reproduce_no_more_than_chance_does(listed):
    """The permutation control: with all arms of a seed exchanged at random, in a run in which
    the arms do differ, a claim about arms is reproduced in at most its nominal share."""
    runs, outcomes = tables(value=best_arm)
    rng = np.random.default_rng(0)
    reproduced, supported, rounds = 0, 0, 15
    about_arms = {name: listed[name] for name in listed if name not in WITHOUT_LABELS}
    for _ in range(rounds):
        mixed = (
            exchanged(runs, [name for name in made_up_results.MEASURES if name in runs], rng),
            exchanged(outcomes, [*made_up_results.MEASURES, "epochs_to_95"], rng),
        )
        table = claims.judge(about_arms, *mixed, resamples=100, seed=0)
        differences = table[table["claim"] != "linear-is-enough"]
        reproduced += (table.groupby("claim")["verdict"].first() == "reproduced").sum()
        supported += (differences["evidence"] == "supports").sum()
    nominal = 0.05 * rounds * len(about_arms)
    assert reproduced <= nominal
    assert supported <= 0.05 * rounds * len(differences)


def test_the_schema_has_a_sentence_for_every_key():
    def check(schema, where):
        for name, part in schema.get("properties", {}).items():
            assert part.get("description", "").rstrip().endswith(".") or "$ref" in part, (
                f"{where}.{name}"
            )

    schema = yaml.safe_load(SCHEMA.read_text())
    check(schema["properties"]["claims"]["additionalProperties"], "claim")
    check(schema["$defs"]["contrast"], "contrast")
    check(schema["$defs"]["side"], "side")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"direction": "mor"}, "claims.c.contrasts.0.direction is 'mor'; allowed is one of"),
        ({"measure": "speed"}, "claims.c.contrasts.0.measure"),
        ({"kind": "trend"}, "claims.c.contrasts.0.over is missing"),
        (
            {"kind": "time", "direction": "same"},
            "direction is 'same'; allowed is one of more, less",
        ),
        ({"unit": "s"}, "claims.c.contrasts.0.unit is not a setting"),
    ],
)
def test_a_wrong_claim_is_refused_by_name(tmp_path, change, message):
    path = tmp_path / "claims.yaml"
    path.write_text(yaml.safe_dump({"claims": claim(**change)}))
    with pytest.raises(ConfigError, match="claims") as error:
        read_claims(path, SCHEMA)
    assert message in str(error.value)


def test_every_arm_of_every_claim_is_a_cell_of_the_study(listed):
    """A misspelt arm would never be tested, and say so in the last table only."""
    schema = SCHEMA.with_name("config.schema.yaml")
    study = parse_study(read_config(ROOT / "config" / "config.yaml"), schema)
    arms = [
        records.arm_labels(study, experiment, factors, cell)
        for experiment, cells in study.experiments.items()
        for factors, cell in cells
    ]
    measures = [*records.FINAL_MEASURES, *records.layer_columns(5), *records.EXTRA_MEASURES]
    # So few that nothing is tested, which would take its time.
    seeds = pd.DataFrame({"seed": range(3)} | dict.fromkeys(measures, 0.5))
    outcomes = pd.DataFrame(arms).merge(seeds.assign(diverged_at=np.nan), how="cross")
    runs = pd.concat([outcomes.assign(epoch=epoch) for epoch in (0, 1)])
    outcomes = outcomes.assign(accuracy_auc=0.5, epochs_to_95=5.0, epochs=9, chance=0.5)
    of_outcomes = ["accuracy_at_equal_updates", *(f"likeness_{k}" for k in range(1, 6))]
    outcomes = outcomes.assign(**dict.fromkeys(of_outcomes, 0.5))
    table = claims.judge(listed, runs, outcomes, resamples=100, seed=0)
    lacking = table["note"].str.startswith("the run has")
    # Layers as MPI ranks have tables of their own.
    lacking &= ~table["note"].str.contains("decoupling")
    assert table.loc[lacking, ["claim", "note"]].to_numpy().tolist() == []


def test_the_smallest_effect_of_the_score_is_one_number(listed):
    effects = {
        contrast["smallest_effect"]
        for about in listed.values()
        for contrast in about["contrasts"]
        if contrast.get("measure") == "accuracy_auc" and contrast["kind"] == "difference"
    }
    assert min(effects) == analysis.SMALLEST_EFFECT


def test_figures_of_the_claims_are_drawn(listed):
    assert {claim.get("figure") for claim in listed.values()} - {None} <= set(catalogue.FIGURES)


def test_names_of_contrasts_are_unique_within_a_claim(listed):
    for name, about in listed.items():
        names = [contrast["name"] for contrast in about["contrasts"]]
        assert len(names) == len(set(names)), name


def test_bounds_of_within_are_those_of_the_direction():
    difference = pd.Series(np.linspace(-0.01, 0.03, 30))
    low, high = claims.regions("same", 0.05)[0]
    expected = max(
        stats.wilcoxon(difference + 0.05, alternative="greater").pvalue,
        stats.wilcoxon(difference - 0.05, alternative="less").pvalue,
    )
    assert statistics.within_bounds(difference, low, high) == expected
