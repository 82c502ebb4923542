r"""From the tables of a run to the generated TeX files of the paper.

``numbers``, from which the prose takes a text by its key,
``\val{headline/8/backprop/accuracy_auc}``, and the booktabs tables.
"""

from pathlib import Path

from synthgrad.report import numbers as report_numbers
from synthgrad.report import ranks as report_waiting
from synthgrad.report import tables as report_tables
from synthgrad.report import tex
from synthgrad.study import tables as records


def documents(run):
    """The texts of all generated files, by their names without ``.tex``."""
    return {
        "numbers": tex.definitions(report_numbers.values(run) | report_waiting.values(run)),
        "tuned": report_tables.tuned_table(run),
        "headline": report_tables.headline_table(run),
        "outcomes": report_tables.outcomes_table(run),
        "contrasts": report_tables.contrasts_table(run),
        "survival": report_tables.survival_table(run),
        "claims": report_tables.claims_table(run),
        "evidence": report_tables.evidence(run),
        "ranking": report_tables.ranking_table(run),
        "factorial": report_tables.factorial_table(run),
        "programs": report_tables.programs_table(run),
        "editions": report_tables.editions_table(run),
        "signs": report_tables.signs_table(run),
        "waiting": report_waiting.answer_table(run),
        "ranks": report_waiting.ranks_table(run),
        "settings": report_tables.settings_table(run),
        "benchmark": report_tables.benchmark_table(run),
        "portability": report_tables.portability_table(run),
        "manifest": report_tables.manifest_table(run.manifest),
    }


def write(texts, paths):
    """Write each text to the one of the paths that has its name.

    Raises
    ------
    ValueError
        If texts and paths do not belong together one by one.
    """
    by_name = {Path(path).stem: Path(path) for path in paths}
    if by_name.keys() != texts.keys():
        raise ValueError(f"there are {sorted(texts)}, but asked for are {sorted(by_name)}")
    for name, path in by_name.items():
        with records.replacing(path) as temporary:
            temporary.write_text(texts[name], encoding="utf-8")
