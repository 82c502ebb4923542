"""What the README has of the published tables."""

import json

import pytest
from made_up_claims import three_claims
from made_up_robustness import judged_again
from package import ROOT
from published_study import needs_this_config

from synthgrad.claims.robustness import robustness_of
from synthgrad.report import readme as parts
from synthgrad.report.readme import BEGIN, END, UNPUBLISHED, markdown, with_generated


def test_the_markdown_has_a_row_a_claim():
    lines = markdown(three_claims()).splitlines()
    assert len(lines) == 2 + 1 + 2 + 3
    assert all(line.count(" | ") == 6 for line in [lines[3], *lines[5:]])
    assert "[autopsy](figures/autopsy.png)" in lines[5]
    assert "depth against: 0.25 (-∞, 0.3], p < 0.001 against it, n = 30" in lines[6]
    assert "**not tested**" in lines[7]
    assert "no experiment" in lines[7]


def test_a_bar_does_not_end_a_cell():
    assert r"About a \| b." in markdown(three_claims().replace("About labels.", "About a | b."))


def test_parts_go_between_their_markers(tmp_path, monkeypatch):
    monkeypatch.setattr(parts, "PARTS", {"verdicts": parts.verdicts})
    begin, end = BEGIN.format("verdicts"), END.format("verdicts")
    readme = f"before\n{begin}\nold\n{end}\nafter\n"
    unpublished = f"before\n{begin}\n\n{UNPUBLISHED}\n\n{end}\nafter\n"
    assert with_generated(readme, tmp_path) == unpublished
    three_claims().to_csv(tmp_path / "claims.csv", index=False)
    once = with_generated(readme, tmp_path)
    assert once.startswith(f"before\n{begin}\n\nThe 3 claims ")
    assert once.endswith(f"\n\n{end}\nafter\n")
    assert "old" not in once
    assert with_generated(once, tmp_path) == once
    again = judged_again(three_claims())
    again.to_csv(tmp_path / "robustness.csv", index=False)
    assert f"| {robustness_of(again, 'depth').text} |" in with_generated(once, tmp_path)
    with pytest.raises(ValueError, match="must have the lines"):
        with_generated("nothing", tmp_path)


@needs_this_config
def test_the_readme_has_what_is_published():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert readme == with_generated(readme, ROOT / "published")


def receipt(folder, name, **content):
    (folder / "receipts").mkdir(exist_ok=True)
    (folder / "receipts" / f"{name}.json").write_text(json.dumps(content))


def test_receipts_of_the_published_tables_are_counted_by_kind_of_machine(tmp_path):
    (tmp_path / "manifest.json").write_text(json.dumps({"digests": {"all": "abc"}}))
    assert parts.receipts(tmp_path) == "Identical on 0 of 0 kinds of machine."
    cells = {"identical": 2, "same distribution": 0, "different": 0}
    whole = {"published_digests": {"all": "abc"}, "digests": {"all": "of the run"}}
    receipt(tmp_path, "spotcheck-zen4", digest="abc", checked=3, identical=3)
    receipt(tmp_path, "verify-zen4", cells=cells, **whole)
    receipt(tmp_path, "spotcheck-old", digest="of other tables", checked=3, identical=3)
    assert parts.receipts(tmp_path) == "Identical on 1 of 1 kinds of machine: zen4."
    receipt(tmp_path, "spotcheck-odd", digest="abc", checked=3, identical=2)
    assert parts.receipts(tmp_path).endswith("1 of 2 kinds of machine: zen4; not on odd.")
    receipt(tmp_path, "verify-zen4", cells=cells | {"different": 1}, **whole)
    assert parts.receipts(tmp_path) == "Identical on 0 of 2 kinds of machine; not on odd, zen4."
