"""Tables in Markdown."""


def markdown_table(head, rows):
    """A table from the texts of its cells."""
    first, *body = (f"| {' | '.join(cells)} |" for cells in [head, *rows])
    return "\n".join([first, "|" + "---|" * len(head), *body])
