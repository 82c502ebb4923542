"""What the alternatives ask of a contrast (`alternatives` of `config/claims.yaml`).

Some are crossed: the budget, the outcome, the smallest effect and the test. Others are made one at
a time: cells in place of others, and seeds on which a run diverged left out.
"""

from dataclasses import dataclass
from itertools import product
from math import log

from synthgrad.claims.comparisons import TESTS
from synthgrad.claims.contrasts import described_side, texts

CROSSED, SWAPPED, WITHOUT_DIVERGED = KINDS = ("crossed", "swap", "diverged left out")
"""Kinds of alternatives; the last is shown and never counts."""

ALL = "all"
"""The budget of all epochs."""

OWN = "own"
"""The outcome that a contrast has itself."""

TIME = "time"
"""The kind of contrasts of times, of which less is better."""

TURNED = {"more": "less", "less": "more", "not more": "not less", "not less": "not more"}
"""The same direction of what is better where it is less."""

OUTCOMES = {
    OWN: "own outcomes",
    "accuracy_auc": "score",
    "bit_accuracy": "final accuracy",
    "epochs_to_95": "epochs to 95 %",
}
"""Outcomes in words."""


@dataclass(frozen=True)
class Alternative:
    """A way of judging all claims again; by default as they are.

    swaps : which cells take the place of which, as in the file of claims
    """

    kind: str = CROSSED
    name: str = ""
    budget: int | str = ALL
    outcome: str = OWN
    effect: float = 1
    test: str = TESTS[0]
    swaps: tuple = ()


def alternatives(declared):
    """Every `Alternative` that is declared, the first being the claims as they are.

    Of each choice the claims' own stands first, so that of alternatives that come to the same
    for a claim the first is nearest to it.
    """
    budgets = sorted(declared["budgets"], key=lambda budget: budget != ALL)
    effects = sorted(declared["smallest_effects"], key=lambda effect: abs(log(effect)))
    tests = sorted(declared["tests"], key=TESTS.index)
    asked = [(ALL, OWN), *product(budgets, declared["outcomes"])]
    return [
        Alternative(),
        *(
            Alternative(budget=budget, outcome=outcome, effect=effect, test=test)
            for (budget, outcome), effect, test in product(asked, effects, tests)
        ),
        *(
            Alternative(SWAPPED, name, swaps=tuple(swaps))
            for name, swaps in declared["swaps"].items()
        ),
        Alternative(WITHOUT_DIVERGED, "diverged seeds left out"),
    ]


def epochs_of(declared):
    """The declared budgets that are numbers of epochs."""
    return [budget for budget in declared["budgets"] if budget != ALL]


def in_words(alternative, budget, outcome):
    """An alternative in words, with the budget and the outcome that it has for a claim, if any."""
    if alternative.name:
        return alternative.name
    rest = [f"smallest effect x {alternative.effect:g}", alternative.test]
    return ", ".join([within(budget, outcome), *rest] if outcome else rest)


def within(budget, outcome):
    """A budget and an outcome in words."""
    return f"{budget} epochs, {OUTCOMES[outcome]}"


def outcomes_within(outcomes, curves, budget):
    """The table of outcomes as it would be after so many epochs; of runs with no more, as it is."""
    at_budget = curves[curves["epoch"] == budget].set_index(["cell", "seed"])
    accuracy = (at_budget["right_bits"] / at_budget["training_bits"]).rename("accuracy")
    accuracy = outcomes[["cell", "seed"]].join(accuracy, on=["cell", "seed"])["accuracy"]
    longer = outcomes["epochs"] > budget
    reached, diverged = outcomes["epochs_to_95"], outcomes["diverged_at"]
    return outcomes.assign(
        epochs=outcomes["epochs"].clip(upper=budget),
        accuracy_auc=outcomes["accuracy_auc"].mask(longer, outcomes[f"accuracy_auc_{budget}"]),
        bit_accuracy=outcomes["bit_accuracy"].mask(longer, accuracy),
        epochs_to_95=reached.where(reached <= budget),
        diverged_at=diverged.where(diverged <= budget),
    )


def own_outcome(contrast, outcomes):
    """Which of the outcomes that take the place of one another a contrast compares; None if it is
    of something else."""
    named = [contrast.get(key, {}) for key in ("where", "arm", "reference")]
    apart = any(isinstance(side, dict) and "measure" in side for side in named)
    of_kind = contrast["kind"] in ("difference", TIME, "trend", "best")
    measure = contrast.get("measure")
    return measure if of_kind and measure in outcomes and not apart else None


def with_outcome(contrast, outcome, outcomes):
    """A contrast of an outcome in place of its own; itself if it is of something else, None if
    there is no such contrast.

    A smallest effect in units of the outcome keeps its proportion to that which is declared.

    outcomes : dict of the smallest effect of each
    """
    own = own_outcome(contrast, outcomes)
    if own is None or outcome in (OWN, own):
        return contrast
    changed = contrast | {"measure": outcome}
    if contrast["kind"] != "trend":
        proportion = contrast.get("smallest_effect", 0.0) / outcomes[own]
        changed["smallest_effect"] = proportion * outcomes[outcome]
    was, becomes = _is_time(own), _is_time(outcome)
    if becomes and not _has_times(contrast):
        return None
    if was != becomes:
        changed["kind"] = TIME if becomes else "difference"
        changed["direction"] = TURNED.get(contrast["direction"], contrast["direction"])
    return changed


def _is_time(outcome):
    return outcome == "epochs_to_95"


def _has_times(contrast):
    """Whether the sides of a contrast have a time each: it is not a change, nor a mean of cells of
    which some may never get there."""
    if contrast["kind"] not in ("difference", TIME):
        return False
    sides = [described_side(contrast, side) for side in ("arm", "reference")]
    return not any(
        key == "minus" or isinstance(value, list) for side in sides for key, value in side.items()
    )


def with_swaps(contrast, swaps):
    """A contrast with other cells in place of its own, on both sides; None if one has cells that
    are not swapped."""
    replaced = {}
    for name in ("arm", "reference"):
        if not isinstance(contrast.get(name), dict):
            continue
        side = described_side(contrast, name)
        found = next((swap for swap in swaps if _has_cells(side, swap["cells"])), None)
        if found is None:
            return None
        replaced[name] = side | found["swapped"]
    return contrast | replaced


def _has_cells(side, cells):
    """Whether all that a side picks is among these cells."""
    return all(
        column in side and set(texts(side[column])) <= set(texts(value))
        for column, value in cells.items()
    )
