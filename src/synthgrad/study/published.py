"""The published results, from any folder: they travel in the wheel.

In a clone they are the folder `published/` beside `src/`.
"""

from pathlib import Path

import pandas as pd

from synthgrad.study.tables import read_csv, read_table

PACKAGE = Path(__file__).parents[1]


def shipped(folder):
    """Where a folder that travels with the package is: ``published``, ``config`` or ``schemas``.

    Parameters
    ----------
    folder : str

    Returns
    -------
    Path
    """
    in_wheel = PACKAGE / "shipped" / folder
    if in_wheel.exists():
        return in_wheel
    repository = PACKAGE.parents[1]
    return repository / ("workflow/schemas" if folder == "schemas" else folder)


def published(name: str) -> pd.DataFrame:
    """A table of the published study.

    Parameters
    ----------
    name : str
        Such as ``outcomes`` (a row a seed), ``runs`` (a row a seed and recorded
        epoch), ``curves`` (the right training bits of every run after every epoch),
        ``tuned``, ``statistics`` or ``claims``.

    Returns
    -------
    DataFrame

    Raises
    ------
    ValueError
        If there is no such table; the message names all that there are.

    Examples
    --------
    >>> "headline" in set(published("outcomes")["experiment"])
    True
    """
    folder = shipped("published")
    paths = {path.stem: path for path in folder.iterdir() if path.suffix in (".parquet", ".csv")}
    if name not in paths:
        raise ValueError(f"name is {name!r}; allowed are {', '.join(sorted(paths))}")
    if paths[name].suffix == ".csv":
        return read_csv(paths[name])
    return read_table(paths[name], name).to_pandas()
