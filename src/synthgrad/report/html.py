"""Tables to browse: verdicts, settings and the run as pages for the HTML report.

From the tables alone, as those of the paper. A page is a whole document that needs nothing
from elsewhere.
"""

import html

import numpy as np
import pandas as pd

from synthgrad.claims.telling import history, number, verdict_table

STYLE = """
body { font: 15px/1.4 Georgia, "Times New Roman", serif; color: #222; margin: 2em; }
h1 { font-size: 1.3em; }
h2 { font-size: 1.1em; margin-top: 2em; }
table { border-collapse: collapse; font-size: 0.9em; }
th, td { text-align: left; vertical-align: top; padding: 0.3em 1em 0.3em 0; }
td { border-top: 1px solid #ccc; max-width: 34em; overflow-wrap: anywhere; }
thead th { border-bottom: 2px solid #222; white-space: nowrap; }
"""


def page(title, *sections):
    """A document of HTML.

    Parameters
    ----------
    title : str
    sections : pairs of a heading and a DataFrame whose values are written as they are
    """
    body = "".join(
        f"<h2>{html.escape(heading)}</h2>\n{_table(frame)}\n" for heading, frame in sections
    )
    title = html.escape(title)
    return (
        f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        f"<style>{STYLE}</style></head>\n<body><h1>{title}</h1>\n{body}</body></html>\n"
    )


def _table(frame):
    return frame.map(_text).to_html(index=False, border=0, escape=True)


def _text(value):
    """A value as it is read: nothing where there is none, four digits of a measurement."""
    if pd.isna(value):
        return ""
    if isinstance(value, float):
        return f"{value:.4g}" if np.isfinite(value) else number(value)
    return str(value)


CONTRASTS = {
    "claim": "claim",
    "contrast": "contrast",
    "direction": "claimed",
    "smallest_effect": "smallest effect",
    "estimate": "estimate",
    "ci_low": "interval from",
    "ci_high": "to",
    "p_supports_holm": "p for",
    "p_against_holm": "p against",
    "n": "n",
    "arm_diverged": "diverged",
    "reference_diverged": "of the reference",
    "evidence": "evidence",
    "note": "note",
}
"""Columns of the table of contrasts: their names in the table of claims, and as they are read."""


def verdicts(claims, robustness=None):
    """The page of claims: a line a claim, one a claim that was changed, one a contrast; from the
    table of claims and what `claim_verdicts` takes."""
    changed = claims.drop_duplicates("claim").dropna(subset="changed")
    contrasts = claims[claims["contrast"].fillna("") != ""]
    return page(
        "Verdicts on the claims",
        ("Verdicts", pd.DataFrame(verdict_table(claims, robustness))),
        (f"{history(claims)}: what, and why", changed[["claim", "written", "changed"]]),
        ("Contrasts", contrasts[[*CONTRASTS]].rename(columns=CONTRASTS)),
    )


def settings(questions, tuned):
    """The page of what each experiment asks, by its name, and of the step sizes that tuning chose;
    from that table."""
    names = {
        "step_size": "step size",
        "generator_step_size": "of the generators",
        "score": "score in the finals",
        "on_edge": "on an edge of what was tried",
    }
    frame = tuned.rename(columns=names).drop(columns=["method", "bits"], errors="ignore")
    return page(
        "Experiments, and step sizes chosen by tuning",
        (f"{len(questions)} experiments", _pairs(questions, "experiment", "question")),
        (f"{len(tuned)} tuned arms", frame),
    )


def run(manifest):
    """The page of what made the results; from the manifest."""
    about = {
        "study": manifest["preset"],
        "wall time": f"{manifest['wall_seconds'] / 60:.1f} minutes",
        "CPU time": f"{manifest['cpu_seconds'] / 60:.1f} minutes",
        "CPU": manifest["cpu"],
        "platform": manifest["platform"],
        "BLAS": "; ".join(" ".join(filter(None, library.values())) for library in manifest["blas"]),
        "git commit": manifest["git_commit"],
        "SHA-256 of the sources": manifest.get("sources_sha256"),
        "SHA-256 of the config": manifest["config_sha256"],
    }
    versions = {"python": manifest["python"]} | manifest["packages"]
    return page(
        "The run",
        ("What it ran on", _pairs(about, "what", "value")),
        ("Versions", _pairs(versions, "package", "version")),
        ("Tables", _pairs(manifest["tables"], "table", "SHA-256")),
    )


def _pairs(mapping, key, value):
    return pd.DataFrame(list(mapping.items()), columns=[key, value])
