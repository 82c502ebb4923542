"""The verdicts in the README."""

import pytest
from made_up_claims import three_claims
from package import ROOT

from synthgrad.report.readme import BEGIN, END, UNPUBLISHED, markdown, with_verdicts


def test_the_markdown_has_a_row_a_claim():
    lines = markdown(three_claims()).splitlines()
    assert len(lines) == 2 + 3
    assert all(line.count(" | ") == 5 for line in lines if "---" not in line)
    assert "[autopsy](figures/autopsy.png)" in lines[2]
    assert "depth opposite: 0.25 [0.2, 0.3], p < 0.001, n = 30" in lines[3]
    assert "**not tested**" in lines[4]
    assert "no experiment" in lines[4]


def test_a_bar_does_not_end_a_cell():
    assert r"About a \| b." in markdown(three_claims().replace("About labels.", "About a | b."))


def test_the_table_goes_between_the_markers(tmp_path):
    path = tmp_path / "claims.csv"
    readme = f"before\n{BEGIN}\nold\n{END}\nafter\n"
    assert with_verdicts(readme, path) == f"before\n{BEGIN}\n\n{UNPUBLISHED}\n\n{END}\nafter\n"
    three_claims().to_csv(path, index=False)
    once = with_verdicts(readme, path)
    assert once.startswith(f"before\n{BEGIN}\n\n| claim |")
    assert once.endswith(f"\n\n{END}\nafter\n")
    assert "old" not in once
    assert with_verdicts(once, path) == once
    with pytest.raises(ValueError, match="must have the lines"):
        with_verdicts("nothing", path)


def test_the_readme_has_the_published_verdicts():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert readme == with_verdicts(readme, ROOT / "published" / "claims.csv")
