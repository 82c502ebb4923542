"""The real workflow in a temporary folder, from the config to the PDF's text."""

import json
import re
import shutil
from contextlib import contextmanager

import pandas as pd
import pypdf
import pytest
from temporary_study import run
from trained_study import script

from synthgrad.reproduce.digests import digests, read_training_tables
from synthgrad.reproduce.manifest import config_checksum
from synthgrad.study.config import read_config
from synthgrad.study.tables import file_checksum, read_table
from synthgrad.workflow.paper import has_latex


def snakemake(folder, *arguments, **options):
    """Run Snakemake on the tiny study in the folder."""
    return run(folder, ["snakemake", *arguments, "--configfile", "config/tiny.yaml"], **options)


def would_run(folder, *arguments, **options):
    """Names of the rules that a run would execute now."""
    done = snakemake(folder, "--dry-run", *arguments, **options)
    assert done.returncode == 0, done.stderr[-4000:]
    return set(re.findall(r"^(\w+) +\d+$", done.stdout + done.stderr, flags=re.M)) - {"total"}


def test_tables_are_complete(study):
    results = study / "results" / "tiny"
    outcomes = read_table(results / "outcomes.parquet", "outcomes").to_pandas()
    headline = outcomes.query("experiment == 'headline' and chosen == 'tuned'")
    seeds = headline.groupby(["method", "bits"])["seed"].apply(list)
    assert len(seeds) == 4 * 2
    assert all(listed == list(range(10)) for listed in seeds)
    assert set(outcomes["experiment"]) == {"headline", "examples", "editions", "signs"}
    statistics = pd.read_csv(results / "statistics.csv")
    tested = statistics.query("measure == 'accuracy_auc'")
    assert set(tested["reference"]) == {"backprop", "frozen"}
    assert tested["p_adjusted"].between(0, 1).all()


def test_an_experiment_has_its_own_number_of_seeds(study):
    outcomes = read_table(study / "results" / "tiny" / "outcomes.parquet", "outcomes").to_pandas()
    counts = outcomes.groupby(["experiment", "cell"])["seed"].count().groupby("experiment")
    assert counts.unique().map(list).to_dict() == {
        "headline": [10],
        "examples": [6],
        "editions": [10],
        "signs": [10],
    }


def test_manifest_vouches_for_the_tables(study):
    results = study / "results" / "tiny"
    manifest = json.loads((results / "manifest.json").read_text())
    assert set(manifest["tables"]) == {
        "runs.parquet",
        "outcomes.parquet",
        "curves.parquet",
        "sweeps.parquet",
        "tuned.csv",
        "representations.csv",
        "representable.csv",
        "summary.csv",
        "statistics.csv",
        "survival.csv",
        "ranking.csv",
        "factorial.csv",
        "simulations.csv",
        "claims.csv",
        "robustness.csv",
    }
    for name, checksum in manifest["tables"].items():
        assert file_checksum(results / name) == checksum
    files = [study / "config" / name for name in ("config.yaml", "tiny.yaml")]
    assert manifest["config_sha256"] == config_checksum(read_config(*files))
    assert manifest["cpu_seconds"] >= 0
    assert manifest["wall_seconds"] > 0
    assert manifest["digests"] == digests(read_training_tables(results))
    assert set(manifest["digests"]["experiments"]) == {"headline", "examples", "editions", "signs"}


def test_its_runs_come_out_identical_when_they_are_trained_again(study):
    checked = run(study, ["synthgrad", "spotcheck", "results/tiny", "--seed", "1", "--json"])
    assert checked.returncode == 0, checked.stderr[-4000:]
    found = json.loads(checked.stdout)
    assert found["identical"] == found["checked"] >= 4
    assert found["experiments"] == ["editions", "examples", "headline", "signs"]
    verified = run(study, ["synthgrad", "verify", "results/tiny", "results/tiny"])
    assert verified.returncode == 0
    assert "0 same distribution, 0 different" in verified.stdout
    assert verified.stdout.rstrip() in (study / "results" / "receipt.txt").read_text()


@pytest.mark.skipif(not has_latex(), reason="LaTeX is not installed")
def test_the_report_says_what_the_tables_say(study):
    results = study / "results" / "tiny"
    pages = [page.extract_text() for page in pypdf.PdfReader(results / "synthgrad.pdf").pages]
    assert len(pages) >= 3
    assert all("not for citing" in " ".join(page.split()) for page in pages)
    text = " ".join(" ".join(pages).split())
    assert "??" not in text
    summary = pd.read_csv(results / "summary.csv")
    rows = summary.query("experiment == 'headline' and measure == 'accuracy_auc'")
    for mean in rows["mean"]:
        assert f"{abs(mean):.3f}" in text


def test_a_second_run_does_nothing(study):
    done = snakemake(study)
    assert done.returncode == 0
    assert "Nothing to be done" in done.stderr


@pytest.mark.parametrize(
    ("name", "rules"),
    [
        ("searches/headline-searches-01.parquet", {"search"}),
        ("cells/editions-01.parquet", {"train"}),
        ("runs.parquet", {"tables"}),
    ],
)
def test_a_deleted_table_is_made_anew(study, name, rules):
    path = study / "results" / "tiny" / name
    away = path.rename(study / "away")
    try:
        assert rules <= would_run(study)
    finally:
        away.rename(path)


def test_with_published_step_sizes_nothing_is_searched(study):
    published = study / "published"
    tables = sorted((study / "results" / "tiny" / "searches").glob("*.parquet"))
    taken = ("--config", "searches=published")
    refused = snakemake(study, "--dry-run", *taken)
    assert refused.returncode == 2
    assert "2 of 2 tables of searches are not published" in refused.stderr
    script("publish_searches")(tables, published / "searches")
    try:
        rules = would_run(study, "--forceall", *taken)
    finally:
        shutil.rmtree(published)
    assert {"train", "tables"} <= rules
    assert "search" not in rules


@contextmanager
def edited(path, edit):
    """While a file of the package has another text, made from its own."""
    text = path.read_text()
    path.write_text(edit(text))
    try:
        yield
    finally:
        path.write_text(text)


def with_a_line(text):
    return text + "\nEDITED = True\n"


def test_an_edit_to_the_engine_reruns_training(study):
    module = study / "src" / "synthgrad" / "core" / "network" / "methods.py"
    with edited(module, with_a_line):
        assert {"search", "train", "tables"} <= would_run(study)
    assert would_run(study) == set()


def test_an_edit_to_a_comment_or_a_docstring_reruns_nothing(study):
    module = study / "src" / "synthgrad" / "core" / "network" / "methods.py"
    with edited(module, lambda text: text.replace('"""', '"""Edited. ', 1) + "# edited\n"):
        assert would_run(study) == set()


def test_an_edit_to_a_figure_redraws_it_and_trains_nothing(study):
    module = study / "src" / "synthgrad" / "figures" / "gallery" / "learning_curves.py"
    with edited(module, with_a_line):
        rules = would_run(study)
    assert "figure" in rules
    assert not {"search", "train", "tables", "estimates"} & rules


def test_an_edit_is_seen_where_snakemake_remembers_nothing(study):
    records = (study / ".snakemake" / "metadata").rename(study / "away")
    try:
        with edited(study / "src" / "synthgrad" / "figures" / "style.py", with_a_line):
            assert "figure" in would_run(study)
    finally:
        records.rename(study / ".snakemake" / "metadata")


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("presett: x\n", "presett"),
        ("seeds: {evaluation: {count: ten}}\n", "seeds.evaluation.count"),
        ("experiments: {headline: {vary: {method: ['dni[foo]']}}}\n", "experiments.headline"),
    ],
)
def test_a_wrong_config_is_one_line_and_status_2(study, text, key):
    tiny = study / "config" / "tiny.yaml"
    content = tiny.read_text()
    before = sorted(study.rglob("results/**/*"))
    tiny.write_text(text)
    try:
        done = snakemake(study)
    finally:
        tiny.write_text(content)
    assert done.returncode == 2
    lines = [line for line in done.stderr.splitlines() if line.startswith("synthgrad: error: ")]
    assert len(lines) == 1
    assert key in lines[0]
    assert "Traceback" not in done.stderr
    assert sorted(study.rglob("results/**/*")) == before


def test_without_latex_all_but_the_paper_is_built(study, tmp_path):
    for program in ("bash", "sh", "env", "git"):
        (tmp_path / program).symlink_to(shutil.which(program))
    rules = would_run(study, "--forceall", path=str(tmp_path))
    assert {"train", "tables", "estimates", "manifest", "figure", "report_inputs"} <= rules
    assert "paper" not in rules
