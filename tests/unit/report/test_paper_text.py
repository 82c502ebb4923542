"""The text of the paper: what it names is there."""

import re

from made_up_run import LISTED
from paper_sources import PAPER, paper_sources

from synthgrad.claims.judge import VERDICTS
from synthgrad.figures.listing import figures


def test_every_figure_of_the_paper_is_drawn():
    text = "".join(paper_sources().values())
    drawn = set(re.findall(r"\\(?:wide|column)figure\{([a-z-]+)\}", text))
    assert len(drawn) > 10
    assert drawn <= set(figures())


def test_every_figure_that_a_claim_names_has_a_label():
    labels = set(
        re.findall(r"\\(?:wide|column)figure\{([a-z-]+)\}", "".join(paper_sources().values()))
    )
    named = {claim.get("figure") for claim in LISTED.values()} - {None}
    assert named <= labels & set(figures())


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


def test_every_assertion_names_a_claim_and_a_verdict():
    asserted = [
        found
        for text in paper_sources().values()
        for found in re.findall(r"\\asserts\{([^}]*)\}\{([^}]*)\}", text)
    ]
    assert {claim.partition("/within/")[0] for claim, _ in asserted} <= set(LISTED)
    assert {verdict for _, verdict in asserted} <= set(VERDICTS)
