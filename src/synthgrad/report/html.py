"""Tables to browse: verdicts, settings and the run as pages for the HTML report.

From the tables alone, as those of the paper. A page is a whole document that needs nothing
from elsewhere.
"""

import html

import numpy as np
import pandas as pd

from synthgrad.claims.verdicts import verdict_table

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
    if value is None or (isinstance(value, float) and np.isnan(value)):
        return ""
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def verdicts(claims):
    """The page of claims: a line a claim, then a line a contrast; from the table of claims."""
    columns = ["claim", "contrast", "estimate", "ci_low", "ci_high", "p_adjusted", "n"]
    columns += ["smallest_effect", "evidence"]
    contrasts = claims.loc[claims["contrast"].fillna("") != "", columns]
    names = {"ci_low": "interval from", "ci_high": "to", "p_adjusted": "adjusted p"}
    contrasts = contrasts.rename(columns=names | {"smallest_effect": "smallest effect"})
    return page(
        "Verdicts on the claims",
        ("Verdicts", pd.DataFrame(verdict_table(claims))),
        ("Contrasts", contrasts),
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
