"""What the rules are given: files, parameters and words."""

from types import SimpleNamespace

import pytest
from package import ROOT

from synthgrad.figures.listing import figures as listed
from synthgrad.parallel import event_model, mpi
from synthgrad.report.tables import RANKS
from synthgrad.study.config import read_config
from synthgrad.study.expansion import parse_study
from synthgrad.workflow import figures, html_report, paper, ranks


@pytest.fixture(scope="module", params=["full", "quick"])
def study(request):
    paths = [ROOT / "config" / "config.yaml"]
    if request.param == "quick":
        paths.append(ROOT / "config" / "quick.yaml")
    schema = ROOT / "workflow" / "schemas" / "config.schema.yaml"
    return parse_study(read_config(*paths), schema)


@pytest.mark.parametrize("lacking", [None, "mpi4py is not installed"])
def test_without_mpi_the_study_says_what_was_left_out(study, lacking, monkeypatch, tmp_path):
    monkeypatch.setattr(mpi, "missing", lambda: lacking)
    monkeypatch.setattr(event_model, "missing", lambda: None)
    asked_for = study.preset == "full"
    expected = len(RANKS) if asked_for and lacking is None else 0
    assert len(ranks.tables(study, tmp_path)) == expected
    last_words = paper.closing_message(study, tmp_path)
    left_out = "decoupling was left out: mpi4py is not installed (make .venv/parallel)\n"
    assert (left_out in last_words) == (asked_for and lacking is not None)


def test_a_job_with_the_machine_to_itself_takes_every_core():
    assert ranks.whole_machine(2) == 2
    assert ranks.whole_machine(64) == 64
    assert ranks.whole_machine(None) == 2


@pytest.mark.parametrize("with_ranks", [True, False])
def test_figures_of_what_was_studied_are_drawn(study, with_ranks):
    drawn = figures.files(study, "here", with_ranks, kinds=["pdf"])
    assert ("here/decoupling.pdf" in drawn) == with_ranks
    assert {"here/claims.pdf", "here/learning-curves.pdf"} <= set(drawn)
    assert ("here/depth.pdf" in drawn) == ("depth" in study.experiments)
    if study.preset == "full":
        assert len(drawn) == len(listed()) - (not with_ranks)


def test_a_figure_has_its_own_tables_category_and_caption(study):
    wildcards = SimpleNamespace(figure="representations")
    assert figures.own_tables("here")(wildcards) == ["here/representations.csv"]
    assert html_report.category(wildcards) == "Beyond the toy"
    caption = html_report.caption(study)
    assert f"{study.counts['headline']} seeds" in caption(SimpleNamespace(figure="learning-curves"))
    if "digits" in study.experiments:
        assert f"{study.counts['digits']} seeds" in caption(wildcards)
    wildcards = SimpleNamespace(figure="depth")
    assert figures.own_tables("here")(wildcards) == []
    assert html_report.category(wildcards) == "Ablations"


def test_what_experiments_ask_is_that_of_those_that_are_run():
    config = {"experiments": {"one": {"question": "Why?"}, "other": None}}
    assert html_report.questions(config) == {"one": "Why?"}
