"""What a number of the paper rests on."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from synthgrad.report import evidence
from synthgrad.report.evidence import smallest, sources, text_of


@given(st.integers(0, 40), st.sets(st.integers(0, 39)))
def test_what_decides_alone_is_found_alone(count, decisive):
    listed = list(range(count))
    found = smallest(listed, lambda part: bool(decisive & set(part)))
    assert found == sorted(decisive & set(listed))


@given(st.integers(2, 40), st.data())
def test_what_decides_together_is_found_together(count, data):
    """A number that changes only where two rows are both left out rests on both."""
    pair = data.draw(st.sets(st.integers(0, count - 1), min_size=2, max_size=2))
    found = smallest(list(range(count)), lambda part: pair <= set(part))
    assert found == sorted(pair)


def test_a_mean_rests_on_its_row_of_the_summary(run):
    [(file, rows)] = sources(run, "headline/6/backprop/accuracy_auc")
    assert file == "summary.csv"
    [row] = rows.to_dict("records")
    assert (row["method"], row["bits"], row["measure"]) == ("backprop", 6, "accuracy_auc")


def test_every_row_that_a_number_rests_on_changes_it_and_no_other_does(run):
    key = "tuning/step-sizes-on-edge"
    text, give = text_of(run, key)
    [(file, rows)] = sources(run, key)
    assert file == "tuned.csv"
    for row in run.tuned.index:
        without = run.changed(tuned=run.tuned.drop(row))
        assert (give(without)[key] != text) == (row in rows.index)


def test_of_two_rows_that_say_the_same_both_are_told(run):
    """The largest of several: without one of two such rows it is the other's."""
    twice = run.changed(tuned=pd.concat([run.tuned, run.tuned], ignore_index=True))
    key = "tuning/step-sizes-on-edge"
    assert text_of(twice, key) != text_of(run, key)
    best = run.changed(ranking=pd.concat([run.ranking.head(1)] * 2, ignore_index=True))
    [(_, rows)] = sources(best, "ranking/first")
    assert list(rows.index) == [0, 1]


def test_a_setting_rests_on_no_table(run):
    assert sources(run, "study/seeds") == []


def test_every_table_is_asked(run):
    asked = []
    sources(run, "study/seeds", lambda: asked.append(1))
    assert len(asked) == len(evidence.tables(run)) >= len(run.ranks) + 10


def test_a_table_rests_on_the_cells_that_it_has(run):
    [(file, rows)] = sources(run, "table/survival")
    assert file == "survival.csv"
    assert set(rows["experiment"]) == {"headline"}
    with pytest.raises(KeyError):
        text_of(run, "table/none")
