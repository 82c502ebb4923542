"""Every claim judged again under declared alternatives, and which of them make a verdict fragile.

Under an alternative a claim is judged by the same rule on the contrasts that can be asked and
tested under it, with p-values adjusted among all that is asked under it. Its verdict stands beside
the one that the same contrasts have as they are. An alternative that asks nothing of a claim that
an earlier one does not ask has no row.
"""

import json
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

import pandas as pd

from synthgrad.claims import alternatives as ways
from synthgrad.claims.alternatives import ALL, OWN, SWAPPED, WITHOUT_DIVERGED
from synthgrad.claims.comparisons import SIGNED_RANKS, decide, locate
from synthgrad.claims.contrasts import CELL, arrange
from synthgrad.claims.judge import (
    CONTRADICTED,
    PARTLY,
    REPRODUCED,
    all_repetitions,
    verdict,
    with_evidence,
)
from synthgrad.statistics.streams import stream

AS_IT_IS = "as it is"
"""The alternative, and its kind, that leaves a claim as it is."""

COLUMNS = [
    *("claim", "alternative", "kind", "budget", "outcome", "effect", "test"),
    *("contrasts", "as_published", "verdict", "counts"),
]
"""Columns of the table, which has a row for each claim and alternative that applies to it."""


class Question(NamedTuple):
    """What is asked of a contrast: the contrast as JSON, within which budget, with how many times
    its smallest effect, by which test, and without the seeds on which a run diverged or with them.
    """

    contrast: str
    budget: int | str = ALL
    effect: float = 1
    test: str = SIGNED_RANKS
    without_diverged: bool = False


def judge_again(claims, declared, runs, outcomes, curves, seed, seconds=None):
    """Judge claims by the tables of a run under every alternative.

    Parameters
    ----------
    claims, declared : dicts
        The claims and the alternatives, as from `config.read_judged`.
    runs, outcomes, curves : DataFrames
    seed : int
        Of the tests that draw.
    seconds : DataFrame, default none
        The table of `speedup.to_95`.

    Returns
    -------
    DataFrame with `COLUMNS`
        `effect` is what smallest effects are multiplied by, `contrasts` how many are judged. Budget
        and outcome are blank for a claim that is about something else.
    """
    results = _results(ways.epochs_of(declared), runs, outcomes, curves, seconds)
    decided = _decider(results, seed)
    contrasts = list(_tested(decided, all_repetitions(results[ALL], claims), declared, outcomes))
    listed = ways.alternatives(declared)
    rows = [
        {"claim": tested.claim, "family": claims[tested.claim]["family"], "place": place}
        | {"name": tested.contrast["name"], "question": question}
        | decided(tested.claim, question)
        for place, alternative in enumerate(listed)
        for tested in contrasts
        if (question := _question(alternative, tested, declared["outcomes"]))
    ]
    own = {claim: {each.outcome for each in contrasts if each.claim == claim} for claim in claims}
    found = [
        _row(claim, listed[place], of_claim, own[claim] - {None})
        for claim, place, of_claim in _applicable(_shown(rows), claims)
    ]
    return pd.DataFrame(found, columns=COLUMNS)


def _results(budgets, runs, outcomes, curves, seconds):
    """The `Results` of all epochs and within each budget, for which there are no times in ranks."""
    return {ALL: arrange(runs, outcomes, seconds)} | {
        budget: arrange(runs[:0], ways.outcomes_within(outcomes, curves, budget))
        for budget in budgets
    }


class Tested(NamedTuple):
    """A contrast that is tested as it is, the outcome that it is of, if any, which budgets are
    shorter than its runs, and whether any of these diverged."""

    claim: str
    contrast: dict
    outcome: str | None
    budgets: set
    diverged: bool


def _tested(decided, asked, declared, outcomes):
    """Each `Tested` of the contrasts that are asked."""
    epochs = outcomes.groupby(CELL)["epochs"].max()
    for claim, _, contrast in asked:
        row = decided(claim, Question(json.dumps(contrast)))
        if row["tested"]:
            longest = max(epochs.get(cell, 0) for cell in row["cells"])
            outcome = ways.own_outcome(contrast, declared["outcomes"])
            shorter = {budget for budget in ways.epochs_of(declared) if budget < longest}
            diverged = row["arm_diverged"] + row["reference_diverged"] > 0
            yield Tested(claim, contrast, outcome, shorter if outcome else set(), diverged)


def _decider(results, seed):
    """A function from a claim and a `Question` to a row of `compare`, with its cells; it computes
    what it is asked again once."""

    @cache
    def located(contrast, budget, without_diverged):
        return locate(results[budget], json.loads(contrast), without_diverged)

    @cache
    def decided(name, question):
        compared = located(question.contrast, question.budget, question.without_diverged)
        rng = stream(seed, "claim", name, compared.row["contrast"])
        row = decide(compared, rng, question.test, question.effect)
        return row | {"cells": compared.cells}

    return decided


def _question(alternative, tested, outcomes):
    """What an alternative asks of a contrast, None if nothing. What the contrast does not have is
    as it is: a budget shorter than its runs, a smallest effect, a test, seeds that diverged."""
    contrast = tested.contrast
    if alternative.kind == SWAPPED:
        changed = ways.with_swaps(contrast, alternative.swaps)
    else:
        changed = ways.with_outcome(contrast, alternative.outcome, outcomes)
    if changed is None:
        return None
    exact = contrast["kind"] == "identity"
    return Question(
        json.dumps(changed),
        budget=alternative.budget if alternative.budget in tested.budgets else ALL,
        effect=alternative.effect if contrast.get("smallest_effect") and not exact else 1,
        test=SIGNED_RANKS if exact else alternative.test,
        without_diverged=alternative.kind == WITHOUT_DIVERGED and tested.diverged,
    )


def _shown(rows):
    """A table of what is tested under each alternative, with the evidence there and as it is."""
    numbers = ["p_supports", "p_against", "estimate"]
    columns = ["claim", "family", "place", "name", "question", "kind", "tested", *numbers]
    table = pd.DataFrame(rows, columns=columns)
    table = with_evidence(table, ["place", "family"])
    as_it_is = table[table["place"] == 0].set_index(["claim", "name"])["evidence"]
    table = table.join(as_it_is.rename("as_it_is"), on=["claim", "name"])
    return table[table["tested"].astype(bool)]


def _applicable(shown, claims):
    """Claim, place of an alternative and its rows, for those alternatives that ask what no earlier
    one does."""
    for claim in claims:
        earlier = []
        for place, rows in shown[shown["claim"] == claim].groupby("place"):
            asks = set(rows["question"])
            if not any(asks <= other for other in earlier):
                earlier.append(asks)
                yield claim, place, rows


def _row(claim, alternative, rows, own):
    """The row of the table; `own` are the outcomes that the claim is about."""
    budget, outcome = alternative.budget, alternative.outcome
    if not own:
        budget = outcome = ""
    elif outcome == OWN and len(own) == 1:
        [outcome] = own
    as_it_is = alternative == ways.Alternative()
    return {
        "claim": claim,
        "alternative": AS_IT_IS if as_it_is else ways.in_words(alternative, budget, outcome),
        "kind": AS_IT_IS if as_it_is else alternative.kind,
        "budget": str(budget),
        "outcome": outcome,
        "effect": alternative.effect,
        "test": alternative.test,
        "contrasts": len(rows),
        "as_published": verdict(list(rows["as_it_is"])),
        "verdict": verdict(list(rows["evidence"])),
        "counts": not as_it_is and alternative.kind != WITHOUT_DIVERGED,
    }


@dataclass(frozen=True)
class Robustness:
    """How a claim's verdict bears the alternatives that apply to it and count.

    applicable, changed : how many there are, and how many change the verdict
    flipped_by : DataFrame, the rows of those that move it between reproduced or partly and
        contradicted
    """

    applicable: int
    changed: int
    flipped_by: pd.DataFrame

    @property
    def fragile(self):
        """Whether any does."""
        return len(self.flipped_by) > 0

    @property
    def text(self):
        """How many change the verdict: ``fragile: 9 of 53``, ``3 of 53`` or ``none of 53``; empty
        if none applies."""
        if not self.applicable:
            return ""
        count = f"{self.changed or 'none'} of {self.applicable}"
        return f"fragile: {count}" if self.fragile else count

    @property
    def reasons(self):
        """What makes it fragile, in words: budgets with outcomes, each with the number of choices
        of smallest effect and test that do, and swaps."""
        swaps = self.flipped_by["kind"] == SWAPPED
        crossed = self.flipped_by[~swaps].groupby(["budget", "outcome"], sort=False, dropna=False)
        chosen = [
            f"{ways.within(budget, outcome) if outcome in ways.OUTCOMES else 'as asked'} ({count})"
            for (budget, outcome), count in crossed.size().items()
        ]
        return [*chosen, *self.flipped_by.loc[swaps, "alternative"]]


def robustness_of(table, claim):
    """The `Robustness` of a claim, from a table of `judge_again`."""
    rows = table[(table["claim"] == claim) & table["counts"].astype(bool)]
    changed = rows["verdict"] != rows["as_published"]
    return Robustness(len(rows), int(changed.sum()), rows[flips(rows)])


def robustness_texts(table):
    """How many alternatives change each verdict, in words, by claim; from `judge_again`."""
    return {claim: robustness_of(table, claim).text for claim in table["claim"].unique()}


def flips(rows):
    """Which alternatives move a verdict between reproduced or partly and contradicted."""
    before, after = rows["as_published"], rows["verdict"]
    held = [REPRODUCED, PARTLY]
    lost = before.isin(held) & (after == CONTRADICTED)
    return lost | (before == CONTRADICTED) & after.isin(held)
