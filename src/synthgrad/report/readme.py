"""What the README has of the published tables: findings, verdicts and the digest, each between
two markers."""

import json
from pathlib import Path

import numpy as np

from synthgrad.claims.robustness import COLUMNS as ROBUSTNESS
from synthgrad.claims.robustness import robustness_texts
from synthgrad.claims.verdicts import history, verdict_table, verdicts_counted
from synthgrad.reproduce import manifest
from synthgrad.study.tables import read_csv

BEGIN, END = "<!-- {}: generated, do not edit -->", "<!-- end of {} -->"
"""What a part stands between."""

UNPUBLISHED = "The full study has not been published yet."

MARKUP = {"verdict": "**{}**", "figure": "[{0}](figures/{0}.png)"}
"""How a text is marked in a column, if it is."""

BITS = 8
"""The sums that the findings are of."""

METHODS = {
    "backprop": "all layers wait for the true gradient",
    "local-loss": "each hidden layer learns for a readout of its own to the label",
    "feedback-alignment": "errors come down through fixed random matrices",
    "dni[output+label]": "generators see the layer's output and the label",
    "dni[label+batchnorm]": "generators see the label and the normalised output",
    "dni[label]": "generators see the label alone",
    "dni[output]": "generators see the layer's output alone, as in the tutorial",
    "frozen": "a control: hidden layers do not learn",
}
"""The methods that the findings are of, and what they are."""


def with_generated(readme, folder):
    """The text of a README with the parts that come from a folder of published tables.

    Raises
    ------
    ValueError
        If the README does not have the markers of a part, in order.
    """
    for name, part in PARTS.items():
        begin, end = BEGIN.format(name), END.format(name)
        before, found, rest = readme.partition(begin)
        _, closed, after = rest.partition(end)
        if not (found and closed):
            raise ValueError(f"the README must have the lines {begin} and {end}")
        is_published = Path(folder, "claims.csv").exists()
        text = part(Path(folder)) if is_published else UNPUBLISHED
        readme = f"{before}{begin}\n\n{text}\n\n{end}{after}"
    return readme


def findings(folder):
    """Score, final accuracy and time of some methods, as a table."""
    summary, survival, tuned = (
        read_csv(folder / f"{name}.csv") for name in ("summary", "survival", "tuned")
    )
    head = ["method", "score", "final accuracy", "epochs to 95 %", ""]
    rows = []
    for method, clause in METHODS.items():
        means = _of(summary, method).set_index("measure")
        [time] = _of(survival, method)["median"]
        [cell] = _of(survival, method)["cell"]
        step = tuned.loc[tuned["cell"] == cell, "generator_step_size"]
        switched_off = "; switched off by tuning" if (step == 0).any() else ""
        score, accuracy = (
            "{mean:.2f} [{ci_low:.2f}, {ci_high:.2f}]".format(**means.loc[measure])
            for measure in ("accuracy_auc", "bit_accuracy")
        )
        epochs = f"{time:.0f}" if np.isfinite(time) else "not reached"
        rows.append([f"`{method}`", score, accuracy, epochs, clause + switched_off])
    return markdown_table(head, rows)


def _of(table, method):
    """The rows of a method in the headline."""
    chosen = (table["experiment"] == "headline") & (table["bits"] == BITS)
    return table[chosen & (table["method"] == method) & (table["chosen"] != "above 0")]


def verdicts(folder):
    """The history of the claims and the table of their verdicts."""
    path = folder / "claims.csv"
    return markdown(read_csv(path), _robustness(path))


def digest(folder):
    """The digest of all values that training wrote."""
    return f"`{manifest.read(folder)['digests']['all']}`"


def receipts(folder):
    """On how many kinds of machine the published tables were checked, as a line.

    Receipts of other tables do not count; one that is not identical is told.
    """
    published = manifest.read(folder)["digests"]["all"]
    found = {path.stem: json.loads(path.read_text()) for path in folder.glob("receipts/*.json")}
    kinds = {}
    for name, receipt in sorted(found.items()):
        if published in (receipt.get("digest"), receipt.get("published_digests", {}).get("all")):
            kind = name.partition("-")[2]
            kinds[kind] = kinds.get(kind, True) and _is_identical(receipt)
    identical = [kind for kind, is_identical in kinds.items() if is_identical]
    others = [kind for kind in kinds if kind not in identical]
    line = f"Identical on {len(identical)} of {len(kinds)} kinds of machine"
    line += f": {', '.join(identical)}" if identical else ""
    return line + (f"; not on {', '.join(others)}." if others else ".")


def _is_identical(receipt):
    """Whether all that a spot check or a whole run was compared in is."""
    if "cells" in receipt:
        return not (receipt["cells"]["same distribution"] or receipt["cells"]["different"])
    return receipt["identical"] == receipt["checked"]


PARTS = {"findings": findings, "verdicts": verdicts, "digest": digest}


def _robustness(path):
    """What alternatives come to, by claim; none if there is no table of them beside the claims."""
    beside = path.with_name("robustness.csv")
    return robustness_texts(read_csv(beside, ROBUSTNESS)) if beside.exists() else {}


def markdown(claims, robustness=None):
    """The history of the claims in a sentence, how many have each verdict, and the table of
    verdicts; from a table of claims and what `claim_verdicts` takes."""
    told = verdict_table(claims, robustness)
    rows = [[_cell(*pair) for pair in row.items()] for row in told]
    sentences = [
        f"{history(claims)}: `claims.csv` says what was changed in which, and why.",
        f"The verdicts: {verdicts_counted(claims)}.",
    ]
    return "\n".join([*sentences, "", markdown_table(list(told[0]), rows)])


def markdown_table(head, rows):
    """A table in Markdown, from the texts of its cells."""
    first, *body = (f"| {' | '.join(cells)} |" for cells in [head, *rows])
    return "\n".join([first, "|" + "---|" * len(head), *body])


def _cell(column, text):
    marked = MARKUP.get(column, "{}").format(text) if text else ""
    return marked.replace("|", "\\|")
