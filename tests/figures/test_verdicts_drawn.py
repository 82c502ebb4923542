"""The figures of the claims: the overview and the forest plot."""

import numpy as np
import pandas as pd
import pytest
from drawn import drawn, lines, panel
from made_up_claims import contrast_row
from made_up_study import STUDIES, rows_of, tables_of

from synthgrad.claims import judge
from synthgrad.claims.robustness import robustness_of
from synthgrad.figures import style
from synthgrad.figures.gallery import claims, overview


class TestOverview:
    @pytest.mark.parametrize("figure", ["findings", "overview"])
    def test_curves_are_those_of_the_middle_number_of_bits(self, full, figure):
        axes = panel(drawn(figure, "full"), "8 bits")
        for method, arm in rows_of(full.runs, "headline", bits=8).groupby("method"):
            (line,) = lines(axes, style.look(method).name)
            mean = arm.groupby("epoch")["bit_accuracy"].mean()
            np.testing.assert_allclose(line.get_ydata(), mean, rtol=1e-12)

    def test_it_does_without_conditioning(self, quick):
        outcomes = quick.outcomes[quick.outcomes["experiment"] != "conditioning"]
        figure = overview.draw(quick.changed(outcomes=outcomes))
        titles = [axes.get_title(loc="left") for axes in figure.axes]
        assert [title[:3] for title in titles] == ["(a)", "(b)", "(c)"]

    @pytest.mark.parametrize("study", STUDIES)
    def test_each_claim_has_the_symbol_of_its_verdict(self, study):
        axes = panel(drawn("overview", study), overview.TITLES["verdicts"])
        found = tables_of(study).claims.groupby("claim")["verdict"].first().value_counts()
        told = dict(reversed(text.get_text().split(" ", 1)) for text in axes.texts)
        assert {verdict: int(count) for verdict, count in told.items()} == found.to_dict()
        assert [len(line.get_xdata()) for line in axes.lines] == [int(n) for n in told.values()]
        for verdict, line in zip(told, axes.lines, strict=True):
            assert line.get_marker() == claims.SYMBOLS[verdict]["marker"]
            assert line.get_fillstyle() == claims.SYMBOLS[verdict].get("fillstyle", "full")


LOOK_NAMES = {look.name: shown for shown, look in claims.LOOKS.items()}


def contrasts_of(figure):
    """What the forest plot shows: a dict with a row, look, estimate and interval a contrast."""
    forest = panel(figure, claims_title(2))
    drawn = [line for line in forest.lines if line.get_label() in LOOK_NAMES]
    bars = [line for line in forest.lines if len(line.get_xdata()) == 2 and line not in drawn]
    bars = {line.get_ydata()[0]: line for line in bars if np.ptp(line.get_ydata()) == 0}
    rows = []
    for line in drawn:
        (estimate,), (place,) = line.get_data(orig=False)
        low, high = bars[place].get_xdata()
        rows.append((place, line.get_label(), estimate, low, high))
    columns = ["place", "shown", "estimate", "low", "high"]
    return pd.DataFrame(rows, columns=columns).sort_values("place", ignore_index=True)


def claims_title(column):
    return list(claims.COLUMNS)[column]


def in_order(table):
    """A table of claims with the predictions of this study at the end, as they are drawn."""
    return table.sort_values("edition", key=lambda edition: edition == "this study", kind="stable")


class TestClaims:
    @pytest.mark.parametrize("study", STUDIES)
    def test_every_contrast_that_is_tested_is_drawn_once_and_in_order(self, study):
        table = in_order(tables_of(study).claims)
        tested = table[table["evidence"] != judge.NOT_TESTED].reset_index(drop=True)
        figure = drawn("claims", study)
        shown = contrasts_of(figure)
        assert [LOOK_NAMES[name] for name in shown["shown"]] == list(tested["evidence"])
        sign = np.where(tested["direction"].isin(["less", "not more"]), -1, 1)
        step = np.where(tested["kind"] == "time", 0.5, 0.05)
        unit = sign / tested["smallest_effect"].where(tested["smallest_effect"] > 0, step)
        limits = panel(figure, claims_title(2)).get_xlim()
        shown = shown.astype({"estimate": float, "low": float, "high": float})
        estimates = (tested["estimate"] * unit).clip(*limits)
        np.testing.assert_allclose(shown["estimate"], estimates, rtol=1e-12)
        ends = np.sort(tested[["ci_low", "ci_high"]].mul(unit, axis=0)).clip(*limits)
        np.testing.assert_allclose(shown[["low", "high"]], ends, rtol=1e-12)

    def test_what_supports_a_claim_lies_where_the_claim_puts_it(self):
        figure = drawn("claims", "full")
        forest = panel(figure, claims_title(2))
        areas = [band.get_paths()[0].get_extents() for band in forest.collections]
        shown = contrasts_of(figure)
        assert set(shown["shown"]) == set(LOOK_NAMES)
        for row in shown.to_dict("records"):
            (area,) = [area for area in areas if area.y0 < row["place"] < area.y1]
            within = area.x0 <= row["low"] and row["high"] <= area.x1
            evidence = LOOK_NAMES[row["shown"]]
            assert within or evidence != judge.SUPPORTS
            if evidence == judge.AGAINST:
                assert not area.x0 < row["estimate"] < area.x1

    def test_an_end_without_a_bound_is_an_arrow_at_the_edge(self, quick):
        row = contrast_row("labels", "undecided", ci_low=-np.inf, direction="less")
        figure = claims.draw(quick.changed(claims=pd.DataFrame([row])))
        forest = panel(figure, claims_title(2))
        (shown,) = contrasts_of(figure).to_dict("records")
        # Turned, since less is claimed, and in smallest effects of 0.05.
        assert shown["low"] == pytest.approx(-6)
        assert shown["high"] == forest.get_xlim()[1]
        (arrow,) = [line for line in forest.lines if line.get_marker() in ("<", ">")]
        assert (arrow.get_marker(), *arrow.get_xdata()) == (">", shown["high"])

    @pytest.mark.parametrize("study", STUDIES)
    def test_each_verdict_stands_beside_its_claim(self, study):
        first = in_order(tables_of(study).claims).groupby("claim", sort=False).first()
        statements, told = (panel(drawn("claims", study), claims_title(k)) for k in (0, 3))
        rules = [line.get_ydata()[0] for line in statements.lines]
        assert len(rules) == len(first)
        for (name, claim), top, bottom in zip(
            first.iterrows(), rules, [*rules[1:], np.inf], strict=True
        ):
            here = [
                " ".join(t.get_text() for t in axes.texts if top < t.get_position()[1] < bottom)
                for axes in (statements, told)
            ]
            assert here[0].startswith(claim["statement"])
            assert here[1].startswith(claim["verdict"])
            fragile = robustness_of(tables_of(study).robustness, name).fragile
            assert ("fragile" in here[1]) == fragile
            numbers = claim["tested_contrasts"].split(" of ")
            assert (f"{claim['tested_contrasts']} tested" in here[1]) == (len(set(numbers)) > 1)
            (symbol,) = [line for line in told.lines if top < line.get_ydata()[0] < bottom]
            assert symbol.get_marker() == claims.SYMBOLS[claim["verdict"]]["marker"]

    def test_verdicts_look_different(self):
        looks = {
            tuple(symbol.get(key) for key in ("marker", "color", "fillstyle", "markerfacecoloralt"))
            for symbol in claims.SYMBOLS.values()
        }
        assert len(looks) == len(claims.SYMBOLS) == len(judge.VERDICTS)

    def test_it_fits_on_a_page(self):
        assert drawn("claims", "full").get_size_inches()[1] < 10.7
