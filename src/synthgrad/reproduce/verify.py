"""Does a run agree with the published one?

Cell by cell (`agreement`), then verdict by verdict of the claims that both have asked alike: a run
of a part of the study asks others, or of other cells, or of fewer seeds. Verdicts on those and
verdicts that rest on measured times are told and do not count.
"""

import textwrap
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from synthgrad.claims.judge import NOT_TESTED
from synthgrad.claims.published import published_claims
from synthgrad.reproduce import manifest
from synthgrad.reproduce.agreement import (
    AGREEMENTS,
    DIFFERENT,
    IDENTICAL,
    SAME,
    by_cell,
    compare_cells,
)
from synthgrad.reproduce.digests import digests, read_training_tables
from synthgrad.study.ranks import TIMED
from synthgrad.study.tables import DamagedTable, read_csv

QUESTION = ["claim", "contrast", "arm_cells", "reference_cells", "n"]
"""Columns of the table of claims that say what a contrast asks, and of how many seeds."""


LISTED_KEYS = 5
"""How many keys of the configs that differ are named."""

WHOLE = "full"
"""The preset of a run that should have all that is published."""


class NothingShared(ValueError):
    """Two runs that share no cell and seed."""


class Verdict(NamedTuple):
    """What a run says of a claim beside the published one; whether both have tested the same
    contrasts in its family, on the same cells and as many seeds; whether it rests on the clock."""

    claim: str
    own: str
    published: str
    asked_alike: bool
    on_clock: bool

    @property
    def counts(self):
        """Whether the two have to be the same."""
        return self.asked_alike and not self.on_clock

    @property
    def agrees(self):
        """Whether nothing speaks against it."""
        return self.own == self.published or not self.counts


@dataclass(frozen=True)
class Comparison:
    """A run beside the published one.

    cells : list of Cell, those that both have
    alone : pair of lists of (experiment, cell), those that only the run and only the published has
    verdicts : list of Verdict, on the claims that both judge
    differences : list of (entry, own, published) of the manifests
    digests : pair of dicts, of the run and of the published one
    preset : of the run, "" if it has no manifest that says it
    """

    cells: list
    alone: tuple
    verdicts: list
    differences: list
    digests: tuple
    preset: str

    @property
    def agrees(self):
        """Whether no cell is different and every verdict agrees."""
        no_other = all(cell.agreement != DIFFERENT for cell in self.cells)
        return no_other and all(verdict.agrees for verdict in self.verdicts)


def compare_folders(run, published, progress=lambda what: None):
    """Compare the tables of two folders, and their manifests if there are both.

    Parameters
    ----------
    run, published : str or Path
    progress : callable
        Called with a text before each step that takes time.

    Returns
    -------
    Comparison

    Raises
    ------
    DamagedTable
        If a table is missing or cannot be vouched for.
    NothingShared
        If there is nothing to compare.
    """
    folders = Path(run), Path(published)
    manifests = [manifest.read(folder) for folder in folders]
    tables = []
    for folder in folders:
        progress(f"reading {folder}")
        tables.append(read_training_tables(folder))
    own, other = map(by_cell, tables)
    progress("comparing the cells")
    cells = compare_cells(own, other)
    if not cells:
        raise NothingShared(
            f"{run} and {published} share no seed of a cell, so there is nothing to compare; a "
            "cell is shared if its whole setup is the same"
        )
    return Comparison(
        cells=cells,
        alone=(sorted(own.keys() - other.keys()), sorted(other.keys() - own.keys())),
        verdicts=compare_verdicts(*(folder / "claims.csv" for folder in folders)),
        differences=list(manifest.differences(*manifests)),
        digests=tuple(digests(each, lambda name: progress(f"digest of {name}")) for each in tables),
        preset=manifests[0].get("preset", ""),
    )


def claims_on_clock():
    """The claims of which a contrast rests on measured times."""

    def experiments(contrast):
        sides = (contrast.get(side) for side in ("where", "arm", "reference"))
        return [side.get("experiment") for side in sides if isinstance(side, dict)]

    return {
        name
        for name, claim in published_claims().items()
        if any(TIMED in experiments(contrast) for contrast in claim["contrasts"])
    }


def compare_verdicts(own_path, published_path):
    """The `Verdict` on each claim that both tables judge.

    Raises
    ------
    DamagedTable
        If a table cannot be read, or the run has none where the published one has.
    """
    if not published_path.exists():
        return []
    own, published = (_read_claims(path) for path in (own_path, published_path))
    asked_alike = {
        family
        for family, asked in own.groupby("family")
        if _asked(asked) == _asked(published[published["family"] == family])
    }
    both = own.drop_duplicates("claim").merge(
        published.drop_duplicates("claim"), on="claim", suffixes=("", "_published")
    )
    on_clock = claims_on_clock()
    return [
        Verdict(
            row.claim,
            row.verdict,
            row.verdict_published,
            row.family in asked_alike,
            row.claim in on_clock,
        )
        for row in both.itertuples()
    ]


def _asked(rows):
    """What the contrasts among some rows that were tested ask, and of which cells and how many
    seeds."""
    tested = rows.loc[rows["evidence"] != NOT_TESTED, QUESTION]
    return set(tested.fillna("").itertuples(index=False, name=None))


def _read_claims(path):
    """The table of claims, in which all rows of a claim have its verdict."""
    try:
        rows = read_csv(path)
        if (rows.groupby("claim")["verdict"].nunique() != 1).any():
            raise ValueError("a claim has several verdicts")
        return rows
    except (OSError, ValueError, KeyError) as error:
        problem = " ".join(str(error).split())
        raise DamagedTable(
            f"{path} cannot be read ({problem}); allowed is a table with a verdict for each claim"
        ) from None


def render(comparison):
    """The comparison as text: cells, verdicts, what the manifests say, and what to think of it."""
    counts = Counter(cell.agreement for cell in comparison.cells)
    total = ", ".join(f"{counts[each]} {each}" for each in AGREEMENTS)
    sections = [
        [line for cell in comparison.cells for line in _cell_lines(cell)],
        [f"{len(comparison.cells)} cells: {total}", *_alone_lines(comparison.alone)],
        [f"{verdict.claim}: {_verdict_text(verdict)}" for verdict in comparison.verdicts],
        list(_difference_lines(comparison.differences)),
        textwrap.wrap(conclusion(comparison), 96),
    ]
    return "\n\n".join("\n".join(lines) for lines in sections if lines)


def as_data(comparison):
    """The same as plain data."""
    counts = Counter(cell.agreement for cell in comparison.cells)
    own, published = comparison.digests
    return {
        "agrees": comparison.agrees,
        "cells": {each: counts[each] for each in AGREEMENTS},
        "different": [
            f"{cell.experiment}/{cell.cell}"
            for cell in comparison.cells
            if cell.agreement == DIFFERENT
        ],
        "verdicts": [verdict._asdict() for verdict in comparison.verdicts],
        "manifests_differ": [entry for entry, *_ in comparison.differences],
        "digests": own,
        "published_digests": published,
    }


def _cell_lines(cell):
    (seeds, all_seeds), (epochs, all_epochs) = cell.seeds, cell.epochs
    shared = f"{seeds:3} of {all_seeds:3} seeds, {epochs:2} of {all_epochs:2} epochs"
    yield f"{cell.agreement:17}  {shared}  {cell.experiment}/{cell.cell}"
    if cell.parting:
        yield f"    {cell.parting}"
        yield f"    {cell.shifts}"


def _alone_lines(alone):
    for where, names in zip(("this run", "the published one"), alone, strict=True):
        if names:
            counts = Counter(experiment for experiment, _ in names)
            listed = ", ".join(f"{count} of {name}" for name, count in counts.items())
            yield f"Only in {where}: {len(names)} cells, {listed}"


def _difference_lines(differences):
    of_config = [entry for entry, *_ in differences if entry.startswith("config.")]
    for entry, own, published in differences:
        if entry not in of_config[LISTED_KEYS:]:
            yield f"{entry}: {own} (published: {published})"
    if more := len(of_config[LISTED_KEYS:]):
        yield f"config: {more} more {'keys differ' if more > 1 else 'key differs'}"


def _verdict_text(verdict):
    text = f"{verdict.own} (published: {verdict.published}"
    if verdict.own == verdict.published:
        text = f"{verdict.own} (agrees"
    elif not verdict.asked_alike:
        text += "; does not count, since it was not asked of the same cells and seeds"
    elif verdict.on_clock:
        text += "; does not count, since it rests on measured times"
    return text + ")"


def conclusion(comparison):
    """What a reader should think of the comparison, in a few sentences."""
    cells = comparison.cells
    counts = Counter(cell.agreement for cell in cells)
    too_few = sum(cell.too_few for cell in cells if cell.agreement == SAME)
    tested = counts[SAME] - too_few
    said = [_lacking_said(comparison)]
    if counts[IDENTICAL] == len(cells):
        said.append("Every measure of every seed and epoch that both runs have is identical.")
    if tested:
        said.append(
            f"In {tested} of {len(cells)} cells the numbers part, as they do where a "
            "rounding differs, since training is chaotic; but over the seeds neither score nor "
            "final accuracy shifts by what is both significant and beyond the smallest effect "
            "that the claims count. Such cells support the same conclusions."
        )
    if too_few:
        said.append(
            f"In {too_few} of {len(cells)} cells the numbers part, and too few seeds are shared "
            "to tell whether they support the same conclusions."
        )
    if counts[DIFFERENT]:
        said.append(
            f"In {counts[DIFFERENT]} of {len(cells)} cells score or final accuracy has shifted by "
            "more than chance and more than the smallest effect that the claims count. Rounding "
            "does not explain that: look for another config, version or change of the code."
        )
    said.append(_verdicts_said(comparison.verdicts))
    if counts[IDENTICAL] < len(cells) and comparison.differences:
        said.append("The entries in which the two manifests differ stand above.")
    return " ".join(filter(None, said))


def _lacking_said(comparison):
    """What a run that should have everything lacks."""
    absent = len(comparison.alone[1])
    seeds = sum(cell.lacking for cell in comparison.cells)
    if comparison.preset != WHOLE or not (absent or seeds):
        return ""
    return (
        f"The run is of the full study and not complete: {absent} of the published cells are "
        f"missing, and {seeds} seeds of the cells that it has."
    )


def _verdicts_said(verdicts):
    if not verdicts:
        return ""
    counting = [verdict for verdict in verdicts if verdict.counts]
    if not counting:
        return (
            "All verdicts come from other cells or seeds, or rest on measured times: none counts."
        )
    other = [verdict.claim for verdict in counting if not verdict.agrees]
    of_all = f"{len(other)} of {len(counting)} differ: {', '.join(other)}"
    return (
        "Verdicts on what both runs asked of the same cells and seeds, without those that rest on "
        f"measured times: {of_all if other else f'all {len(counting)} agree'}."
    )
