"""The verdicts in the README: a Markdown table between two markers."""

from synthgrad.claims.verdicts import COLUMNS, verdict_table
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
    table = markdown(read_csv(path)) if path.exists() else UNPUBLISHED
    return f"{before}{BEGIN}\n\n{table}\n\n{END}{after}"


def markdown(claims):
    """The table of verdicts, from a table of claims."""
    rows = [[_cell(*pair) for pair in row.items()] for row in verdict_table(claims)]
    head, *body = (f"| {' | '.join(cells)} |" for cells in [COLUMNS, *rows])
    return "\n".join([head, "|" + "---|" * len(COLUMNS), *body])


def _cell(column, text):
    marked = MARKUP.get(column, "{}").format(text) if text else ""
    return marked.replace("|", "\\|")
