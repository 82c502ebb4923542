"""The page itself: the data, the chart and the files beside this one, put into one document."""

import json
import shlex
from importlib.resources import files
from string import Template

from synthgrad.figures.tables import load
from synthgrad.report.explore import claims, curves

SCRIPTS = ("state.js", "tables.js", "claims.js", "curves.js", "start.js")


def document(tables, config, folder="", advance=lambda: None):
    """The text of the page.

    Parameters
    ----------
    tables : Tables
    config : dict, the config of the study
    folder : str
        Where its tables are, "" for the published ones.
    advance : function that is called after each cell
    """
    questions = {
        name: experiment["question"]
        for name, experiment in config["experiments"].items()
        if experiment
    }
    data = {
        "source": f"the tables in {folder}" if folder else "the published tables",
        "preset": config["preset"],
        "command": shlex.join(["synthgrad", "spotcheck", *filter(None, [folder]), "--cell"]),
        "measures": curves.MEASURES,
        "outcomes": list(curves.OUTCOMES.values()),
        "looks": curves.looks(tables.runs["method"].unique()),
        "claims": claims.claims(tables.claims, tables.robustness, tables.outcomes),
        "switches": claims.switches(tables.robustness),
        "experiments": curves.experiments(tables, questions, advance),
        "chart": chart(),
    }
    here = files(__package__)
    read = {name: (here / name).read_text(encoding="utf-8") for name in (*SCRIPTS, "page.css")}
    return Template((here / "page.html").read_text(encoding="utf-8")).substitute(
        style=read["page.css"],
        data=json.dumps(data, separators=(",", ":"), allow_nan=False).replace("<", r"\u003c"),
        library=_library(),
        script="\n".join(read[name] for name in SCRIPTS),
    )


def tables_of(folder, config):
    """The tables in a folder, as they are drawn from."""
    bootstrap = config["bootstrap"]
    return load(folder, bootstrap["resamples"], bootstrap["seed"])


def _library():
    """Vega, Vega-Lite and vega-embed as one script, without what would end it early."""
    import vl_convert

    return vl_convert.javascript_bundle().replace("</script", r"<\/script")


def chart():
    """The chart as Vega-Lite: the page gives it the rows of `curves` and `seeds`, which say how
    they are drawn."""
    import altair

    shared = {"detail": "cell:N", "color": altair.Color("colour:N", scale=None)}
    symlog = altair.Scale(type="symlog", constant=1)
    ticks = altair.Axis(values=[0, *(digit * 10**k for k in range(4) for digit in (1, 3))])
    epoch = altair.X("epoch:Q", title="epoch", scale=symlog, axis=ticks)
    axis = altair.Axis(format="~g")
    mean = altair.Y("mean:Q", title=None, scale=altair.Scale(zero=False), axis=axis)
    means = altair.Chart(altair.NamedData("curves")).encode(x=epoch, y=mean, **shared)
    dashed = {"strokeDash": altair.StrokeDash("dashes:N", scale=None)}
    layers = [
        means.mark_area(opacity=0.18).encode(y=altair.Y("low:Q", title=None), y2="high:Q"),
        altair.Chart(altair.NamedData("seeds"))
        .mark_line(opacity=0.45, strokeWidth=0.7)
        .encode(x=epoch, y="value:Q", detail="seed:N", color=shared["color"]),
        means.mark_line(strokeWidth=2).encode(**dashed),
        means.mark_point(filled=True, size=45, opacity=1, cursor="pointer").encode(
            size=altair.Size("size:Q", scale=None), tooltip=["label:N", "epoch:Q", "numbers:N"]
        ),
    ]
    return (
        altair.layer(*layers)
        .properties(width="container", height=340)
        .configure(background="transparent")
        .configure_view(stroke=None)
        .to_dict(validate=False)
    )
