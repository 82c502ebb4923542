"""The text of the paper: what it names is there."""

import re

from made_up_run import LISTED
from package import ROOT
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


NOT_PROSE = re.compile(
    r"(?<!\\)%[^\n]*"
    r"|\\begin\{(equation|align|tikzpicture)\*?\}.*?\\end\{\1\*?\}"
    r"|\\(?:begin|end)\{[^}]*\}(?:\[[^]]*\]|\{[^}]*\})*"
    r"|\\(?:val|arm|whenval|asserts|cite[tp]?|[cC]ref|ref|label|inputtable|ifrun)\{[^}]*\}"
    r"|\\(?:tabcolsep|tikzset|newcommand|includegraphics|node|draw)[^\n]*|[a-z]+/\.style[^\n]*"
    r"|\$[^$]*\$",
    flags=re.S,
)
NUMBER = r"\d+(?:\.\d+)?"
TOLD = {
    "2017": "the year of the tutorial",
    "21": "the day of its first edition",
    "2": "the base of logarithms",
    "16": "digits of a checksum",
    "200": "steps of the benchmark",
}
"""Numbers of the prose that are no results and in no config."""


def test_a_number_in_the_prose_has_a_key_or_is_a_setting():
    config = ROOT / "config"
    settings = "".join((config / name).read_text() for name in ("config.yaml", "claims.yaml"))
    known = set(map(float, re.findall(NUMBER, settings))) | set(map(float, TOLD))
    for path, text in paper_sources().items():
        typed = re.findall(NUMBER, NOT_PROSE.sub(" ", text))
        assert {number for number in typed if float(number) not in known} == set(), path.name
