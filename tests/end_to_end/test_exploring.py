"""The page to explore in a real browser, from the disk and without a network."""

import json
from importlib.util import find_spec

import browser
import pytest

from synthgrad.figures.tables import load
from synthgrad.study.published import shipped

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not browser.find(), reason="Chromium is not installed"),
    pytest.mark.skipif(not find_spec("altair"), reason="needs the extra explore"),
    pytest.mark.skipif(not find_spec("vl_convert"), reason="needs the extra explore"),
]

HELPERS = """
await until(() => document.body.dataset.ready);
const pick = async (id, value) => {
  const control = document.getElementById(id);
  control.value = value;
  control.dispatchEvent(new Event("change"));
  await wait(200);
};
const press = async key => {
  document.activeElement.dispatchEvent(new KeyboardEvent("keydown", {key, bubbles: true}));
  await wait(100);
};
const text = id => document.getElementById(id).textContent;
"""


@pytest.fixture(scope="module")
def tables():
    """The published tables, with the curves of the headline at 8 and 10 bits alone."""
    whole = load(shipped("published"), 99, 0)
    runs = whole.runs
    few = (runs["experiment"] == "headline") & runs["bits"].isin([8, 10])
    return whole.changed(runs=runs[few & runs["method"].isin(["backprop", "dni[label]"])])


@pytest.fixture(scope="module")
def page(tables, tmp_path_factory):
    from synthgrad.report.explore.page import document

    manifest = (shipped("published") / "manifest.json").read_text(encoding="utf-8")
    path = tmp_path_factory.mktemp("page") / "explore.html"
    path.write_text(document(tables, json.loads(manifest)["config"]), encoding="utf-8")
    return path


@pytest.fixture
def look(page, tmp_path):
    """What a script sees in the page, which must not complain or load anything."""

    def look(script, choice=""):
        seen = browser.visit(page, HELPERS + script, tmp_path, choice)
        assert seen["complaints"] == []
        assert [name for name in seen["loaded"] if not name.startswith("data:")] == []
        return seen["seen"]

    return look


def test_switches_show_the_verdicts_of_the_table_of_robustness(look, tables):
    """For every alternative, and every claim that it has a row for."""
    seen = look("""
    const seen = [];
    for (const claim of data.claims)
      for (const row of claim.again) {
        const way = row.kind === "swap" ? {...AS_PUBLISHED, alone: row.alternative} : {
          alone: "", budget: row.budget || "all", outcome: row.outcome || "own",
          effect: String(row.effect), test: row.test,
        };
        seen.push([claim.claim, row.alternative, judgedBy(claim, way)?.verdict]);
      }
    return seen;
    """)
    expected = tables.robustness[["claim", "alternative", "verdict"]]
    assert sorted(map(tuple, seen)) == sorted(expected.itertuples(index=False, name=None))


def test_a_switch_changes_what_is_shown_and_stands_in_the_address(look, tables):
    seen = look("""
    await pick("choose-budget", "100");
    await pick("choose-outcome", "bit_accuracy");
    const rows = [...document.querySelectorAll("#claims tbody tr")];
    return {
      address: location.hash,
      shown: Object.fromEntries(rows.map(row =>
        [row.querySelector("button").id.slice(7), row.cells[2].innerText])),
    };
    """)
    assert "budget=100" in seen["address"]
    assert "outcome=bit_accuracy" in seen["address"]
    rows = tables.robustness
    chosen = (rows["budget"] == "100") & (rows["outcome"] == "bit_accuracy") & (rows["effect"] == 1)
    chosen &= rows["test"] == "signed ranks"
    assert chosen.any()
    for row in rows[chosen].itertuples():
        assert seen["shown"][row.claim].startswith(row.verdict)
    other = {claim for claim, text in seen["shown"].items() if text == "cannot be asked"}
    about_else = rows[(rows["kind"] == "as it is") & rows["outcome"].isna()]["claim"]
    assert set(about_else) <= other


def test_claims_can_be_filtered_and_opened_by_keyboard(look, tables):
    seen = look("""
    await pick("choose-verdict", "contradicted");
    const buttons = [...document.querySelectorAll("#claims button.row")];
    buttons[0].focus();
    await press("ArrowDown");
    const second = document.activeElement.id;
    document.activeElement.click();
    await wait(200);
    return {
      count: buttons.length, second, focused: document.activeElement.id,
      expanded: document.activeElement.ariaExpanded,
      contrasts: document.querySelectorAll("td.details tbody tr").length,
    };
    """)
    claims = tables.claims[tables.claims["verdict"] == "contradicted"]
    names = list(claims["claim"].unique())
    assert seen["count"] == len(names)
    assert seen["second"] == seen["focused"] == f"claims-{names[1]}"
    assert seen["expanded"] == "true"
    assert seen["contrasts"] == (claims["claim"] == names[1]).sum()


def test_a_point_has_its_rows_and_the_command_that_trains_it_again(look, tables):
    seen = look("""
    location.hash = "#experiment=headline&bits=10&methods=dni[label]&measure=bit_accuracy";
    await until(() => document.querySelectorAll("#curves button").length === 1);
    document.querySelector("#curves button").click();
    await until(() => !document.getElementById("point").hidden);
    await pick("choose-epoch", "295");
    document.querySelectorAll("#seeds button")[3].click();
    await wait(200);
    return {
      command: text("command"), address: location.hash,
      rows: [...document.querySelectorAll("#seeds tbody tr")].map(row =>
        [row.cells[0].innerText, row.cells[1].innerText].map(Number)),
    };
    """)
    cell = "dni-label,bits=10,epochs=600,done_after=10,tuned"
    assert seen["command"] == f"synthgrad spotcheck --cell {cell} --seed 103"
    assert "seed=103" in seen["address"]
    runs = tables.runs[(tables.runs["cell"] == cell) & (tables.runs["epoch"] == 295)]
    assert [row[0] for row in seen["rows"]] == list(runs["seed"])
    assert [row[1] for row in seen["rows"]] == pytest.approx(list(runs["bit_accuracy"]), rel=1e-3)


def test_a_click_on_the_chart_chooses_a_point(look):
    seen = look("""
    const marks = () => [...document.querySelectorAll("#chart .mark-symbol path")];
    await until(() => marks().length > 10);
    const mark = marks()[5];
    const {x, y, width, height} = mark.getBoundingClientRect();
    const at = {bubbles: true, clientX: x + width / 2, clientY: y + height / 2};
    mark.dispatchEvent(new MouseEvent("click", at));
    await wait(300);
    return {cell: choice("cell"), epoch: choice("epoch"), hidden: byId("point").hidden};
    """)
    assert seen["cell"]
    assert seen["epoch"]
    assert not seen["hidden"]


WHERE = """
const at = document.activeElement;
const before = {top: at.getBoundingClientRect().top, id: at.id, expanded: at.ariaExpanded};
scrollTo(0, 0);
document.activeElement.blur();
await pick("choose-bits", "10");
return {...before, stayed: scrollY === 0};
"""


@pytest.mark.parametrize(
    ("choice", "focused"),
    [
        ("experiment=headline&measure=alignment_2", "curves-title"),
        ("cell=dni-label,bits=10,epochs=600,done_after=10,tuned&bits=10", "curves-title"),
        ("claim=isolation-saves-time", "claims-isolation-saves-time"),
        ("verdict=fragile", ""),
        ("", ""),
    ],
)
def test_the_page_opens_at_what_its_address_says_and_stays_where_one_is_then(look, choice, focused):
    seen = look(WHERE, choice)
    assert seen["id"] == focused
    assert -1 < seen["top"] < 500
    assert (seen["expanded"] == "true") == choice.startswith("claim=")
    assert seen["stayed"]


def test_the_axes_of_the_chart_are_in_the_picture(look):
    seen = look("""
    const box = each => (({left, bottom}) => ({left, bottom}))(each.getBoundingClientRect());
    const texts = [...document.querySelectorAll("#chart .role-axis text")];
    return {picture: box(document.querySelector("#chart svg")), texts: texts.map(box)};
    """)
    assert len(seen["texts"]) > 10
    assert min(text["left"] for text in seen["texts"]) >= seen["picture"]["left"]
    assert max(text["bottom"] for text in seen["texts"]) <= seen["picture"]["bottom"] + 1


def test_the_page_fits_a_narrow_window_and_stays_below_its_size(page, look):
    assert page.stat().st_size < 5_000_000
    seen = look("""
    document.body.style.width = "340px";
    return Math.max(...[...document.querySelectorAll("form, h1, p")]
      .map(each => each.scrollWidth));
    """)
    assert seen <= 360
