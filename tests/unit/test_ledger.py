"""The verdicts as the README tells them."""

from pathlib import Path

import pandas as pd
import pytest

from synthgrad.claims import verdicts as ledger

ROOT = Path(__file__).parents[2]


def row(claim, shown, p=0.01, verdict="partly", **about):
    return {
        "claim": claim,
        "edition": "later",
        "statement": f"About {claim}.",
        "contrast": f"{claim} {shown}",
        "estimate": 0.25,
        "ci_low": 0.2,
        "ci_high": 0.3,
        "p_adjusted": p,
        "n": 30,
        "verdict": verdict,
        "evidence": shown,
        "note": "",
        "part": "6",
        "figure": None,
    } | about


@pytest.fixture
def table():
    return pd.DataFrame(
        [
            row("labels", "supports", 0.0001, figure="autopsy"),
            row("labels", "supports", 0.02, figure="autopsy"),
            row("depth", "supports"),
            row("depth", "undecided", 0.5),
            row("depth", "opposite", 0.04),
            row("depth", "opposite", 0.0004),
            row("speed", "not tested", float("nan"), "not tested", note="no experiment", part=None),
        ]
    )


def test_a_line_a_claim_with_its_weakest_contrast(table):
    labels, depth, speed = ledger.lines(table)
    assert (labels.support, labels.weakest["p_adjusted"]) == ("2 of 2", 0.02)
    assert depth.support == "1 of 4; 1 undecided, 2 opposite"
    assert (depth.weakest["evidence"], depth.weakest["p_adjusted"]) == ("opposite", 0.0004)
    assert (speed.weakest, speed.note, speed.support) == (
        None,
        "no experiment",
        "0 of 1; 1 not tested",
    )


def test_the_markdown_has_a_row_a_claim(table):
    lines = ledger.markdown(table).splitlines()
    assert len(lines) == 2 + 3
    assert all(line.count(" | ") == 5 for line in lines if "---" not in line)
    assert "[autopsy](figures/autopsy.png)" in lines[2]
    assert "depth opposite: 0.25 [0.2, 0.3], p < 0.001, n = 30" in lines[3]
    assert "**not tested**" in lines[4]
    assert "no experiment" in lines[4]


def test_the_table_goes_between_the_markers(tmp_path, table):
    table.to_csv(tmp_path / "claims.csv", index=False)
    readme = f"before\n{ledger.BEGIN}\nold\n{ledger.END}\nafter\n"
    once = ledger.with_verdicts(readme, tmp_path / "claims.csv")
    assert once.startswith(f"before\n{ledger.BEGIN}\n\n| claim |")
    assert once.endswith(f"\n\n{ledger.END}\nafter\n")
    assert "old" not in once
    assert ledger.with_verdicts(once, tmp_path / "claims.csv") == once
    with pytest.raises(ValueError, match="must have the lines"):
        ledger.with_verdicts("nothing", tmp_path / "claims.csv")


def test_the_readme_has_the_published_verdicts():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert readme == ledger.with_verdicts(readme, ROOT / "published" / "claims.csv")
