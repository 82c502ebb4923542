"""What README.md and docs/ have of the published tables, each part between two markers.

`publish` writes them; after a new receipt, run python -m synthgrad.report.readme in the root of
the repository.
"""

import json
from pathlib import Path

import numpy as np

from synthgrad.claims.robustness import COLUMNS as ROBUSTNESS
from synthgrad.claims.robustness import robustness_texts
from synthgrad.claims.telling import claim_verdicts, history, verdict_table, verdicts_counted
from synthgrad.report.changes import changes
from synthgrad.report.markdown import markdown_table
from synthgrad.reproduce import manifest
from synthgrad.study.tables import read_csv, replacing

BEGIN, END = "<!-- {}: generated, do not edit -->", "<!-- end of {} -->"
"""What a part stands between."""

UNPUBLISHED = "The full study has not been published yet."

MARKUP = {"verdict": "**{}**", "figure": "[{0}](../figures/{0}.png)"}
"""How a text is marked in a column, if it is."""

BITS = 8
"""The sums that the findings are of."""

METHODS = {
    "backprop": "all layers wait for the true gradient",
    "local-loss": "each hidden layer learns for a readout of its own to the label",
    "feedback-alignment": "errors come down through fixed random matrices",
    "dni[output+label]": "generators see the layer's output and the label",
    "dni[label]": "generators see the label alone",
    "dni[output]": "generators see the layer's output alone, as in the tutorial",
    "frozen": "a control: hidden layers do not learn",
}
"""The methods that the findings are of, and what they are."""

CLAIMS = (
    "dni-learns",
    "labels-help",
    "half-the-iterations",
    "isolation-saves-time",
    "printed-error-misleads",
    "local-loss-beats-generators",
)
"""The claims whose verdicts the README tells."""


def write(root):
    """Write the parts into the documents of a repository, from its published tables."""
    for name, parts in DOCUMENTS.items():
        path = Path(root, name)
        text = with_generated(path.read_text(encoding="utf-8"), parts, Path(root, "published"))
        with replacing(path) as temporary:
            temporary.write_text(text, encoding="utf-8")


def with_generated(document, parts, folder):
    """The text of a document with its parts as they come from a folder of published tables.

    Raises
    ------
    ValueError
        If the document does not have the markers of a part, in order.
    """
    is_published = (folder / "claims.csv").exists()
    for name, part in parts.items():
        begin, end = BEGIN.format(name), END.format(name)
        before, found, rest = document.partition(begin)
        _, closed, after = rest.partition(end)
        if not (found and closed):
            raise ValueError(f"the document must have the lines {begin} and {end}")
        text = part(folder) if is_published else UNPUBLISHED
        document = f"{before}{begin}\n\n{text}\n\n{end}{after}"
    return document


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


def in_short(folder):
    """How many claims have each verdict, in a line, and some of the claims in a sentence each."""
    claims = read_csv(folder / "claims.csv")
    told = {each.claim: each for each in claim_verdicts(claims, _robustness(folder))}
    fragile = sum("fragile" in each.robust for each in told.values())
    counted = (
        f"Verdicts on {len(told)} claims: {verdicts_counted(claims)}; {fragile} are *fragile*."
    )
    sentences = [f"- {_sentence(told[claim])}" for claim in CLAIMS if claim in told]
    return "\n".join([counted, "", *sentences])


def _sentence(told):
    fragile = ", *fragile*" if "fragile" in told.robust else ""
    statement = told.statement.rstrip(".")
    return f"{statement}: **{told.verdict}**{fragile}, supported by {told.supported} contrasts."


def all_verdicts(folder):
    """The history of the claims in a sentence and the table of verdicts."""
    claims = read_csv(folder / "claims.csv")
    rows = verdict_table(claims, _robustness(folder))
    cells = [[_cell(*pair) for pair in row.items()] for row in rows]
    return f"{history(claims)}.\n\n{markdown_table(list(rows[0]), cells)}"


def _robustness(folder):
    """What alternatives come to, by claim; none if there is no table of them beside the claims."""
    path = folder / "robustness.csv"
    return robustness_texts(read_csv(path, ROBUSTNESS)) if path.exists() else {}


def last_spot_check(folder):
    """What the last spot check of these tables said, from its receipt."""
    checks = [each for each in _receipts(folder).values() if "summary" in each]
    last = max(checks, key=lambda each: each["machine"]["date"], default=None)
    return f"> {last['summary']}" if last else "These tables have not been checked yet."


def receipts(folder):
    """On how many kinds of machine the published tables were checked, as a line.

    Receipts of other tables do not count; one that is not identical is told.
    """
    kinds = {}
    for name, receipt in _receipts(folder).items():
        kind = name.partition("-")[2]
        kinds[kind] = kinds.get(kind, True) and _is_identical(receipt)
    identical = [kind for kind, is_identical in kinds.items() if is_identical]
    others = [kind for kind in kinds if kind not in identical]
    line = f"Identical on {len(identical)} of {len(kinds)} kinds of machine"
    line += f": {', '.join(identical)}" if identical else ""
    return line + (f"; not on {', '.join(others)}." if others else ".")


def _receipts(folder):
    """The receipts of these tables, by name."""
    found, published = {}, _digest(folder)
    for path in sorted(folder.glob("receipts/*.json")):
        receipt = json.loads(path.read_text(encoding="utf-8"))
        if published in (receipt.get("digest"), receipt.get("published_digests", {}).get("all")):
            found[path.stem] = receipt
    return found


def _is_identical(receipt):
    """Whether all that a spot check or a whole run was compared in is."""
    if "cells" in receipt:
        return not (receipt["cells"]["same distribution"] or receipt["cells"]["different"])
    return receipt["identical"] == receipt["checked"]


def digest(folder):
    """The digest of all values that training wrote."""
    return f"`{_digest(folder)}`"


def digests(folder):
    """The digest of each experiment, and that of all, as a table."""
    found = manifest.read(folder)["digests"]
    named = found["experiments"] | {"all": found["all"]}
    return markdown_table(
        ["experiment", "digest"], [[name, f"`{of}`"] for name, of in named.items()]
    )


def _digest(folder):
    return manifest.read(folder)["digests"]["all"]


DOCUMENTS = {
    "README.md": {
        "findings": findings,
        "verdicts": in_short,
        "spot check": last_spot_check,
        "receipts": receipts,
        "digest": digest,
    },
    "docs/verdicts.md": {"verdicts": all_verdicts},
    "docs/reproducing.md": {"digests": digests},
    "docs/changes-in-findings.md": {"changes": changes},
}
"""What gives each part, by the document that has it."""


def _cell(column, text):
    marked = MARKUP.get(column, "{}").format(text) if text else ""
    return marked.replace("|", "\\|")


if __name__ == "__main__":
    write(Path())
