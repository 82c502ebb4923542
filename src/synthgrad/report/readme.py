"""The verdicts in the README: two sentences and a Markdown table between two markers."""

from synthgrad.claims.robustness import COLUMNS as ROBUSTNESS
from synthgrad.claims.robustness import robustness_texts
from synthgrad.claims.verdicts import history, verdict_table, verdicts_counted
from synthgrad.study.tables import read_csv

BEGIN, END = "<!-- verdicts: generated, do not edit -->", "<!-- end of verdicts -->"
"""What the table stands between."""

UNPUBLISHED = "The full study has not been published yet; its verdicts will stand here."

MARKUP = {"verdict": "**{}**", "figure": "[{0}](figures/{0}.png)"}
"""How a text is marked in a column, if it is."""


def with_verdicts(readme, path):
    """The text of a README with the verdicts of a table of claims, if the file is there.

    Raises
    ------
    ValueError
        If the README does not have the markers, in order.
    """
    before, begin, rest = readme.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"the README must have the lines {BEGIN} and {END}")
    table = markdown(read_csv(path), _robustness(path)) if path.exists() else UNPUBLISHED
    return f"{before}{BEGIN}\n\n{table}\n\n{END}{after}"


def _robustness(path):
    """What alternatives come to, by claim; none if there is no table of them beside the claims."""
    beside = path.with_name("robustness.csv")
    return robustness_texts(read_csv(beside, ROBUSTNESS)) if beside.exists() else {}


def markdown(claims, robustness=None):
    """The history of the claims in a sentence, how many have each verdict, and the table of
    verdicts; from a table of claims and what `claim_verdicts` takes."""
    told = verdict_table(claims, robustness)
    rows = [[_cell(*pair) for pair in row.items()] for row in told]
    head, *body = (f"| {' | '.join(cells)} |" for cells in [told[0], *rows])
    sentences = [
        f"{history(claims)}: `claims.csv` says what was changed in which, and why.",
        f"The verdicts: {verdicts_counted(claims)}.",
    ]
    return "\n".join([*sentences, "", head, "|" + "---|" * len(told[0]), *body])


def _cell(column, text):
    marked = MARKUP.get(column, "{}").format(text) if text else ""
    return marked.replace("|", "\\|")
