"""The pages of the HTML report say what the tables say."""

import re
from html import unescape

import numpy as np
import pandas as pd

from synthgrad.report.html import run, settings, verdicts


def claims():
    blank = dict.fromkeys(
        ("estimate", "ci_low", "ci_high", "p_adjusted", "smallest_effect"), np.nan
    )
    shared = {"edition": "later", "part": "6", "figure": None, "note": None, "n": 30}
    labels = {"claim": "labels", "statement": "Labels help & <soon>.", "verdict": "partly"}
    speed = {
        "claim": "speed",
        "statement": "It is fast.",
        "verdict": "not tested",
        "edition": "both",
    }
    tested = {"estimate": 0.123456, "ci_low": 0.1, "ci_high": 0.15, "p_adjusted": 2e-5}
    tested |= {"smallest_effect": 0.05, "evidence": "supports"}
    return pd.DataFrame(
        [
            shared | labels | tested | {"contrast": "score, bits 4"},
            shared | labels | tested | {"contrast": "score, bits 6", "evidence": "undecided"},
            shared
            | speed
            | blank
            | {"contrast": None, "evidence": "not tested", "note": "no runs"},
        ]
    )


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
    page = verdicts(claims())
    told, contrasts = tables(page)
    assert "<soon>" not in page
    assert told[1] == [
        *("Labels help & <soon>.", "23 March 2017, part 6", "partly", "1 of 2; 1 undecided"),
        *("score, bits 6: 0.123 [0.1, 0.15], p < 0.001, n = 30", ""),
    ]
    assert told[2][2:] == ["not tested", "0 of 1; 1 not tested", "no runs", ""]
    assert contrasts[0][-2:] == ["smallest effect", "evidence"]
    assert contrasts[1] == [
        *("labels", "score, bits 4", "0.1235", "0.1", "0.15", "2e-05", "30", "0.05", "supports"),
    ]
    assert len(contrasts) == 3


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
