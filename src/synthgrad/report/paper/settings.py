"""The settings: of the study, of the headline, and of every experiment."""

from dataclasses import asdict

from synthgrad.core.setup import Setup, field_names
from synthgrad.figures.listing import figures
from synthgrad.report import tex
from synthgrad.report.paper import numbers, table
from synthgrad.report.tex import MISSING, listing
from synthgrad.search.spaces import STEP_SIZES
from synthgrad.statistics import CONFIDENCE, ONE_SIDED
from synthgrad.statistics.multiplicity import SIGNIFICANCE
from synthgrad.statistics.paired import LEAST_PAIRS

CITABLE_PRESET = "full"


@numbers
def preset_values(run):
    """The preset and, unless it may be cited, the mark that goes on every page."""
    preset = tex.escape(run.study.preset)
    citable = run.study.preset == CITABLE_PRESET
    return {"run/preset": preset, "run/mark": "" if citable else f"{preset} run, not for citing"}


@numbers
def study_values(run):
    """Seeds and statistics."""
    seeds, tuning_seeds = run.study.evaluation_seeds, run.study.tuning_seeds
    return {
        "study/seeds": tex.count(len(seeds)),
        "study/cells": tex.count(len(run.study.cells)),
        "study/networks": tex.count(sum(map(len, run.study.seeds_of_cells.values()))),
        "study/first-seed": str(seeds[0]),
        "study/last-seed": str(seeds[-1]),
        "study/first-tuning-seed": str(tuning_seeds[0]),
        "study/resamples": tex.count(run.study.resamples),
        "study/confidence": f"{CONFIDENCE * 100:g}",
        "study/significance": f"{SIGNIFICANCE:g}",
        "study/one-sided": f"{ONE_SIDED * 100:g}",
        "study/least-pairs": str(LEAST_PAIRS),
    }


@numbers
def seeds_values(run):
    """How many seeds each experiment has; captions ask for those of experiments left out, too."""
    drawn = {figure.experiment for figure in figures().values()} - {None}
    counts = {name: tex.count(count) for name, count in run.study.counts.items()}
    return {
        f"seeds/{name}": text for name, text in (dict.fromkeys(drawn, MISSING) | counts).items()
    }


@numbers
def headline_settings(run):
    """Settings of the headline; where its cells differ, all of them."""
    setups = [cell.setup for cell in run.cells("headline").values()]

    def each(text):
        return listing(dict.fromkeys(text(setup) for setup in setups))

    return {
        "headline/examples": each(lambda s: tex.count(s.training_examples)),
        "headline/heldout-examples": each(lambda s: tex.count(s.heldout_examples)),
        "headline/minibatch": each(lambda s: tex.count(s.batch_size)),
        "headline/epochs": each(lambda s: tex.count(s.epochs)),
        "headline/hidden": each(lambda s: listing(s.hidden)),
        "headline/biases": each(lambda s: "biases" if s.bias else "no biases"),
        "headline/weights": each(lambda s: tex.drawn(s.weight_scale, s.weight_shift)),
        "headline/generator-biases": each(
            lambda s: "with a bias" if s.generator_bias else "without a bias"
        ),
        "headline/generators": each(lambda s: tex.drawn(s.generator_scale, s.generator_shift)),
    }


@table("settings")
def settings_table(run):
    """What each experiment varies, and what it fixes to something else than the others do."""
    everything = _settings(asdict(Setup()))
    lines = [tex.row("all", rf"\multicolumn{{2}}{{p{{136mm}}}}{{{everything}}}")]
    for experiment, listed in run.study.experiments.items():
        varied, fixed = _varied_and_fixed(listed)
        tuning = f"step sizes {listed[0][1].as_chosen}"
        lines.append(
            tex.row(
                tex.escape(experiment),
                varied.replace("_", r"\_\allowbreak{}"),
                "; ".join(filter(None, [fixed, tuning])),
            )
        )
    header = [tex.row("Experiment", "varies", "settings")]
    columns = "".join(map(tex.paragraph, ("17mm", "83mm", "51mm")))
    return tex.table(columns, header, [[f"{line}[2pt]" for line in lines]])


def _varied_and_fixed(listed):
    """What differs among the cells of an experiment, and what they have in common against the
    defaults, as texts."""
    cells = [cell for _, cell in listed]
    if "edition" in listed[0][0]:
        return "edition: " + listing(cell.edition for cell in cells), ""
    usual, setups = asdict(Setup()), [asdict(cell.setup) for cell in cells]
    levels = {
        name: list(dict.fromkeys(setup[name] for setup in setups))
        for name in field_names()
        if not (cells[0].tuning and name in STEP_SIZES)
    }
    varied = [
        f"{name}: {listing(map(tex.setting, found))}"
        for name, found in levels.items()
        if len(found) > 1
    ]
    fixed = {
        name: found[0]
        for name, found in levels.items()
        if len(found) == 1 and found != [usual[name]]
    }
    return "; ".join(varied), _settings(fixed)


def _settings(values):
    texts = [f"{tex.escape(name)}: {tex.setting(value)}" for name, value in values.items()]
    return "; ".join(texts).replace(r"\_", r"\_\allowbreak{}")
