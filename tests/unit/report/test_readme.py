"""What README.md and documents have of the published tables."""

import json

import pytest
from made_up_claims import three_claims
from made_up_robustness import judged_again
from package import ROOT
from published_study import needs_this_config

from synthgrad.claims.robustness import robustness_of
from synthgrad.report import readme
from synthgrad.report.readme import BEGIN, DOCUMENTS, END, UNPUBLISHED, with_generated

PARTS = {"verdicts": readme.all_verdicts}


@pytest.fixture
def folder(tmp_path):
    """A folder with a table of claims."""
    three_claims().to_csv(tmp_path / "claims.csv", index=False)
    return tmp_path


def test_the_table_has_a_row_a_claim(folder):
    _, _, head, _, *rows = readme.all_verdicts(folder).splitlines()
    assert len(rows) == 3
    assert all(line.count(" | ") == 6 for line in [head, *rows])
    assert "[autopsy](../figures/autopsy.png)" in rows[0]
    assert "depth against: 0.25 (-∞, 0.3], p < 0.001 against it, n = 30" in rows[1]
    assert "**not tested**" in rows[2]
    assert "no experiment" in rows[2]


def test_a_bar_does_not_end_a_cell(folder):
    claims = three_claims().replace("About labels.", "About a | b.")
    claims.to_csv(folder / "claims.csv", index=False)
    assert r"About a \| b." in readme.all_verdicts(folder)


def test_parts_go_between_their_markers(tmp_path):
    begin, end = BEGIN.format("verdicts"), END.format("verdicts")
    document = f"before\n{begin}\nold\n{end}\nafter\n"
    unpublished = f"before\n{begin}\n\n{UNPUBLISHED}\n\n{end}\nafter\n"
    assert with_generated(document, PARTS, tmp_path) == unpublished
    three_claims().to_csv(tmp_path / "claims.csv", index=False)
    once = with_generated(document, PARTS, tmp_path)
    assert once.startswith(f"before\n{begin}\n\nThe 3 claims ")
    assert once.endswith(f"\n\n{end}\nafter\n")
    assert "old" not in once
    assert with_generated(once, PARTS, tmp_path) == once
    with pytest.raises(ValueError, match="must have the lines"):
        with_generated("nothing", PARTS, tmp_path)


def test_alternatives_stand_beside_a_verdict(folder):
    again = judged_again(three_claims())
    again.to_csv(folder / "robustness.csv", index=False)
    assert f"| {robustness_of(again, 'depth').text} |" in readme.all_verdicts(folder)


def test_a_verdict_in_short_has_its_support_and_whether_it_is_fragile(folder, monkeypatch):
    monkeypatch.setattr(readme, "CLAIMS", ("labels", "depth"))
    again = judged_again(three_claims())
    of_labels = again["claim"] == "labels"
    again.loc[of_labels & again["counts"].astype(bool), "verdict"] = "contradicted"
    again.loc[~of_labels, "verdict"] = "mixed"
    again.to_csv(folder / "robustness.csv", index=False)
    counted, _, labels, depth = readme.in_short(folder).splitlines()
    assert "1 are *fragile*" in counted
    assert labels.endswith("**reproduced**, *fragile*, supported by 2 of 2 contrasts.")
    assert depth.endswith("**mixed**, supported by 1 of 4 contrasts.")


def test_the_last_spot_check_is_the_newest_one_of_these_tables(tmp_path):
    (tmp_path / "manifest.json").write_text(json.dumps({"digests": {"all": "of these"}}))
    (tmp_path / "receipts").mkdir()
    assert not readme.last_spot_check(tmp_path).startswith(">")
    for day, digest in ((1, "of these"), (2, "of these"), (3, "of others")):
        receipt = {
            "digest": digest,
            "machine": {"date": f"2026-01-0{day}"},
            "summary": f"day {day}",
        }
        (tmp_path / "receipts" / f"spotcheck-{4 - day}.json").write_text(json.dumps(receipt))
    assert readme.last_spot_check(tmp_path) == "> day 2"


def receipt(folder, name, **content):
    (folder / "receipts").mkdir(exist_ok=True)
    (folder / "receipts" / f"{name}.json").write_text(json.dumps(content))


def test_receipts_of_the_published_tables_are_counted_by_kind_of_machine(tmp_path):
    (tmp_path / "manifest.json").write_text(json.dumps({"digests": {"all": "abc"}}))
    assert readme.receipts(tmp_path) == "Identical on 0 of 0 kinds of machine."
    cells = {"identical": 2, "same distribution": 0, "different": 0}
    whole = {"published_digests": {"all": "abc"}, "digests": {"all": "of the run"}}
    receipt(tmp_path, "spotcheck-zen4", digest="abc", checked=3, identical=3)
    receipt(tmp_path, "verify-zen4", cells=cells, **whole)
    receipt(tmp_path, "spotcheck-old", digest="of other tables", checked=3, identical=3)
    assert readme.receipts(tmp_path) == "Identical on 1 of 1 kinds of machine: zen4."
    receipt(tmp_path, "spotcheck-odd", digest="abc", checked=3, identical=2)
    assert readme.receipts(tmp_path).endswith("1 of 2 kinds of machine: zen4; not on odd.")
    receipt(tmp_path, "verify-zen4", cells=cells | {"different": 1}, **whole)
    assert readme.receipts(tmp_path) == "Identical on 0 of 2 kinds of machine; not on odd, zen4."


def test_digests_are_told_by_experiment(tmp_path):
    found = {"experiments": {"depth": "ab", "init": "cd"}, "all": "ef"}
    (tmp_path / "manifest.json").write_text(json.dumps({"digests": found}))
    _, _, *rows = readme.digests(tmp_path).splitlines()
    assert rows == ["| depth | `ab` |", "| init | `cd` |", "| all | `ef` |"]


@needs_this_config
@pytest.mark.parametrize("name", DOCUMENTS)
def test_documents_have_what_is_published(name):
    document = (ROOT / name).read_text(encoding="utf-8")
    assert document == with_generated(document, DOCUMENTS[name], ROOT / "published")
