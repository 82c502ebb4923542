"""The report: numbers as TeX, tables and keys from a small run, and the log of LaTeX."""

import math
import re
import shutil
import zlib
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from synthgrad.claims import judge as claims
from synthgrad.core.setup import CONDITIONS, Setup
from synthgrad.report import documents as report
from synthgrad.report import latex as typeset
from synthgrad.report import numbers as report_numbers
from synthgrad.report import ranks as report_waiting
from synthgrad.report import run as findings
from synthgrad.report import tables as report_tables
from synthgrad.report import tex
from synthgrad.reproduce.verify import CLOSE, DIFFERENT, IDENTICAL
from synthgrad.statistics import estimates as analysis
from synthgrad.study import experiments as study
from synthgrad.study.config import read_claims, read_config
from synthgrad.workflow import outputs as catalogue
from synthgrad.workflow import rules as wiring

ROOT = Path(__file__).parents[2]
PAPER = ROOT / "paper"

needs_latex = pytest.mark.skipif(not wiring.has_latex(), reason="LaTeX is not installed")

METHODS = ("backprop", "frozen", "dni[output]", "dni[output+label]")
CONDITIONED = tuple(f"dni[{'+'.join(s)}]" for k in range(1, 5) for s in combinations(CONDITIONS, k))
SEEDS = range(10)
LISTED = read_claims(
    ROOT / "config" / "claims.yaml", ROOT / "workflow" / "schemas" / "claims.schema.yaml"
)

MANIFEST = {
    "preset": "small",
    "config_sha256": "ab" * 32,
    "git_commit": "cd" * 20 + "+changes",
    "python": "3.11.7",
    "platform": "Linux-6.1-x86_64",
    "packages": {"synthgrad": "0.1.0", "numpy": "2.4.6", "seaborn": None},
    "cpu": "Some(R) CPU & more",
    "blas": [{"internal_api": "openblas", "version": "0.3", "architecture": "SkylakeX"}],
    "blas_threads": 1,
    "jobs_at_once": 2,
    "training_seconds": 123.9,
    "wall_seconds": 82.6,
    "cpu_seconds": 5400.0,
    "tables": {"runs.parquet": "ef" * 32},
}


def small_study(widths=(4, 6), methods=METHODS, without=()):
    """A study with the experiments that the report tells of, but for those in `without`."""

    def cells(base, **vary):
        names = list(vary)
        grids = np.meshgrid(*[np.arange(len(values)) for values in vary.values()], indexing="ij")
        for index in zip(*(grid.ravel() for grid in grids)):
            factors = {name: vary[name][i] for name, i in zip(names, index)}
            yield factors, base(**factors)

    def tuned(method, bits):
        return study.Cell(Setup(method=method, bits=bits, hidden=(8, 6)), tuned=True)

    def program(edition):
        return study.Cell(study.EDITIONS[edition].setup, tuned=False, edition=edition)

    def signs(**directions):
        printed = study.EDITIONS["dni-printed"].setup
        return study.Cell(replace(printed, **directions), tuned=False, edition="dni-printed")

    directions = ("descent", "ascent")
    experiments = {
        "headline": list(cells(tuned, method=methods, bits=widths)),
        "editions": list(cells(program, edition=("vanilla-12bit", "dni-printed", "dni-label"))),
        "conditioning": list(cells(tuned, method=CONDITIONED, bits=(8,))),
        "signs": list(cells(signs, step_direction=directions, generator_step_direction=directions)),
    }
    return study.Study(
        preset="small",
        evaluation_seeds=SEEDS,
        tuning_seeds=range(1000, 1002),
        seeds_per_job=None,
        records=3,
        resamples=100,
        bootstrap_seed=0,
        rungs=((0.2, 1, 4), (0.5, 2, 1)),
        grids={"addition": ((0.1, 1.0), (0.001, 0.01))},
        experiments={name: it for name, it in experiments.items() if name not in without},
    )


def with_columns(table):
    """The table, or as it is read if it has no rows."""
    return table if len(table) else pd.DataFrame(columns=["experiment"])


def small_run(plan, seeds=None, judged=False):
    """A run of the study with made-up outcomes: methods differ, one replica of dni[output] is
    lost, no pairs are held out at 4 bits. Claims are judged by it, or as if there were none,
    which is faster."""
    rng = np.random.default_rng(0)
    seeds = plan.evaluation_seeds if seeds is None else seeds
    outcomes, runs, tuned = [], [], []
    for experiment, listed in plan.experiments.items():
        for factors, cell in listed:
            labels = {
                "experiment": experiment,
                "cell": cell.name,
                "method": cell.setup.method,
                "bits": cell.setup.bits,
                **{name: factors.get(name) for name in plan.factors()},
            }
            level = 0.9 - 0.1 * len(cell.setup.conditions) - 0.3 * (cell.setup.method == "frozen")
            for seed in seeds:
                lost = experiment == "headline" and (cell.setup.method, seed) == ("dni[output]", 3)
                value = level + rng.normal(0, 0.01)
                held_out = experiment == "headline" and cell.setup.bits > 4
                end = {
                    "accuracy_auc": value,
                    "bit_accuracy": value,
                    "sum_accuracy": value / 2,
                    "heldout_bit_accuracy": value - 0.1 if held_out else np.nan,
                    "mse": np.nan if lost else 1 - value,
                    "tutorial_error": 100.0,
                    "absolute_error": 500.0,
                    "largest_weight": np.nan if lost else 10 ** rng.uniform(0, 15),
                    "printed_error": np.nan if experiment == "headline" else rng.uniform(1, 900),
                    "epochs_to_95": 20.0 + seed if value > 0.8 else np.nan,
                    "epochs": cell.setup.epochs,
                    "alignment_2": value if cell.setup.conditions else np.nan,
                    "similarity_1": 0.9,
                    "similarity_2": 0.9,
                    "diverged_at": 4.0 if lost else np.nan,
                }
                outcomes.append(labels | {"seed": seed, "chance": 0.51} | end)
                for epoch in (0, 1, cell.setup.epochs):
                    printed = np.nan if epoch == 0 else 1000.0
                    row = labels | {"seed": seed, "epoch": epoch} | end
                    runs.append(row | {"printed_error": printed, "mse": 0.25})
            if cell.tuned:
                tuned.append(
                    {
                        "cell": cell.name,
                        "method": cell.setup.method,
                        "bits": cell.setup.bits,
                        "step_size": 1.0,
                        "generator_step_size": 0.001 if cell.setup.conditions else np.nan,
                        "on_edge": "step_size" if cell.setup.conditions else np.nan,
                    }
                )
    outcomes = pd.DataFrame(outcomes)
    contrasts = analysis.compare(outcomes, plan.resamples, 0)
    runs = pd.DataFrame(runs)
    return findings.Run(
        study=plan,
        runs=runs,
        outcomes=outcomes,
        summary=analysis.summarise(outcomes, plan.resamples, 0),
        contrasts=contrasts if len(contrasts) else pd.DataFrame(columns=["experiment", "measure"]),
        survival=analysis.survive(outcomes),
        ranking=with_columns(analysis.rank(outcomes, plan.resamples, 0)),
        factorial=with_columns(analysis.factorial(outcomes, plan.resamples, 0)),
        power=with_columns(analysis.detectable(contrasts, 0)),
        claims=claims.judge(
            LISTED,
            *(table if judged else table[:0] for table in (runs, outcomes)),
            plan.resamples,
            0,
        ),
        tuned=pd.DataFrame(tuned, columns=["cell", "step_size", "generator_step_size", "on_edge"])
        if not tuned
        else pd.DataFrame(tuned),
        manifest=MANIFEST,
        benchmark=benchmark(),
        ranks={},
        portability=portability(),
    )


def portability():
    """Two runs with three kinds of kernels."""
    return pd.DataFrame(
        {
            "kernels": ["as chosen"] * 2 + ["AVX2"] * 2 + ["portable"] * 2,
            "seconds": [2.0] * 4 + [3.0] * 2,
            "run": ["backprop", "dni-printed"] * 3,
            "outcome": [IDENTICAL, IDENTICAL, CLOSE, DIFFERENT, CLOSE, IDENTICAL],
            "largest": [0.0, 0.0, 2e-12, 0.5, 1e-12, 0.0],
        }
    )


def benchmark():
    """A step of one method, timed for the engine and its rivals."""
    times = {"engine": 1.0, "plain loop": 2.5, "engine, NumPy": 1.5, "PyTorch": 1.25, "JAX": 2.0}
    return pd.DataFrame(
        {
            "bits": 8,
            "hidden": "64/32",
            "method": "dni[output]",
            "contestant": list(times),
            "microseconds": [8 * ratio for ratio in times.values()],
            "times_engine": list(times.values()),
            "bound": 4.0,
        }
    )


@pytest.fixture(scope="module")
def run():
    return small_run(small_study(), judged=True)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.84951, "0.850"),
        (-0.25, "$-0.250$"),
        (-0.0001, "0.000"),
        (1, "1.000"),
        (math.nan, "---"),
        (math.inf, "---"),
        (None, "---"),
    ],
)
def test_fixed(value, text):
    assert tex.fixed(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (1.39123, "1.391"),
        (131.7915, "131.8"),
        (1481.279, "1481"),
        (50336.98, r"$5.0\times10^{4}$"),
        (7.98e14, r"$8.0\times10^{14}$"),
        (-2e-7, r"$-2.0\times10^{-7}$"),
        (math.nan, "---"),
    ],
)
def test_magnitude(value, text):
    assert tex.magnitude(value) == text


def test_p_values_intervals_counts_and_times():
    assert [tex.p_value(p) for p in (0.00099, 0.001, 0.0196, math.nan)] == [
        "$<$0.001",
        "0.001",
        "0.020",
        "---",
    ]
    assert tex.interval(-0.1, 0.25) == "[$-0.100$, 0.250]"
    assert tex.interval(math.nan, 0.25) == "---"
    assert [tex.count(n) for n in (9999, 10000)] == ["9999", "10{,}000"]
    assert [tex.plural(n, "seed") for n in (1, 2)] == ["1 seed", "2 seeds"]
    assert [tex.share(part, 5) for part in (0, 2, 5)] == ["none of 5", "2 of 5", "all 5"]
    assert tex.share(0, 0) == "---"
    assert [tex.duration(s) for s in (83.2, 600, 9000)] == ["83 s", "10 min", "2.5 h"]


def test_settings_are_written_in_full():
    assert [tex.setting(v) for v in (0.00003, 1.0, 100, True, (128, 64), "a_b")] == [
        "0.00003",
        "1",
        "100",
        "yes",
        "128, 64",
        r"a\_b",
    ]
    assert tex.drawn(0.2, -0.1) == "$0.2z - 0.1$"
    assert tex.drawn(1, 0.5) == "$z + 0.5$"
    assert tex.drawn(2.0, 0.0) == "$2z$"
    assert tex.drawn(0.0, 0.0) == "zero"


def test_listings():
    assert [tex.listing(items) for items in ([], [4], [4, 6], [4, 6, 8])] == [
        "---",
        "4",
        "4 and 6",
        "4, 6 and 8",
    ]


def test_names_are_escaped():
    assert tex.method_name("frozen") == r"\method{frozen}"
    assert tex.method_name("dni[output+label]") == r"\method{dni[output+\allowbreak{}label]}"
    assert tex.escape("50% of {a_b} & \\c~^#$") == (
        r"50\% of \{a\_b\} \& \textbackslash{}c\textasciitilde{}\textasciicircum{}\#\$"
    )


def test_a_key_that_tex_would_not_take_literally_is_refused():
    assert tex.definitions({"a/dni[x+y]/b_c": "1"}) == "\\defval{a/dni[x+y]/b_c}{1}%\n"
    with pytest.raises(ValueError, match="key is 'a#b'; allowed are"):
        tex.definitions({"a#b": "1"})


def test_only_the_full_study_is_without_the_mark():
    assert report_numbers.preset_values("full")["run/mark"] == ""
    assert report_numbers.preset_values("quick")["run/mark"] == "quick run, not for citing"


def test_values_of_arms_and_of_their_roles(run):
    texts = report_numbers.values(run)
    summary = run.summary.query("method == 'backprop' and bits == 6 and measure == 'accuracy_auc'")
    assert texts["headline/6/backprop/accuracy_auc"] == f"{summary['mean'].iloc[0]:.3f}"
    assert texts["headline/widest"] == "6"
    assert (
        texts["headline/widest/backprop/accuracy_auc"]
        == (texts["headline/6/backprop/accuracy_auc"])
    )
    assert texts["headline/widest/best"] == r"\method{dni[output]}"
    assert texts["headline/narrowest/best/heldout_bit_accuracy"] == "---"
    assert texts["headline/without-heldout"] == "at 4 bits"
    assert texts["headline/diverged"] == "2 of 80"
    assert texts["headline/diverged-arms"] == (
        r"\method{dni[output]} at 4 bits (1/10), \method{dni[output]} at 6 bits (1/10)"
    )
    assert texts["tuning/step-sizes-on-edge"] == "4 of 8"
    assert texts["tuning/generator-step-sizes-on-edge"] == "none of 4"


def test_the_printed_class_is_told_before_and_after_training(run):
    texts = report_numbers.values(run)
    prefix = "signs/ascent-ascent"
    assert texts[f"{prefix}/printed_error/first"] == "1000"
    assert texts[f"{prefix}/mse/first"] == "0.250"
    assert texts[f"{prefix}/fell"] == "all 10"
    assert texts[f"{prefix}/slope/last"] == "0.200"
    assert texts["signs/undecided"] == "1500"


def test_verdicts_ranking_and_power_are_told(run):
    texts = report_numbers.values(run)
    verdicts = run.claims.groupby("claim")["verdict"].first()
    assert texts["claims/count"] == str(len(LISTED))
    assert texts["claim/dni-learns"] == verdicts["dni-learns"] == "reproduced"
    assert texts["claims/not-tested/count"] == str((verdicts == "not tested").sum())
    assert texts["ranking/first"] == run.ranking["conditions"].iloc[0]
    assert texts["ranking/count"] == "15"
    assert 0.8 < float(texts["power/frozen/single"]) < float(texts["power/frozen/family"])


def test_tables_of_claims_have_a_row_for_each_of_them(run):
    texts = report.documents(run)
    assert texts["claims"].count(r"\verdict") == len(LISTED)
    assert texts["evidence"].count(r"\evidenceof") == len(LISTED)
    contrasts = re.findall(r"^\\evidence(?:part)?\{", texts["evidence"], re.M)
    assert len(contrasts) == len(run.claims)
    assert len(rows(texts["ranking"])) == 1 + 15
    assert len(rows(texts["factorial"])) == 1 + 4 + 6
    assert len(rows(texts["survival"])) == 1 + len(METHODS)
    assert r"$\infty$" in texts["survival"]


def test_every_figure_that_a_claim_names_has_a_label(run):
    labels = set(
        re.findall(r"\\(?:wide|column)figure\{([a-z-]+)\}", "".join(paper_sources().values()))
    )
    named = {claim.get("figure") for claim in LISTED.values()} - {None}
    assert named <= labels & set(catalogue.FIGURES)


def test_contrasts_are_sorted_by_what_the_adjusted_test_settles(run):
    texts = report_numbers.values(run)
    assert texts["contrast/frozen/count"] == "6"
    assert texts["contrast/frozen/above"] == "; ".join(
        rf"{tex.method_name(method)} at every width"
        for method in ("backprop", "dni[output]", "dni[output+label]")
    )
    assert texts["contrast/frozen/below"] == "none"
    assert texts["contrast/backprop/below/count"] == "6"
    assert findings.side_of({"p_adjusted": math.nan, "effect_size": 1.0}) == "open"


def test_untested_contrasts_and_missing_published_seed_are_dashes():
    few = small_run(replace(small_study(), evaluation_seeds=range(2, 6)))
    texts = report_numbers.values(few)
    assert texts["contrast/backprop/open/count"] == "6"
    frozen = next(row for row in rows(report_tables.contrasts_table(few)) if "frozen" in row[0])
    assert frozen[3] == "---"
    spread = findings.Spread.of(findings.program_ends(few, "dni-label"), "printed_error")
    assert math.isfinite(spread.median)
    assert math.isnan(spread.published)
    assert spread.rank == "---"


def test_rank_and_quartiles_of_the_published_seed():
    ends = pd.DataFrame({"seed": [0, 1, 2, 3, 4], "x": [5.0, 3.0, 1.0, 2.0, np.nan]})
    spread = findings.Spread.of(ends, "x")
    assert (spread.low, spread.median, spread.high) == (1.75, 2.5, 3.5)
    assert (spread.published, spread.rank) == (3.0, "3/4")


def test_an_arm_that_is_there_twice_is_refused():
    plan = small_study()
    listed = plan.experiments["headline"]
    other = replace(listed[0][1], setup=replace(listed[0][1].setup, examples=50))
    plan.experiments["headline"] = [*listed, ({"examples": 50}, other)]
    with pytest.raises(ValueError, match=r"experiments\.headline: .* cannot tell backprop"):
        findings.methods_and_widths(small_run(plan))


def rows(table):
    return [line.split(" & ") for line in table.splitlines() if " & " in line]


def test_the_benchmark_tells_ratios_to_the_engine(run):
    (line,) = [line for line in report_tables.benchmark_table(run).splitlines() if "64/32" in line]
    assert line.split(" & ")[2:] == ["8.0", "4.0", "2.50", "1.50", "1.25", r"2.00 \\"]
    empty = report_tables.benchmark_table(replace(run, benchmark=run.benchmark[:0]))
    assert "64/32" not in empty


def test_kernels_are_told_by_how_far_their_runs_are(run):
    chosen, other, portable = rows(report_tables.portability_table(run))[1:]
    assert chosen == ["as chosen", "2.0", "2", "0", "0", r"0 \\"]
    assert other == ["AVX2", "2.0", "0", "1", "1", r"$2.0\times10^{-12}$ \\"]
    assert portable[:5] == ["portable", "3.0", "1", "1", "0"]
    told = report_numbers.values(run)
    assert told["portability/kernels"] == "2"
    assert told["portability/different"] == r"\program{dni-printed}"
    assert told["portability/cost"] == "1.50"
    without = replace(run, portability=run.portability[:0])
    assert report_numbers.values(without)["portability/kernels"] == tex.MISSING
    assert "AVX2" not in report_tables.portability_table(without)


def test_tables_have_a_row_for_each_arm(run):
    texts = report.documents(run)
    assert texts["tuned"].count(r"\method") == len(METHODS)
    assert r"1\onedge / 0.001" in texts["tuned"]
    assert len(rows(texts["headline"])) == 1 + 2 * len(METHODS)
    assert r"\abovemark" in texts["headline"]
    assert len(rows(texts["outcomes"])) == 1 + 2 * len(METHODS)
    assert len(rows(texts["contrasts"])) == 2 + 2 * len(METHODS)
    assert "1/10" in texts["outcomes"]
    assert len(rows(texts["signs"])) == 2 + 4
    assert "reconstructed" in texts["programs"]


def test_all_rows_of_a_table_have_as_many_columns_as_its_head(run):
    for name, text in report.documents(run).items():
        widths = set()
        for cells in rows(text):
            spans = [re.match(r"\\multicolumn\{(\d+)\}", cell.strip()) for cell in cells]
            widths.add(sum(int(span[1]) if span else 1 for span in spans))
        assert len(widths) <= 1, name


def test_many_widths_go_below_one_another():
    wide = report.documents(small_run(small_study(widths=tuple(range(2, 10)))))
    assert wide["tuned"].startswith(r"\begin{tabular}{lccccc}")
    assert wide["tuned"].count("Method") == 2


@pytest.mark.parametrize("experiment", ["headline", "editions", "signs", "conditioning"])
def test_a_study_without_an_experiment_has_the_same_keys(run, experiment):
    used = keys_of_the_paper()
    run = small_run(small_study(without=[experiment]))
    texts = report_numbers.values(run) | report_waiting.values(run)
    assert used <= texts.keys()
    assert report.documents(small_run(small_study(without=[experiment])))


def test_a_study_without_the_methods_that_the_prose_names_has_the_same_keys():
    run = small_run(small_study(methods=("feedback-alignment",), widths=(5,)))
    texts = report_numbers.values(run) | report_waiting.values(run)
    assert keys_of_the_paper() <= texts.keys()
    assert texts["headline/widest/best"] == "---"
    assert texts["headline/widest/backprop/accuracy_auc"] == "---"


def paper_sources():
    return {path: path.read_text(encoding="utf-8") for path in PAPER.rglob("*.tex")}


def keys_of_the_paper(macro="val"):
    text = "".join(paper_sources().values()) + (PAPER / "synthgrad.sty").read_text("utf-8")
    text = re.sub(r"^%.*", "", text, flags=re.M)
    return set(re.findall(rf"\\{macro}\{{([^#}}]+)\}}", text))


def test_every_key_of_the_paper_is_generated(run):
    config = read_config(ROOT / "config" / "config.yaml")
    full = study.parse_study(config, ROOT / "workflow" / "schemas" / "config.schema.yaml")
    known = report_numbers.values(run).keys() | report_waiting.values(run).keys()
    assert not keys_of_the_paper() - known
    arms = report_numbers.arm_values(replace(run, study=full)).keys()
    assert not keys_of_the_paper("arm") - arms


def test_every_table_of_the_paper_is_generated_and_used(run):
    used = set()
    for text in paper_sources().values():
        used |= set(re.findall(r"\\(?:input(?:table)?|widetable(?:\[.*?\])?)\{([a-z-]+)\}", text))
    assert used == {"numbers", *catalogue.PAPER_TABLES}
    assert used == report.documents(run).keys()


def test_every_figure_of_the_paper_is_drawn():
    text = "".join(paper_sources().values())
    drawn = set(re.findall(r"\\(?:wide|column)figure\{([a-z-]+)\}", text))
    assert len(drawn) > 10
    assert drawn <= set(catalogue.FIGURES)


def test_the_installer_knows_all_that_the_paper_loads():
    loaded = re.findall(
        r"\\(?:RequirePackage|usepackage)(?:\[[^]]*\])?\{([a-z0-9]+)\}",
        (PAPER / "synthgrad.sty").read_text(encoding="utf-8"),
    )
    needed = re.search(r'^needed="(.*)"$', (PAPER / "ensure-tex.sh").read_text("utf-8"), re.M)
    text = (PAPER / "paper.tex").read_text(encoding="utf-8")
    document_class = re.search(r"\\documentclass\[[^]]*\]\{([a-z]+)\}", text)[1]
    loaded = {f"{name}.sty" for name in loaded} | {f"{document_class}.cls"}
    assert loaded == set(needed[1].split())


def test_every_reference_is_cited_and_every_citation_is_there():
    cited = set()
    for text in [*paper_sources().values(), (PAPER / "synthgrad.sty").read_text("utf-8")]:
        for keys in re.findall(r"\\cite[tp]\{([^}]+)\}", text):
            cited |= set(keys.split(","))
    listed = re.findall(r"^@\w+\{(\w+),", (PAPER / "references.bib").read_text("utf-8"), re.M)
    assert cited == set(listed)


def test_files_are_written_by_name(tmp_path):
    report.write({"a": "1\n", "b": "2\n"}, [tmp_path / "b.tex", tmp_path / "a.tex"])
    assert (tmp_path / "b.tex").read_text() == "2\n"
    with pytest.raises(ValueError, match="asked for are"):
        report.write({"a": "1\n"}, [tmp_path / "c.tex"])


CLEAN_LOG = r"""
(/paper/sections/results.tex
LaTeX Warning: `h' float specifier changed to `ht'.
Overfull \hbox (4.9pt too wide) in paragraph at lines 3--9
Underfull \hbox (badness 10000) in paragraph at lines 3--9
Package microtype Info: Loading generic protrusion settings for font family
LaTeX Font Warning: Size substitutions with differences
"""


def test_a_clean_log_has_no_problems():
    assert typeset.log_problems(CLEAN_LOG) == []


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        (
            "LaTeX Warning: Reference `tab:x' on page 2 undefined on input line 7.",
            "Reference `tab:x' is undefined",
        ),
        (
            "Package natbib Warning: Citation `who' on page 1 undefined on input line 4.",
            "Citation `who' is undefined",
        ),
        ("LaTeX Warning: Label `a' multiply defined.", "Label `a' is defined more than once"),
        (
            "Missing character: There is no ß in font lmr10!",
            "missing glyph: There is no ß in font lmr10",
        ),
        (
            r"Overfull \hbox (17.2pt too wide) in paragraph at lines 3--9",
            r"\hbox 17.2 pt too large in paragraph at lines 3--9, near results.tex",
        ),
        (
            r"Overfull \vbox (8.0pt too high) has occurred while \output is active",
            r"\vbox 8.0 pt too large has occurred while \output is active, near results.tex",
        ),
        (
            "LaTeX Warning: Float too large for page by 77.1pt on input line 12.",
            "Float too large for page by 77.1pt",
        ),
        ("/paper/a.tex:3: Undefined control sequence.", "error: Undefined control sequence."),
        ("! Emergency stop.", "error: Emergency stop."),
        (
            "./a.tex:3: LaTeX Error: File `b.sty' not found.",
            "error: File `b.sty' is not installed; paper/ensure-tex.sh installs it or says how",
        ),
    ],
)
def test_problems_in_a_log(line, problem):
    assert typeset.log_problems(f"{CLEAN_LOG}{line}\n{line}\n") == [problem]


def test_after_an_error_the_rest_of_a_log_is_not_told():
    log = "LaTeX Warning: Reference `a' on page 1 undefined on input line 1.\n! Bad.\n"
    assert typeset.log_problems(log) == ["error: Bad."]


def test_problems_of_the_bibliography():
    log = "Database file #1: references.bib\nWarning--empty year in trask2017\n"
    assert typeset.bibliography_problems(log) == ["bibliography: empty year in trask2017"]


def test_type_3_fonts_are_found_in_compressed_objects_too():
    font = b"<< /Type /Font /Subtype /Type3 >>"
    stream = b"<< /Type /ObjStm >>\nstream\n" + zlib.compress(font) + b"\nendstream\n"
    assert typeset.has_type3_fonts(b"%PDF-1.5\n" + font)
    assert typeset.has_type3_fonts(b"%PDF-1.5\n" + stream)
    assert not typeset.has_type3_fonts(b"%PDF-1.5\n<< /Subtype /Type1 >>\n")


def latex(folder, text):
    """Typeset a one-file document with the style of the paper; the path of its PDF."""
    source = folder / "small.tex"
    source.write_text(
        r"\documentclass{article}\usepackage{synthgrad}\input{numbers}\markpages"
        rf"\begin{{document}}{text}\end{{document}}",
        encoding="utf-8",
    )
    typeset.typeset(source, [folder, PAPER], folder / "build", folder / "out" / "small.pdf")
    return folder / "out" / "small.pdf"


@needs_latex
def test_an_unknown_key_stops_latex(tmp_path):
    (tmp_path / "numbers.tex").write_text(tex.definitions({"run/mark": "", "a/b": "1"}))
    with pytest.raises(typeset.TypesetError, match=r"No value for the key `a/c'"):
        latex(tmp_path, r"\val{a/b} \val{a/c}")
    assert not (tmp_path / "out").exists()


def assertion(folder, mark, verdict):
    values = {"run/mark": mark, "claim/labels-help": verdict}
    (folder / "numbers.tex").write_text(tex.definitions(values))
    return latex(folder, r"\asserts{labels-help}{reproduced}{Labels help at 8\,\% of \emph{all}.}")


def text_of(pdf):
    pypdf = pytest.importorskip("pypdf")
    return " ".join(" ".join(page.extract_text().split()) for page in pypdf.PdfReader(pdf).pages)


@needs_latex
def test_a_sentence_that_the_verdict_bears_out_is_printed(tmp_path):
    text = text_of(assertion(tmp_path, "", "reproduced"))
    assert "Labels help" in text
    assert "in this run" not in text


@needs_latex
def test_a_sentence_against_the_verdict_stops_latex_and_is_named(tmp_path):
    expected = r"`Labels help at 8.*' assumes that labels-help is reproduced, but it is partly"
    with pytest.raises(typeset.TypesetError, match=expected):
        assertion(tmp_path, "", "partly")
    assert not (tmp_path / "out").exists()


@needs_latex
def test_in_a_run_not_for_citing_such_a_sentence_is_marked(tmp_path):
    assert "[in this run not tested]" in text_of(
        assertion(tmp_path, "not for citing", "not tested")
    )


def test_every_assertion_names_a_claim_and_a_verdict():
    asserted = [
        found
        for text in paper_sources().values()
        for found in re.findall(r"\\asserts\{([^}]*)\}\{([^}]*)\}", text)
    ]
    assert {claim for claim, _ in asserted} <= set(LISTED)
    assert {verdict for _, verdict in asserted} <= set(claims.VERDICTS)


@needs_latex
def test_the_mark_is_on_every_page_and_a_second_build_is_identical(tmp_path):
    pypdf = pytest.importorskip("pypdf")
    marked = report_numbers.preset_values("quick")
    (tmp_path / "numbers.tex").write_text(tex.definitions(marked))
    text = r"First.\newpage Second.\newpage\val{run/preset}\ifcitable{Only in the study.}"
    pdf = latex(tmp_path, text)
    pages = [page.extract_text() for page in pypdf.PdfReader(pdf).pages]
    assert len(pages) == 3
    assert all("quick run, not for citing" in " ".join(page.split()) for page in pages)
    assert not any("Only in the study" in " ".join(page.split()) for page in pages)
    first = pdf.read_bytes()
    assert latex(tmp_path, text).read_bytes() == first


@needs_latex
def test_what_only_the_study_tells_is_in_a_report_for_citing(tmp_path):
    pypdf = pytest.importorskip("pypdf")
    (tmp_path / "numbers.tex").write_text(tex.definitions(report_numbers.preset_values("full")))
    (page,) = pypdf.PdfReader(latex(tmp_path, r"\ifcitable{Only in the study.}")).pages
    assert "Only in the study." in page.extract_text()


def test_the_ranking_told_is_that_of_the_experiment_on_conditions(run):
    def twice(table, **changed):
        return pd.concat([table.assign(experiment="others", **changed), table], ignore_index=True)

    doubled = replace(
        run,
        ranking=twice(run.ranking, conditions="input", mean=1.0),
        factorial=twice(run.factorial, effect="input"),
    )
    assert len(run.ranking)
    assert report_numbers.ranking_values(doubled) == report_numbers.ranking_values(run)
    for table in (report_tables.ranking_table, report_tables.factorial_table):
        assert table(doubled) == table(run)


@needs_latex
def test_tables_and_lists_of_every_size_typeset(tmp_path, run):
    many = small_run(
        small_study(
            widths=(4, 6, 8, 10, 12, 14),
            methods=(*METHODS, "dni[input+output+label+batchnorm]", "dni[label+batchnorm]"),
        )
    )
    for name, text in report.documents(many).items():
        (tmp_path / f"{name}.tex").write_text(text, encoding="utf-8")
    shutil.copy(PAPER / "references.bib", tmp_path)
    body = r"\setlength{\tabcolsep}{3.5pt}\noindent Above: \val{contrast/frozen/above}."
    body += r"\footnotesize\par\noindent "
    body += " ".join(rf"\input{{{name}}}\par\noindent" for name in catalogue.PAPER_TABLES)
    assert latex(tmp_path, body).stat().st_size > 0


@pytest.fixture
def with_ranks(run):
    """The run with made-up tables of layers as ranks."""
    methods = ["dni[output]", "dni[label]"]
    summary = {
        "hidden": "8-8-8",
        "bits": 8,
        "batch_size": 10,
        "conditioning": ["none", "none", "output", "label"],
        "way": ["one process", "locked", "decoupled", "decoupled"],
        "median_us": [100.0, 80.0, 160.0, 50.0],
        "affords": [None, None, 0.5, 1.6],
    }
    answer = {"method": methods, "bits": 8, "rival": "locked", "minibatches": [math.inf, 300.0]}
    answer |= {"rival_minibatches": 100.0, "needs": [math.inf, 3.0], "affords": [0.5, 1.6]}
    answer |= {"seconds": [math.inf, 0.015], "rival_seconds": 0.008, "saves_time": False}
    simulated = {"workers": [2, 16], "latency_us": [1.0, 1000.0], "affords": [1.2, 4.0]}
    operations = {"conditioning": ["output", "output"], "generator_share": [0.0, 0.4]}
    tables = {
        "decoupling": summary,
        "decoupling_answer": answer,
        "decoupling_model": {"error": [-0.3, 0.1, 0.05]},
        "decoupling_simulated": simulated | {"conditioning": "label"},
        "decoupling_operations": operations,
    }
    return replace(run, ranks={name: pd.DataFrame(rows) for name, rows in tables.items()})


def test_what_is_said_of_ranks_is_in_their_tables(with_ranks):
    said = report_waiting.values(with_ranks)
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
    assert (said["waiting/share/output"], said["waiting/share/label"]) == ("40", tex.MISSING)


def test_without_a_simulated_network_nothing_is_said_of_more_workers(with_ranks):
    simulated = with_ranks.ranks["decoupling_simulated"][:0]
    ranks = with_ranks.ranks | {"decoupling_simulated": simulated}
    said = report_waiting.values(replace(with_ranks, ranks=ranks))
    assert said["waiting/simulated/most"] == tex.MISSING
    assert said["waiting/model/error"] == "10"


def test_the_table_of_ranks_has_the_fastest_backprop_beside_decoupled_ranks(with_ranks):
    *_, (hidden, bits, batch, backprop, way, *decoupled) = rows(
        report_waiting.ranks_table(with_ranks)
    )
    assert (hidden, bits, batch, backprop, way) == ("8-8-8", "8", "10", "80", "locked")
    assert decoupled[:2] == ["160 (0.50)", "50 (1.60)"]
    assert decoupled[2].startswith(tex.MISSING)
