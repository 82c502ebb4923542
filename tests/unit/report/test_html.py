"""The pages of the HTML report say what the tables say."""

import re
from html import unescape

import numpy as np
import pandas as pd
from made_up_claims import three_claims

from synthgrad.report.html import run, settings, verdicts


def tables(page):
    """The texts of the cells of each table, row by row."""
    return [
        [
            [unescape(cell) for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, flags=re.S)]
            for row in re.findall(r"<tr.*?>(.*?)</tr>", table, flags=re.S)
        ]
        for table in re.findall(r"<table.*?>(.*?)</table>", page, flags=re.S)
    ]


def test_verdicts_have_a_line_a_claim_and_contrasts_one_each():
    claims = three_claims().replace("About labels.", "Labels help & <soon>.")
    page = verdicts(claims)
    told, changed, contrasts = tables(page)
    assert "<soon>" not in page
    assert told[1] == [
        *("Labels help & <soon>.", "23 March 2017, part 6", "before the first results"),
        *("reproduced", "2 of 2", "labels supports: 0.25 [0.2, 0.3], p = 0.020 for it, n = 30"),
        "autopsy",
    ]
    assert told[3][3:] == ["not tested", "0 of 1 tested", "no experiment", ""]
    assert changed[1:] == [["depth", "before the first results", "Asked of arms that learn."]]
    by_contrast = [dict(zip(contrasts[0], row, strict=True)) for row in contrasts[1:]]
    assert len(by_contrast) == len(claims)
    last = by_contrast[5]
    assert (last["interval from"], last["to"], last["p against"]) == ("-∞", "0.3", "0.0004")
    assert by_contrast[-1]["estimate"] == by_contrast[-1]["n"] == ""
    assert by_contrast[-1]["note"] == "no experiment"


def test_settings_leave_what_an_arm_does_not_have_empty():
    tuned = pd.DataFrame(
        {
            "cell": ["backprop,tuned", "dni[label],tuned"],
            "method": ["backprop", "dni[label]"],
            "bits": 8,
            "step_size": [0.3, 100.0],
            "generator_step_size": [np.nan, 1e-5],
            "score": [0.81234, 0.5],
            "on_edge": [None, "step_size"],
        }
    )
    questions = {"headline": "Who learns & how fast?"}
    asked, (head, *rows) = tables(settings(questions, tuned))
    assert asked[1] == ["headline", "Who learns & how fast?"]
    assert head[:3] == ["cell", "step size", "of the generators"]
    assert head[3:] == ["score in the finals", "on an edge of what was tried"]
    assert rows[0] == ["backprop,tuned", "0.3", "", "0.8123", ""]
    assert rows[1] == ["dni[label],tuned", "100", "1e-05", "0.5", "step_size"]
    assert "0 tuned arms" in settings({}, tuned[:0])


def test_the_run_has_its_versions_and_checksums():
    manifest = {
        "preset": "quick",
        "wall_seconds": 90,
        "cpu_seconds": 120,
        "cpu": "Some(R) CPU & more",
        "platform": "Linux",
        "blas": [{"internal_api": "openblas", "version": "0.3", "architecture": None}],
        "git_commit": None,
        "config_sha256": "ab" * 32,
        "python": "3.11.7",
        "packages": {"numpy": "2.4.6"},
        "tables": {"runs.parquet": "ef" * 32},
    }
    about, versions, sums = (dict(map(tuple, table)) for table in tables(run(manifest)))
    assert about["wall time"] == "1.5 minutes"
    assert about["CPU"] == "Some(R) CPU & more"
    assert about["BLAS"] == "openblas 0.3"
    assert versions == {"package": "version", "python": "3.11.7", "numpy": "2.4.6"}
    assert sums["runs.parquet"] == "ef" * 32
