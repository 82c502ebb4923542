"""The captions of the figures, which stand in their modules: for the paper and for HTML.

In the paper a figure is also a link into the page to explore.
"""

import re

from synthgrad import statistics
from synthgrad.figures.listing import figures

CONFIDENCE = f"{statistics.CONFIDENCE * 100:g}"
"""Of the intervals, in per cent."""

TEXT = {
    r" \(\\cref\{[^}]*\}\)": "",  # points to what only the paper has
    r"\\cref\{fig:([^}]*)\}": r"the figure \1",
    r"\\(?:emph|method)\{([^}]*)\}": r"\1",
    r"\\tfrac(\d)(\d)": r"\1/\2",
    r"~|\\,": " ",
    r"\\%": "%",
    r"--": "\N{EN DASH}",
    r"\$": "",
}
"""What becomes of the TeX of captions in a text."""


def definitions():
    r"""The captions as TeX, and what each figure opens in the page to explore, for ``\widefigure``
    and ``\columnfigure`` to take by name."""
    captions = [
        f"\\defcaption{{{name}}}{{%\n{figure.caption.strip()}}}\n"
        for name, figure in figures().items()
    ]
    links = [f"\\deflink{{{name}}}{{{figure.opens}}}\n" for name, figure in figures().items()]
    return "".join(captions + links)


def text(figure, seeds):
    """The caption of a figure as text, given how many seeds each experiment has."""
    values = {f"seeds/{experiment}": count for experiment, count in seeds.items()}
    values |= {"study/confidence": CONFIDENCE}
    caption = " ".join(figures()[figure].caption.split())
    caption = re.sub(r"\\val\{([^}]*)\}", lambda key: str(values[key[1]]), caption)
    for tex, plain in TEXT.items():
        caption = re.sub(tex, plain, caption)
    return caption
