"""The HTML report in a real browser, from the disk and without a network."""

import base64
from types import SimpleNamespace

import browser
import pandas as pd
import pytest
from temporary_study import run

from synthgrad.workflow.html_report import category

pytestmark = pytest.mark.skipif(not browser.find(), reason="Chromium is not installed")

WALK = """
const link = text => [...document.querySelectorAll("a")].find(a => a.textContent.trim() === text);
const rows = () => [...document.querySelectorAll("tbody tr")]
  .filter(row => row.querySelectorAll("a").length === 2);
await until(() => link("Statistics"));
const seen = {front: document.body.innerText, entries: []};
link("Statistics").click();
await until(() => document.querySelectorAll("svg.marks, canvas.marks").length >= 2);
let last = "";
for (const category of Object.keys(categories)) {
  document.querySelector("nav ol a").click();
  (await until(() => link(category))).click();
  const count = (await until(() => rows().length && rows())).length;
  for (let i = 0; i < count; i++) {
    const row = (await until(() => rows().length === count && rows()))[i];
    const label = row.querySelector("td").innerText;
    row.querySelectorAll("a")[0].click();
    const shown = () => document.querySelector("div.grow img, iframe");
    const {tagName, src} = await until(() => shown()?.src !== last && shown());
    await until(() => tagName === "IFRAME" || shown().naturalWidth);
    last = src;
    const size = [shown().clientWidth, shown().clientHeight];
    rows()[i].querySelectorAll("a")[1].click();
    await until(() => !rows().length);
    seen.entries.push({category, label, tagName, src, size, about: document.body.innerText});
    link(category).click();
  }
}
return seen;
"""

READ = """
const table = document.querySelector("table");
return {
  rows: [...table.rows].map(row => [...row.cells].map(cell => cell.innerText)),
  letters: parseFloat(getComputedStyle(table.querySelector("td")).fontSize),
  overflow: document.documentElement.scrollWidth - innerWidth,
};
"""


@pytest.fixture(scope="module")
def report(study):
    """The path of the HTML report of the tiny study."""
    command = ["snakemake", "--report", "results/report.html", "--configfile", "config/tiny.yaml"]
    done = run(study, command)
    assert done.returncode == 0, done.stderr[-4000:]
    return study / "results" / "report.html"


@pytest.fixture(scope="module")
def walk(report, tmp_path_factory):
    """What a walk through all categories of the report sees."""
    return browser.visit(report, WALK, tmp_path_factory.mktemp("walk"))


def test_it_opens_without_errors_and_loads_nothing_from_elsewhere(walk):
    assert walk["complaints"] == []
    assert [name for name in walk["loaded"] if not name.startswith(("data:", "file:"))] == []
    assert "not for citing" in walk["seen"]["front"]


def test_every_figure_is_in_its_category_and_is_shown(walk, study):
    results = study / "results" / "tiny"
    figures = {path.stem: path for path in (results / "figures").glob("*.png")}
    shown = {e["label"]: e for e in walk["seen"]["entries"] if e["tagName"] == "IMG"}
    assert sorted(shown) == sorted(figures)
    for name, entry in shown.items():
        assert entry["category"] == category(SimpleNamespace(figure=name))
        assert content(entry["src"]) == figures[name].read_bytes()
        assert min(entry["size"]) > 200


def test_the_pages_are_shown(walk, study):
    shown = [entry for entry in walk["seen"]["entries"] if entry["tagName"] == "IFRAME"]
    pages = sorted(path.read_bytes() for path in (study / "results" / "tiny" / "pages").iterdir())
    assert len(pages) == 3
    assert sorted(content(entry["src"]) for entry in shown) == pages
    assert min(min(entry["size"]) for entry in shown) > 200


def test_every_entry_has_a_caption_of_its_own(walk):
    captions = [e["about"].partition("DESCRIPTION")[2].strip() for e in walk["seen"]["entries"]]
    assert min(len(caption) for caption in captions) > 150
    assert len({caption[:60] for caption in captions}) == len(captions)
    assert not [caption for caption in captions if "{{" in caption or "{%" in caption]
    assert any("10 seeds" in caption for caption in captions)


def test_the_table_of_verdicts_can_be_read(study, tmp_path):
    results = study / "results" / "tiny"
    page = browser.visit(results / "pages" / "verdicts.html", READ, tmp_path)
    assert page["complaints"] == []
    seen = page["seen"]
    claims = pd.read_csv(results / "claims.csv").groupby("claim", sort=False).first()
    assert [row[0] for row in seen["rows"][1:]] == list(claims["statement"])
    verdict = seen["rows"][0].index("verdict")
    assert [row[verdict] for row in seen["rows"][1:]] == list(claims["verdict"])
    assert seen["overflow"] <= 0
    assert seen["letters"] >= 12


def content(address):
    """The bytes of a data: address."""
    return base64.b64decode(address.partition("base64,")[2])
