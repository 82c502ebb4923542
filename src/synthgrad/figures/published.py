"""The figures of the published study, drawn anew."""

from matplotlib.figure import Figure

from synthgrad.figures.listing import figures, module
from synthgrad.figures.tables import load
from synthgrad.study.config import read_config
from synthgrad.study.published import shipped


def plot(figure: str) -> Figure:
    """Draw a figure of the published study.

    Parameters
    ----------
    figure : str
        Such as ``learning-curves``, ``depth`` or ``claims``.

    Returns
    -------
    matplotlib Figure

    Raises
    ------
    ValueError
        If there is no such figure; the message names all that there are.
    """
    if figure not in figures():
        raise ValueError(f"figure is {figure!r}; allowed are {', '.join(figures())}")
    bootstrap = read_config(shipped("config") / "config.yaml")["bootstrap"]
    tables = load(shipped("published"), bootstrap["resamples"], bootstrap["seed"])
    return module(figure).draw(tables)
