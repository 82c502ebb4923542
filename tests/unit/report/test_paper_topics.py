"""Numbers and tables of the paper, a topic at a time, from a made-up run."""

import math
import re
from dataclasses import replace

import pandas as pd
import pytest
from made_up_run import LISTED, METHODS, rank_tables
from paper_sources import rows

from synthgrad.report import tex
from synthgrad.report.documents import documents, values
from synthgrad.report.paper.benchmark import benchmark_table, benchmark_values
from synthgrad.report.paper.conditioning import factorial_table, ranking_table, ranking_values
from synthgrad.report.paper.contrasts import side_of
from synthgrad.report.paper.portability import portability_table
from synthgrad.report.paper.ranks import late_table, rank_values
from synthgrad.report.paper.settings import preset_values
from synthgrad.report.run import methods_and_bits


def test_only_the_full_study_is_without_the_mark(run):
    full = run.changed(study=replace(run.study, preset="full"))
    assert preset_values(full)["run/mark"] == ""
    assert preset_values(run)["run/mark"] == "small run, not for citing"


def test_values_of_arms_and_of_their_roles(run):
    texts = values(run)
    summary = run.summary.query("method == 'backprop' and bits == 6 and measure == 'accuracy_auc'")
    assert texts["headline/6/backprop/accuracy_auc"] == f"{summary['mean'].iloc[0]:.3f}"
    assert texts["headline/most-bits"] == "6"
    assert (
        texts["headline/most-bits/backprop/accuracy_auc"]
        == (texts["headline/6/backprop/accuracy_auc"])
    )
    assert texts["headline/most-bits/best"] == r"\method{dni[output]}"
    assert texts["headline/fewest-bits/best/heldout_bit_accuracy"] == "---"
    assert texts["headline/without-heldout"] == "at 4 bits"
    assert texts["headline/diverged"] == "2 of 80"
    assert texts["headline/diverged-arms"] == (
        r"\method{dni[output]} at 4 bits (1/10), \method{dni[output]} at 6 bits (1/10)"
    )
    assert texts["tuning/step-sizes-on-edge"] == "4 of 8"
    assert texts["tuning/generator-step-sizes-on-edge"] == "none of 4"


def test_tables_have_a_row_for_each_arm(run):
    texts = documents(run, [])
    assert texts["tuned"].count(r"\method") == len(METHODS)
    assert r"1\onedge / 0.001" in texts["tuned"]
    assert len(rows(texts["headline"])) == 1 + 2 * len(METHODS)
    assert r"\abovemark" in texts["headline"]
    assert len(rows(texts["signs"])) == 2 + 4
    assert "reconstructed" in texts["programs"]


def test_a_contrast_is_settled_by_its_adjusted_test_alone():
    assert side_of({"p_adjusted": 0.05, "estimate": 0.1}) == "above"
    assert side_of({"p_adjusted": 0.01, "estimate": -0.1}) == "below"
    assert side_of({"p_adjusted": 0.06, "estimate": 0.1}) == "open"
    assert side_of({"p_adjusted": math.nan, "estimate": 0.1}) == "open"


def test_the_printed_class_is_told_before_and_after_training(run):
    texts = values(run)
    prefix = "signs/ascent-ascent"
    assert texts[f"{prefix}/printed_error/first"] == "1000"
    assert texts[f"{prefix}/mse/first"] == "0.250"
    assert texts[f"{prefix}/fell"] == "all 10"
    assert texts[f"{prefix}/slope/last"] == "0.200"
    assert texts["signs/undecided"] == "1500"


def test_verdicts_and_ranking_are_told(run):
    texts = values(run)
    verdicts = run.claims.groupby("claim")["verdict"].first()
    assert texts["claims/count"] == str(len(LISTED))
    assert texts["claim/printed-class-trains"] == verdicts["printed-class-trains"] == "reproduced"
    written = run.claims.drop_duplicates("claim")["written"].value_counts()
    assert f"after a pilot ({written['after a pilot']})" in texts["claims/history"]
    assert texts["claims/not-tested/count"] == str((verdicts == "not tested").sum())
    assert texts["ranking/first"] == run.ranking["conditions"].iloc[0]
    assert texts["ranking/count"] == "15"


def test_what_the_seeds_can_show_is_told(run):
    texts = values(run)
    differences = run.simulations.query("kind == 'difference'").set_index("n")
    assert (
        f"{differences['effect'][30]:.2f} with 30 seeds, " in texts["simulations/difference/alone"]
    )
    assert texts["simulations/difference/family"].endswith("; none is found with 10 seeds")
    spread = run.contrasts.query("experiment == 'headline' and measure == 'accuracy_auc'")
    spread = spread.query("reference == 'frozen'")["sd"]
    score = float(texts["simulations/frozen/alone"]) / differences["effect"][30]
    assert spread.min() - 0.001 < score < spread.max() + 0.001
    assert len(rows(documents(run, [])["simulations"])) == 2 + len(run.simulations)


def test_tables_of_claims_have_a_row_for_each_of_them(run):
    texts = documents(run, [])
    tables = texts["claims"], texts["predictions"]
    own = sum(claim["edition"] == "this study" for claim in LISTED.values())
    assert [table.count(r"\verdict{") for table in tables] == [len(LISTED) - own, own]
    changed = re.findall(r"^\\historyof\{[^}]*\}\{(.+)\}$", texts["evidence"], re.M)
    assert len(changed) == sum("changed" in claim for claim in LISTED.values())
    assert texts["evidence"].count(r"\evidenceof") == len(LISTED)
    contrasts = re.findall(r"^\\evidence(?:part)?\{", texts["evidence"], re.M)
    assert len(contrasts) == len(run.claims)
    assert len(rows(texts["ranking"])) == 1 + 15
    assert len(rows(texts["factorial"])) == 1 + 4 + 6
    assert len(rows(texts["survival"])) == 1 + len(METHODS)
    assert r"$\infty$" in texts["survival"]


def test_the_ranking_told_is_that_of_the_experiment_on_conditions(run):
    def twice(table, **changed):
        return pd.concat([table.assign(experiment="others", **changed), table], ignore_index=True)

    doubled = run.changed(
        ranking=twice(run.ranking, conditions="input", mean=1.0),
        factorial=twice(run.factorial, effect="input"),
    )
    assert len(run.ranking)
    assert ranking_values(doubled) == ranking_values(run)
    for table in (ranking_table, factorial_table):
        assert table(doubled) == table(run)


def test_an_arm_that_is_there_twice_is_refused(run):
    listed = run.study.experiments["headline"]
    other = replace(listed[0][1], setup=replace(listed[0][1].setup, examples=50))
    twice = {"headline": [*listed, ({"examples": 50}, other)]}
    with pytest.raises(ValueError, match=r"experiments\.headline: .* cannot tell backprop"):
        methods_and_bits(run.changed(study=replace(run.study, experiments=twice)))


def test_the_benchmark_tells_where_it_was_measured(run):
    assert benchmark_values(run) == {"benchmark/machine": "A CPU (avx2)"}


def test_the_benchmark_tells_ratios_to_the_engine(run):
    (line,) = [line for line in benchmark_table(run).splitlines() if "64/32" in line]
    assert line.split(" & ")[2:] == ["8.0", "4.0", "2.50", "1.50", "1.25", r"2.00 \\"]
    empty = benchmark_table(run.changed(benchmark=run.benchmark[:0]))
    assert "64/32" not in empty


def test_places_are_told_by_how_many_runs_are_identical_there(run):
    here, other, emulated = rows(portability_table(run))[1:]
    assert here == ["this CPU", "2.0", r"2 of 2 \\"]
    assert other == ["AVX2", "2.0", r"2 of 2 \\"]
    assert emulated == ["aarch64", "30.0", r"1 of 2 \\"]
    told = values(run)
    assert told["portability/places"] == "2"
    assert (told["portability/identical"], told["portability/compared"]) == ("3", "4")
    without = run.changed(portability=run.portability[:0])
    assert values(without)["portability/places"] == tex.MISSING
    assert "AVX2" not in portability_table(without)


@pytest.fixture
def with_ranks(run):
    return run.changed(ranks=rank_tables())


def test_what_is_said_of_ranks_is_in_their_tables(with_ranks):
    said = rank_values(with_ranks)
    assert said["has/decoupling"] == ""
    assert (said["waiting/answers"], said["waiting/saves"], said["waiting/never"]) == (
        "2",
        "0",
        "1",
    )
    assert said["waiting/needs/least"] == "3.0"
    assert (said["waiting/affords/least"], said["waiting/affords/most"]) == ("0.50", "1.60")
    assert r"\method{dni[label]}" in said["waiting/affords/most/network"]
    assert (said["waiting/model/count"], said["waiting/model/error"]) == ("3", "10")
    assert (said["waiting/simulated/most"], said["waiting/simulated/most/workers"]) == ("4.0", "16")
    assert said["waiting/slower/dni/least"] == "1"  # rounded down: it is a bound
    assert said["waiting/slower/local-loss/least"] == tex.MISSING
    assert (said["waiting/share/output"], said["waiting/share/label"]) == ("40", tex.MISSING)


def test_without_a_simulated_network_nothing_is_said_of_more_workers(with_ranks):
    simulated = with_ranks.ranks["decoupling_simulated"][:0]
    ranks = with_ranks.ranks | {"decoupling_simulated": simulated}
    said = rank_values(with_ranks.changed(ranks=ranks))
    assert said["waiting/simulated/most"] == tex.MISSING
    assert said["waiting/model/error"] == "10"


def test_what_ranks_learn_stands_beside_what_is_learnt_in_step(with_ranks):
    kept, local = rows(late_table(with_ranks))[-2:]
    assert kept[1:7] == ["that of the time", "3/10", "0/10", "0.250", "0.500", "$-0.250$"]
    assert local[2] == "0/10"
    assert local[-1].startswith(tex.MISSING)
