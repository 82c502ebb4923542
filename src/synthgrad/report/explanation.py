"""A claim, or a number of the paper, in plain words for the terminal: where it comes from, and how
to train one of its points again."""

import shlex
import textwrap

import pandas as pd

from synthgrad.claims.judge import NOT_TESTED
from synthgrad.claims.robustness import robustness_of
from synthgrad.claims.telling import claim_verdicts, diverged, interval, number
from synthgrad.statistics import CONFIDENCE
from synthgrad.study.ranks import TIMED

WIDTH = 80
"""Columns of the terminal."""

COMPARED = {
    "difference": "arm minus reference, seed by seed",
    "identity": "whether arm and reference are equal, seed by seed",
    "time": "log2 of the time of the arm by that of the reference, seed by seed",
    "trend": "rank correlation with the levels of a factor, seed by seed",
    "arms": "rank correlation of two measures over arms, seed by seed",
    "units": "rank correlation of two measures, means over seeds, with arms as units",
    "best": "best arm minus best of the others, each chosen on the other seeds",
}
"""What each kind of contrast compares."""


def claimed(row):
    """What a contrast claims, in words."""
    smallest = number(row["smallest_effect"])
    below = f"-{smallest}" if row["smallest_effect"] else "0"
    return {
        "more": f"more than {smallest}",
        "less": f"less than {below}",
        "same": "equal" if row["kind"] == "identity" else f"within {smallest} of 0",
        "not less": f"not less than {below}",
        "not more": f"not more than {smallest}",
        "as first": "as where the direction is taken from",
    }[row["direction"]]


def listing(claims):
    """Every claim of a table with its verdict and what its contrasts show, a line each."""
    told = claim_verdicts(claims)
    longest = max(len(each.claim) for each in told)
    return "\n".join(
        f"{each.claim:{longest}}  {each.verdict:12}  {each.support}".rstrip() for each in told
    )


def explanation(claims, claim, robustness=None, command=""):
    """A claim of a table in plain words.

    robustness : the table of claims judged again, if there is one
    command : that trains one of its points again
    """
    rows = claims[claims["claim"] == claim]
    (told,) = claim_verdicts(rows)
    lines = [f"{claim}: {told.verdict}", "", *textwrap.wrap(told.statement, WIDTH), ""]
    about = {
        "said in": told.source,
        "written": told.written,
        "changed": told.changed,
        "support": told.support,
        "changed by": "",
        "fragile by": "",
        "figure": told.figure,
    }
    if robustness is not None:
        again = robustness_of(robustness, claim)
        about["changed by"] = f"{again.text} other ways of judging" if again.text else ""
        about["fragile by"] = "; ".join(again.reasons)
    lines += _fields(about, 0)
    for row in rows.to_dict("records"):
        lines += ["", *_contrast(row)]
    on_clock = any(experiment == TIMED for experiment, _ in cells(rows))
    lines += ["", *_again(command, on_clock)]
    return "\n".join(lines)


def number_explanation(key, text, found, outcomes, folder=""):
    """A number of the paper in plain words.

    found : list of `evidence.Source`
    outcomes : the table of outcomes, for the command that trains a point again
    """
    lines = [f"{key}: {text}"]
    for file, rows in found:
        lines += ["", f"It rests on {_rows(len(rows))} of {file}:"]
        told = rows
        if {"cell", "seed"} <= set(rows):
            told = rows.groupby(["experiment", "cell"], sort=False)["seed"].agg(seeds=_seeds)
            told = told.reset_index()
        for row in told.head(MOST_SHOWN).to_dict("records"):
            lines += _row(row)
        if len(told) > MOST_SHOWN:
            lines += [f"  and {len(told) - MOST_SHOWN} more"]
    if not found:
        lines += ["", "It rests on no table: the config, or the manifest of the run, says so."]
    else:
        commands = (retraining(rows, outcomes, folder) for _, rows in found)
        on_clock = any(file.startswith(TIMED) for file, _ in found)
        lines += ["", *_again(next(filter(None, commands), ""), on_clock)]
    return "\n".join(lines)


MOST_SHOWN = 6
"""The most rows of a table that are shown, of those that a number rests on."""


OF_CONTRASTS = ("claim", "verdict", "contrast", "estimate", "ci_low", "ci_high", "n", "evidence")
"""The columns of the table of claims that are shown here."""


def _rows(count):
    return "1 row" if count == 1 else f"{count} rows"


def _seeds(column):
    """Seeds as a range: they are consecutive wherever all are drawn."""
    return f"{column.min()} to {column.max()} ({column.nunique()})"


def _row(row):
    """The lines of a row: its columns that hold something; of a contrast, what it found."""
    names = OF_CONTRASTS if "contrast" in row else row
    told = [
        f"{name}: {number(row[name]) if isinstance(row[name], float) else row[name]}"
        for name in names
        if not pd.isna(row[name]) and row[name] != ""
    ]
    indents = {"initial_indent": "- ", "subsequent_indent": "  "}
    return textwrap.wrap("; ".join(told), WIDTH, **indents, break_on_hyphens=False)


def _contrast(row):
    """The lines of a contrast."""
    shown = f"{row['contrast']}: {row['evidence']}" if row["contrast"] else row["evidence"]
    about = {"compared": f"{row['measure']}: {COMPARED[row['kind']]}", "claimed": claimed(row)}
    if row["evidence"] == NOT_TESTED:
        about["why"] = row["note"]
        return [*textwrap.wrap(shown, WIDTH), *_fields(about)]
    units = "units" if row["kind"] == "units" else "seeds"
    if row["kind"] == "identity":
        about["found"] = f"{number(row['estimate'])} at the most, on {int(row['n'])} {units}"
    else:
        bounds = interval(row["ci_low"], row["ci_high"])
        about["found"] = (
            f"{number(row['estimate'])}, {CONFIDENCE * 100:g} % interval {bounds}, "
            f"{int(row['n'])} {units}"
        )
        about["p for it"] = _p_values(row, "p_supports")
        about["p against"] = _p_values(row, "p_against")
    about |= {"diverged": diverged(row).removeprefix("diverged: "), "note": row["note"]}
    about |= {side: row[f"{side}_cells"] for side in ("arm", "reference")}
    return [*textwrap.wrap(shown, WIDTH), *_fields(about)]


def _p_values(row, name):
    return f"{_p_value(row[f'{name}_holm'])} after Holm, {_p_value(row[name])} alone"


def _p_value(value):
    return "< 0.001" if value < 0.001 else f"{value:.3f}"


def _fields(about, indent=2):
    """Lines of names and texts, without those that have none."""
    lines = []
    for name, text in about.items():
        if not pd.isna(text) and text:
            first = f"{'':{indent}}{name:11}"
            options = {"initial_indent": first, "subsequent_indent": " " * len(first)}
            lines += textwrap.wrap(
                text, WIDTH, **options, break_long_words=False, break_on_hyphens=False
            )
    return lines


def _again(command, on_clock=False):
    """How to see for oneself; `on_clock` if times were measured."""
    lines = []
    if command:
        lines += ["Train one of its points again:", f"  {command}"]
    if on_clock:
        lines += ["Measure times on this machine:", "  synthgrad decoupling"]
    return lines or ["No point of it can be trained again: the tables have none."]


def cells(rows):
    """The cells that rows of any table are about, pairs of experiment and name; of contrasts, those
    of arms first."""
    if "arm_cells" not in rows:
        columns = rows.reindex(columns=["experiment", "cell"]).dropna().drop_duplicates()
        return list(columns.itertuples(index=False, name=None))
    named = pd.concat([rows["arm_cells"], rows["reference_cells"]]).dropna()
    listed = [cell for cells in named for cell in cells.split("; ") if cell]
    return [tuple(cell.split(": ", 1)) for cell in dict.fromkeys(listed)]


def retraining(rows, outcomes, folder=""):
    """The command that trains a point of some rows again and compares it with the tables in a
    folder; "" if these have none.

    Of a cell that was timed, it is the network of the same settings that was not.
    """
    seeds = outcomes.groupby("cell")["seed"].min()
    names = [name.split(", ")[0] for _, name in cells(rows)]
    for name in filter(seeds.__contains__, names):
        words = ["synthgrad", "spotcheck", *filter(None, [folder])]
        command = shlex.join([*words, "--cell", name, "--seed", str(seeds[name])])
        # As long a line as fits, and still one command to the shell.
        fits = len(command) + 2 <= WIDTH
        return command if fits else command.replace(" --cell", " \\\n    --cell")
    return ""
