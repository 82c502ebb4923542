"""The claims of the study as `config/claims.yaml` states them."""

import numpy as np
import pandas as pd
import pytest
import yaml
from made_up_claims import claim
from made_up_robustness import DECLARED
from package import ROOT

from synthgrad.claims.judge import judge
from synthgrad.figures.listing import figures
from synthgrad.outcomes.gather import EXTRA_MEASURES, FINAL_MEASURES, arm_labels, layer_columns
from synthgrad.statistics.estimates import SMALLEST_EFFECT
from synthgrad.study.config import ConfigError, read_claims, read_config
from synthgrad.study.expansion import parse_study

SCHEMA = ROOT / "workflow" / "schemas" / "claims.schema.yaml"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"direction": "mor"}, "claims.c.contrasts.0.direction is 'mor'; allowed is one of"),
        ({"measure": "speed"}, "claims.c.contrasts.0.measure"),
        ({"kind": "trend"}, "claims.c.contrasts.0.over is missing"),
        ({"direction": "as first"}, "claims.c.contrasts.0.first is missing"),
        ({"unit": "s"}, "claims.c.contrasts.0.unit is not a setting"),
    ],
)
def test_a_wrong_claim_is_refused_by_name(tmp_path, change, message):
    path = tmp_path / "claims.yaml"
    path.write_text(yaml.safe_dump({"claims": claim(**change), "alternatives": DECLARED}))
    with pytest.raises(ConfigError, match="claims") as error:
        read_claims(path, SCHEMA)
    assert message in str(error.value)


def test_every_arm_of_every_claim_is_a_cell_of_the_study(listed):
    """A misspelt arm would never be tested, and say so in the last table only."""
    schema = SCHEMA.with_name("config.schema.yaml")
    study = parse_study(read_config(ROOT / "config" / "config.yaml"), schema)
    arms = [
        arm_labels(study, experiment, factors, cell, cell.as_chosen)
        for experiment, cells in study.experiments.items()
        for factors, cell in cells
    ]
    measures = [*FINAL_MEASURES, *layer_columns(5), *EXTRA_MEASURES]
    # So few that nothing is tested, which would take its time.
    seeds = pd.DataFrame({"seed": range(3)} | dict.fromkeys(measures, 0.5))
    outcomes = pd.DataFrame(arms).merge(seeds.assign(diverged_at=np.nan), how="cross")
    runs = pd.concat([outcomes.assign(epoch=epoch) for epoch in (0, 1)])
    outcomes = outcomes.assign(accuracy_auc=0.5, epochs_to_95=5.0, epochs=9, chance=0.5)
    of_outcomes = [
        "accuracy_at_equal_updates",
        "differing_bits",
        *(f"likeness_{k}" for k in range(1, 6)),
    ]
    outcomes = outcomes.assign(**dict.fromkeys(of_outcomes, 0.5))
    table = judge(listed, runs, outcomes, seed=0)
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
    assert min(effects) == SMALLEST_EFFECT


def test_figures_of_the_claims_are_drawn(listed):
    assert {claim.get("figure") for claim in listed.values()} - {None} <= set(figures())


def test_names_of_contrasts_are_unique_within_a_claim(listed):
    for name, about in listed.items():
        names = [contrast["name"] for contrast in about["contrasts"]]
        assert len(names) == len(set(names)), name
