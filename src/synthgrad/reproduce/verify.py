"""Does a run agree with the published one?

Cell by cell on the seeds and epochs that both have: bit-identical, within
tolerance, or different. Then verdict by verdict of the claims that both have
tested: a run of a part of the study does not test them all.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from synthgrad.claims.judge import NOT_TESTED
from synthgrad.study.tables import DamagedTable, read_csv, read_table

TOLERANCE = 1e-6
"""Relative difference that other CPU kernels or versions can explain."""

IDENTICAL, CLOSE, DIFFERENT = "bit-identical", "within tolerance", "different"

KEYS = ["seed", "epoch"]


@dataclass(frozen=True)
class Comparison:
    """A cell of a run beside the published one.

    outcome : `IDENTICAL`, `CLOSE` or `DIFFERENT`
    rows : seeds times epochs that were compared
    largest : largest relative difference of a measure
    detail : which measures differ, or ""
    """

    experiment: str
    cell: str
    outcome: str
    rows: int
    largest: float
    detail: str


def compare_folders(run, published):
    """Compare the tables of two folders: runs, and outcomes, which have the last values in full.

    Returns
    -------
    cells : list of Comparison, for the cells that both have
    verdicts : list of (claim, own verdict, published verdict); empty if a side has none

    Raises
    ------
    DamagedTable
        If a table is missing or cannot be vouched for.
    """
    runs, outcomes = (
        [_by_cell(Path(folder) / f"{kind}.parquet", kind) for folder in (run, published)]
        for kind in ("runs", "outcomes")
    )
    cells = []
    for name in runs[0]:
        if name in runs[1]:
            comparison = compare_cells(*name, *(each[name] for each in runs))
            if comparison.rows:
                last = compare_cells(*name, *(each[name] for each in outcomes), keys=["seed"])
                cells.append(worse(comparison, last))
    return cells, compare_verdicts(Path(run) / "claims.csv", Path(published) / "claims.csv")


def _by_cell(path, kind):
    table = read_table(path, kind).to_pandas()
    return dict(list(table.groupby(["experiment", "cell"], sort=False)))


def worse(one, other):
    """Of two comparisons of a cell the one that is further off."""
    return max(one, other, key=lambda comparison: comparison.largest)


def compare_cells(experiment, cell, own, published, keys=KEYS):
    """Compare two frames of one cell on the rows they share, by default of runs."""
    own, published = own.set_index(keys), published.set_index(keys)
    shared = own.index.intersection(published.index)
    numbers = own.select_dtypes("number").columns.intersection(published.columns)
    one = own.loc[shared, numbers].to_numpy(dtype=float)
    other = published.loc[shared, numbers].to_numpy(dtype=float)
    same = (one == other) | (np.isnan(one) & np.isnan(other))
    if same.all():
        return Comparison(experiment, cell, IDENTICAL, len(shared), 0.0, "")
    scale = np.maximum(np.abs(one), np.abs(other))
    with np.errstate(invalid="ignore", divide="ignore"):
        relative = np.where(same, 0.0, np.abs(one - other) / scale)
    relative[np.isnan(relative)] = np.inf
    largest = float(relative.max())
    outcome = CLOSE if largest <= TOLERANCE else DIFFERENT
    differing = numbers[(relative > (TOLERANCE if outcome == DIFFERENT else 0)).any(axis=0)]
    return Comparison(experiment, cell, outcome, len(shared), largest, ", ".join(differing[:4]))


def compare_verdicts(own_path, published_path):
    """Verdicts of the claims that both tables judge.

    Raises
    ------
    DamagedTable
        If a table cannot be read, or the run has none where the published one has.
    """
    if not published_path.exists():
        return []
    own, published = (_read_verdicts(path) for path in (own_path, published_path))
    return [(claim, own[claim], published[claim]) for claim in own.index if claim in published]


def _read_verdicts(path):
    """Verdicts by claim; in the table a claim has a row for each contrast, all with its verdict."""
    try:
        verdicts = read_csv(path)[["claim", "verdict"]].drop_duplicates().set_index("claim")
        if verdicts.index.has_duplicates:
            raise ValueError("a claim has several verdicts")
        return verdicts["verdict"]
    except (OSError, ValueError, KeyError) as error:
        problem = " ".join(str(error).split())
        raise DamagedTable(
            f"{path} cannot be read ({problem}); allowed is a table with a verdict for each claim"
        ) from None


def agrees(cells, verdicts):
    """Whether something was comparable, no cell differs and every verdict is the same, if both
    runs have tested the claim."""
    return (
        bool(cells)
        and all(cell.outcome != DIFFERENT for cell in cells)
        and all(own == published for _, own, published in verdicts if _both_tested(own, published))
    )


def _both_tested(*verdicts):
    return NOT_TESTED not in verdicts


def render(cells, verdicts):
    """The comparison as a readable table."""
    if not cells:
        return (
            "Nothing to compare: the two runs share no cell. A cell is shared when its whole\n"
            "setup is the same; the quick study has smaller networks and fewer epochs."
        )
    width = max(len(f"{cell.experiment}/{cell.cell}") for cell in cells)
    lines = [f"{'cell':{width}}  {'rows':>6}  {'outcome':16}  largest relative difference"]
    for cell in cells:
        name = f"{cell.experiment}/{cell.cell}"
        difference = "" if cell.outcome == IDENTICAL else f"{cell.largest:.1e} in {cell.detail}"
        lines.append(f"{name:{width}}  {cell.rows:6}  {cell.outcome:16}  {difference}".rstrip())
    counts = {
        kind: sum(cell.outcome == kind for cell in cells) for kind in (IDENTICAL, CLOSE, DIFFERENT)
    }
    lines.append("")
    lines.append(f"{len(cells)} cells: " + ", ".join(f"{n} {kind}" for kind, n in counts.items()))
    if counts[CLOSE] or counts[DIFFERENT]:
        lines.append(
            f"Differences up to {TOLERANCE:g} are what other CPU kernels and library versions\n"
            "make. Larger ones mean another config or other code, or a run so unstable that\n"
            "rounding grew; manifest.json in each folder says what made it."
        )
    if verdicts:
        lines.append("")
        for claim, own, published in verdicts:
            mark = "agrees" if own == published else f"published: {published}"
            lines.append(f"{claim}: {own} ({mark})")
        tested = sum(_both_tested(*pair) for _, *pair in verdicts)
        if tested < len(verdicts):
            lines.append(f"{tested} of {len(verdicts)} claims are tested in both runs")
    return "\n".join(lines)
