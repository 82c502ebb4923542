"""What is told of a claim in the terminal, and that the command it names works."""

import shlex

import numpy as np
import pandas as pd
import pytest
from made_up_claims import contrast_row, three_claims
from made_up_robustness import judged_again

from synthgrad.claims.comparisons import KINDS
from synthgrad.claims.robustness import robustness_of
from synthgrad.report.explanation import COMPARED, WIDTH, explanation, listing, retraining

OUTCOMES = pd.DataFrame({"cell": ["a,tuned", "a,tuned", "b,tuned"], "seed": [101, 100, 100]})


def about(text, name):
    """The text of the first field of this name, on however many lines."""
    lines = text.splitlines()
    first = next(i for i, line in enumerate(lines) if line.strip().startswith(f"{name} "))
    margin = lines[first].index(name) + 11
    found = [lines[first][margin:]]
    for line in lines[first + 1 :]:
        if not line.startswith(" " * margin):
            break
        found.append(line.strip())
    return " ".join(found)


def test_all_claims_are_listed_a_line_each():
    assert [" ".join(line.split()) for line in listing(three_claims()).splitlines()] == [
        "labels reproduced 2 of 2",
        "depth mixed 1 of 4; 1 undecided, 2 against; 4 of 5 tested",
        "speed not tested 0 of 1 tested",
    ]


def test_a_claim_is_told_with_source_history_and_every_contrast():
    text = explanation(three_claims(), "depth")
    assert text.startswith("depth: mixed\n\nAbout depth.\n")
    assert about(text, "said in") == "23 March 2017, part 6"
    assert about(text, "written") == "before the first results"
    assert about(text, "changed") == "Asked of arms that learn."
    contrasts = [line for line in text.splitlines() if line.startswith("depth ")]
    shown = ["supports", "undecided", "against", "against", "not tested"]
    assert contrasts == [f"depth {each}: {each}" for each in shown]
    assert about(text, "why") == "no experiment"


def test_a_contrast_has_its_numbers_in_words():
    row = contrast_row(
        "c",
        "undecided",
        direction="not more",
        ci_high=np.inf,
        p_supports=0.2,
        p_supports_holm=0.4,
        p_against=0.0001,
        arm_diverged=3,
        kind="time",
    )
    text = explanation(pd.DataFrame([row]), "c")
    assert about(text, "claimed") == "not more than 0.05"
    assert about(text, "found") == "0.25, 95 % interval [0.2, ∞), 30 seeds"
    assert about(text, "p for it") == "0.400 after Holm, 0.200 alone"
    assert about(text, "p against") == "0.010 after Holm, < 0.001 alone"
    assert about(text, "diverged") == "arm 3, reference 0"
    assert about(text, "reference") == "headline: frozen,bits=4,tuned"


@pytest.mark.parametrize(
    ("direction", "smallest", "expected"),
    [
        ("more", 0.05, "more than 0.05"),
        ("less", 0.05, "less than -0.05"),
        ("less", 0.0, "less than 0"),
        ("not less", 0.5, "not less than -0.5"),
        ("same", 0.05, "within 0.05 of 0"),
    ],
)
def test_what_is_claimed_is_said_in_words(direction, smallest, expected):
    row = contrast_row("c", "supports", direction=direction, smallest_effect=smallest)
    assert about(explanation(pd.DataFrame([row]), "c"), "claimed") == expected


def test_every_kind_of_contrast_has_words():
    assert set(COMPARED) == {*KINDS, "identity"}


def test_it_is_readable_in_a_terminal():
    claims = three_claims().assign(statement="Word " * 60, changed="and " * 60)
    text = explanation(claims, "depth")
    assert max(map(len, text.splitlines())) <= WIDTH
    assert about(text, "changed").split() == ["and"] * 60


def test_what_makes_a_verdict_fragile_is_told():
    claims = three_claims()
    rows = judged_again(claims).query("claim == 'labels'")
    assert "fragile by" not in explanation(claims, "labels", rows.assign(verdict="reproduced"))
    flipped = rows["counts"] & (rows["kind"] == "crossed")
    fragile = rows.assign(verdict=np.where(flipped, "contradicted", "reproduced"))
    text = explanation(claims, "labels", fragile)
    found = robustness_of(fragile, "labels")
    assert about(text, "changed by") == f"{found.text} other ways of judging"
    assert found.text == f"fragile: {flipped.sum()} of {rows['counts'].sum()}"
    assert about(text, "fragile by") == "; ".join(found.reasons)


def named(arm, reference=""):
    """The rows of a claim that is about these cells."""
    row = contrast_row("c", "supports", arm_cells=arm, reference_cells=reference)
    return pd.DataFrame([row])


def test_a_point_is_trained_again_by_one_command():
    command = retraining(named("headline: b,tuned"), OUTCOMES, "results/my run")
    assert shlex.split(command) == [
        *("synthgrad", "spotcheck", "results/my run"),
        *("--cell", "b,tuned", "--seed", "100"),
    ]
    long = "-".join(["64"] * 40)
    outcomes = pd.DataFrame({"cell": [long], "seed": [7]})
    lines = retraining(named(f"depth: {long}"), outcomes).splitlines()
    assert len(lines) == 2
    assert lines[0].endswith(" \\")
    assert shlex.split(lines[1]) == ["--cell", long, "--seed", "7"]


def test_the_point_is_one_that_the_tables_have():
    assert "--cell a,tuned" in retraining(named("x: gone", "x: other; y: a,tuned"), OUTCOMES)
    assert retraining(named("x: gone"), OUTCOMES) == ""
    untested = pd.DataFrame([contrast_row("c", "not tested", arm_cells=np.nan)])
    assert retraining(untested.assign(reference_cells=np.nan), OUTCOMES) == ""


def test_of_a_timed_cell_it_is_the_network_that_was_not():
    rows = named("decoupling: b,tuned, decoupled", "decoupling: b,tuned, locked, 5 parts")
    command = retraining(rows, OUTCOMES)
    assert shlex.split(command)[-4:] == ["--cell", "b,tuned", "--seed", "100"]
    assert "synthgrad decoupling" in explanation(rows, "c", command=command)
