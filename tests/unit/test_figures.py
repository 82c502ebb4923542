"""The figures: what they show is what the tables say."""

import dataclasses
import importlib
from functools import cache
from itertools import chain, combinations, combinations_with_replacement, product
from pathlib import Path
from string import ascii_lowercase
from types import SimpleNamespace

import jinja2
import made_up_results
import numpy as np
import pandas as pd
import pypdf
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb
from matplotlib.text import Text
from PIL import Image

from synthgrad.claims import judge as verdicts
from synthgrad.core.setup import CONDITIONS, UNDECOUPLED
from synthgrad.core.tutorial import EDITIONS
from synthgrad.figures import (
    accuracy_by_width,
    alignment,
    autopsy,
    batchnorm,
    claims,
    decoupling,
    depth,
    digits,
    editions,
    examples,
    flatness,
    lazy,
    learning_curves,
    overview,
    parts,
    representations,
    stability,
    style,
)
from synthgrad.figures.tables import Tables, load
from synthgrad.statistics import estimates as analysis
from synthgrad.study import tables as records
from synthgrad.study.config import read_claims
from synthgrad.study.gather import LAYER_MEASURES
from synthgrad.workflow import outputs as catalogue
from synthgrad.workflow import rules as wiring

RESAMPLES = 99
ROOT = Path(__file__).parents[2]
LISTED = read_claims(
    ROOT / "config" / "claims.yaml", ROOT / "workflow" / "schemas" / "claims.schema.yaml"
)
LAYERS = [f"{name}_{k}" for name in LAYER_MEASURES for k in (1, 2)]
SUBSETS = [
    f"dni[{'+'.join(names)}]"
    for size in range(1, len(CONDITIONS) + 1)
    for names in combinations(CONDITIONS, size)
]
ABLATIONS = {
    "generator": {
        "generator_hidden": ("0", "64"),
        "generator_step": ("plain", "normalised"),
        "generator_scale": ("0.0", "0.2"),
    },
    "depth": {"hidden": ("64", "64-32", "64-32-32")},
    "batchnorm": {"forward_batchnorm": ("false", "true"), "batch_size": ("5", "10", "100")},
    "flatness": {"weight_scale": ("0.05", "0.2", "2.0")},
    "examples": {"examples": ("100", "1000", "all")},
    "digits": {"hidden": tuple("-".join(["64"] * count) for count in range(1, 6))},
    "lazy": {"task": ("addition", "digits"), "update_probability": ("1.0", "0.2", "0.05")},
}
"""Experiments, and the levels of the factors that they vary."""

MOST_METHODS = {"generator": 2, "lazy": 2, "digits": 7}
"""How many methods an experiment is on, if not four."""


def arm_runs(rng, labels, seeds, last, level):
    """Rows of the table of runs for an arm whose accuracy rises towards `level`."""
    epochs = np.unique(np.geomspace(1, last, 12).round().astype(int))
    epochs = np.concatenate([[0], epochs])
    runs = pd.DataFrame(
        [(seed, epoch) for seed in seeds for epoch in epochs], columns=["seed", "epoch"]
    )
    reached = 1 - np.exp(-runs["epoch"] / last * 4)
    ends = dict(zip(seeds, level + 0.03 * rng.standard_normal(len(seeds)), strict=True))
    end = np.minimum(runs["seed"].map(ends), 1.0)
    runs["bit_accuracy"] = 0.51 + (end - 0.51) * reached
    runs["heldout_bit_accuracy"] = (
        np.nan
        if labels["bits"] == 4 or labels["examples"] == "all"
        else 0.4 + 0.9 * (runs["bit_accuracy"] - 0.5)
    )
    runs["sum_accuracy"] = runs["bit_accuracy"] ** 2
    runs["mse"] = 0.26 - 0.2 * reached * (end - 0.5)
    runs["absolute_error"] = 1000 * labels["bits"] * np.sqrt(runs["mse"])
    runs["tutorial_error"] = 1000 * labels["bits"] * 0.2 * np.sqrt(runs["mse"])
    runs["printed_error"] = runs["tutorial_error"].where(runs["epoch"] > 0)
    runs["largest_weight"] = 1 + 10.0 ** (reached * 3)
    runs["diverged_at"] = np.nan
    for name in LAYERS:
        runs[name] = 0.9 * reached * end
    return pd.DataFrame(labels, index=runs.index).join(runs)


def make_tables(
    claims=None, methods=("backprop", "dni[output]"), widths=(4, 6), seeds=10, last=100
):
    """Tables of a made-up study with the experiments that are drawn."""
    rng = np.random.default_rng(1)
    factors = chain.from_iterable(ABLATIONS.values())
    blank = dict.fromkeys(["edition", "step_direction", "generator_step_direction", *factors])
    parts = []

    def add(experiment, cell, method, bits, level, **factors):
        labels = {"experiment": experiment, "cell": cell, "method": method, "bits": bits}
        labels |= blank | factors
        parts.append(arm_runs(rng, labels, range(seeds), last, level))

    for i, method in enumerate(methods):
        for bits in widths:
            level = 1 - 0.4 * i / len(methods) - 0.01 * bits
            add("headline", f"{method},bits={bits},tuned", method, bits, level)
            add("untuned", f"{method},bits={bits}", method, bits, 0.9 * level)
    for i, method in enumerate(SUBSETS):
        add("conditioning", f"{method},tuned", method, 8, 0.6 + 0.02 * (7 * i % 15))
    for experiment, levels in ABLATIONS.items():
        arms = product(methods[: MOST_METHODS.get(experiment, 4)], *levels.values())
        for i, (method, *values) in enumerate(arms):
            cell = ",".join([method, *values])
            varied = dict(zip(levels, values, strict=True))
            add(experiment, cell, method, 8, 0.95 - 0.01 * i, **varied)
    for name, edition in EDITIONS.items():
        add("editions", name, edition.setup.method, edition.setup.bits, 0.8, edition=name)
    for step in ("descent", "ascent"):
        for generator in ("descent", "ascent"):
            factors = {"step_direction": step, "generator_step_direction": generator}
            add("signs", f"{step},{generator}", "dni[output]", 12, 0.5, **factors)
    runs = pd.concat(parts, ignore_index=True)
    outcomes = runs[runs["epoch"] == last].drop(columns="epoch")
    accuracy, decoupled = outcomes["bit_accuracy"], outcomes["method"].str.startswith("dni")
    outcomes = outcomes.assign(
        epochs=last,
        step_size=0.3,
        generator_step_size=np.where(decoupled, 0.01, np.nan),
        chance=0.52,
        accuracy_auc=accuracy - 0.5,
        **{f"likeness_{k}": accuracy - 0.1 * k for k in range(1, 6)},
        epochs_to_95=np.ceil(last * (1.2 - accuracy)).where(accuracy > 0.8),
    )
    return Tables(
        runs=runs,
        outcomes=outcomes,
        sweeps=make_sweeps(rows_of(outcomes, "headline")["cell"].unique()),
        representations=make_representations(rows_of(outcomes, "digits")["method"].unique()),
        summary=analysis.summarise(outcomes, RESAMPLES, 1),
        claims=claims,
        resamples=RESAMPLES,
        seed=1,
        **make_ranks(widths),
    )


def make_ranks(widths):
    """Tables of made-up runs in ranks; one method never gets to 95 % at the widest sum."""
    conditionings = ("output", "label", "output+label")
    summary = [
        {"hidden": "-".join([str(width)] * layers), "batch_size": 10, "way": way}
        | {"conditioning": conditioning, "affords": (0.4 + 0.1 * i) * width**0.1}
        for width, layers in product((64, 256, 1024), (1, 3))
        for i, conditioning in enumerate(conditionings)
        for way in ("lock-step", "decoupled")
    ]
    answer = [
        {"bits": bits, "method": f"dni[{conditioning}]", "affords": 0.8}
        | {"needs": np.inf if (i, bits) == (0, max(widths)) else 1.0 + i * bits / 4}
        for bits in widths
        for i, conditioning in enumerate(conditionings)
    ]
    simulated = [
        {"width": width, "batch_size": 10, "workers": workers, "latency_us": latency}
        | {"conditioning": conditioning, "way": "decoupled", "affords": workers**0.4 + 0.1 * i}
        for width, workers, latency in product((64, 256), (2, 16), (1.0, 1e3, 1e5))
        for i, conditioning in enumerate(conditionings)
    ]
    tables = {"decoupling": summary, "decoupling_answer": answer, "decoupling_simulated": simulated}
    return {name: pd.DataFrame(rows) for name, rows in tables.items()}


def make_sweeps(cells):
    """The tuning runs of cells; the best point of the first rung diverges in the second."""
    rows = []
    for cell in cells:
        decoupled = cell.startswith("dni")
        generator_step_sizes = (0.001, 0.01) if decoupled else (np.nan,)
        for i, point in enumerate(product((0.1, 0.3, 1.0), generator_step_sizes)):
            rows.append((cell, 1, 1000, *point, 0.1 * i))
        rows.append((cell, 2, 1001, *point, 0.9))
    names = ["cell", "rung", "seed", "step_size", "generator_step_size", "accuracy_auc"]
    sweeps = pd.DataFrame(rows, columns=names)
    return sweeps.assign(diverged_at=np.where(sweeps["accuracy_auc"] == 0.9, 7.0, np.nan))


def make_representations(methods):
    """How alike the layers are of every two methods, at each depth."""
    rows = [
        (hidden, layer, one, other, 0.9 - 0.15 * row - 0.1 * column - 0.05 * layer)
        for hidden in ABLATIONS["digits"]["hidden"]
        for layer in range(1, depth.layers(hidden) + 1)
        for (row, one), (column, other) in combinations_with_replacement(enumerate(methods), 2)
    ]
    return pd.DataFrame(rows, columns=["hidden", "layer", "method", "other", "likeness"])


@cache
def made_up():
    """Tables of runs and outcomes that have something for every claim."""
    rng = np.random.default_rng(1)

    def value(arm, measure, epoch, noise):
        level = 0.0 if epoch == 0 else rng.choice([0.0, 0.1, 0.5])
        return (0.5 + level + 0.04 * noise) if arm["experiment"] != "editions" else 0.5 + level

    return made_up_results.tables(seeds=10, value=value)


def judged(*experiments):
    """The claims of the study, judged by made-up results of experiments."""
    kept = [frame[frame["experiment"].isin(experiments)] for frame in made_up()]
    return verdicts.judge(LISTED, *kept, RESAMPLES, 1)


def rows_of(frame, experiment, **arm):
    chosen = frame["experiment"] == experiment
    for key, value in arm.items():
        chosen &= frame[key] == value
    return frame[chosen]


STUDIES = {
    "quick": make_tables(judged("headline", "editions", "signs")),
    "full": make_tables(
        judged(*made_up_results.EXPERIMENTS),
        tuple(style.METHODS),
        (4, 6, 8, 10, 12),
        seeds=30,
        last=300,
    ),
    "least": make_tables(judged(), ("dni[input]",), (8,), seeds=1, last=1),
}
QUICK = STUDIES["quick"]


TWICE = ("overview", "learning-curves", "stability")
"""Of which two savings are compared, one of each kind; those published are all drawn again."""


def draw(figure, tables):
    module = importlib.import_module(f"synthgrad.figures.{figure.replace('-', '_')}")
    return module.draw(tables)


@pytest.fixture(scope="module")
def drawn():
    """Each figure of each study, drawn and laid out once."""
    figures = {
        (name, study): draw(name, STUDIES[study]) for name in catalogue.FIGURES for study in STUDIES
    }
    for figure in figures.values():
        FigureCanvasAgg(figure).draw()
    return figures


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """Two folders: all figures, drawn and saved once, and some of them once more."""
    folders = [tmp_path_factory.mktemp("figures") for _ in range(2)]
    for folder, names in zip(folders, (catalogue.FIGURES, TWICE), strict=True):
        for name in names:
            style.save(draw(name, QUICK), folder / name)
    return folders


def lines(axes, label):
    return [line for line in axes.lines if line.get_label() == label]


def panel(figure, title):
    found = [axes for axes in figure.axes if axes.get_title(loc="left").endswith(title)]
    assert len(found) == 1, title
    return found[0]


every_figure = pytest.mark.parametrize(
    ("name", "study"), [(name, study) for name in catalogue.FIGURES for study in STUDIES]
)


class TestLayout:
    @every_figure
    def test_nothing_is_cut_off(self, drawn, name, study):
        figure = drawn[name, study]
        box = figure.get_tightbbox()
        width, height = figure.get_size_inches()
        assert box.x0 >= 0
        assert box.y0 >= 0
        assert box.x1 <= width
        assert box.y1 <= height

    @every_figure
    def test_no_text_lies_on_another(self, drawn, name, study):
        figure = drawn[name, study]
        texts = [
            text
            for text in figure.findobj(Text)
            if text.get_visible() and text.get_text().strip() and text.get_window_extent().width
        ]
        # Tick labels that fall outside the axis exist but are not drawn.
        hidden = {
            label
            for axes in figure.axes
            for axis, (low, high) in ((axes.xaxis, axes.get_xlim()), (axes.yaxis, axes.get_ylim()))
            for tick in axis.get_major_ticks() + axis.get_minor_ticks()
            for label in (tick.label1, tick.label2)
            if not axes.axison or not min(low, high) <= tick.get_loc() <= max(low, high)
        }
        # Less the half pixel by which the box of a text can be too large.
        boxes = [(t, t.get_window_extent().padded(-0.5)) for t in texts if t not in hidden]
        assert len(boxes) > 5
        overlaps = [
            (a.get_text(), b.get_text())
            for (a, box), (b, other) in combinations(boxes, 2)
            if box.overlaps(other)
        ]
        assert overlaps == []

    @every_figure
    def test_the_axes_cover_the_data(self, drawn, name, study):
        for axes in drawn[name, study].axes:
            for line in axes.lines:
                for place, (low, high), is_data in zip(
                    (line.get_xdata(orig=False), line.get_ydata(orig=False)),
                    (sorted(axes.get_xlim()), sorted(axes.get_ylim())),
                    # A line across the whole panel has places of the panel along it.
                    line.get_transform().contains_branch_seperately(axes.transData),
                    strict=True,
                ):
                    if is_data:
                        assert np.all((place >= low) & (place <= high)), line.get_label()

    @every_figure
    def test_it_is_as_wide_as_one_column_or_two(self, drawn, name, study):
        assert drawn[name, study].get_size_inches()[0] in (style.ONE_COLUMN, style.TWO_COLUMNS)

    @every_figure
    def test_panels_are_lettered(self, drawn, name, study):
        titles = [axes.get_title(loc="left") for axes in drawn[name, study].axes]
        found = sorted(title[:3] for title in titles if title and name != "claims")
        assert found or name == "claims"
        assert found == [f"({letter})" for letter in ascii_lowercase[: len(found)]]

    @every_figure
    def test_no_legend_lies_on_a_panel(self, drawn, name, study):
        figure = drawn[name, study]
        legends = figure.legends + [axes.get_legend() for axes in figure.axes if axes.get_legend()]
        panels = [axes.get_window_extent() for axes in figure.axes if axes.axison]
        assert legends or name == "generator"
        for legend in legends:
            box = legend.get_window_extent()
            assert not any(box.overlaps(panel) for panel in panels)


class TestDecoupling:
    def test_measured_and_simulated_are_apart(self, drawn):
        for axes in drawn["decoupling", "full"].axes:
            simulated = "simulated" in axes.get_title(loc="left")
            assert simulated != ("measured, " in axes.get_title(loc="left"))
            assert simulated == (to_rgb(axes.get_facecolor()) == to_rgb(style.SHADE))

    def test_lines_are_the_rows_of_the_tables(self, drawn):
        study = STUDIES["full"]
        by_width, of_study, simulated = drawn["decoupling", "full"].axes
        name = style.look("dni[label]").name
        (line,) = lines(by_width, name)
        rows = study.decoupling.query("conditioning == 'label' and way == 'decoupled'")
        rows = rows[rows["hidden"].str.count("-") == 2]
        assert list(line.get_xdata()) == [64, 256, 1024]
        np.testing.assert_array_equal(line.get_ydata(), rows["affords"])
        (line,) = lines(of_study, name)
        rows = study.decoupling_answer.query("method == 'dni[label]'")
        np.testing.assert_allclose(line.get_ydata(), rows["needs"] / rows["affords"])
        fewest, most = lines(simulated, name)
        np.testing.assert_allclose(fewest.get_ydata(), 2**0.4 + 0.1)
        np.testing.assert_allclose(most.get_ydata(), 16**0.4 + 0.1)

    def test_what_is_never_reached_stands_at_the_edge(self, drawn):
        (line,) = lines(drawn["decoupling", "full"].axes[1], style.look("dni[output]").name)
        assert line.get_ydata()[-1] == decoupling.CEILING
        assert (line.get_ydata()[:-1] < decoupling.CEILING).all()

    def test_a_panel_without_its_networks_says_so(self):
        study = STUDIES["full"]
        timed = study.decoupling[~study.decoupling["hidden"].str.contains("-")]
        some = dataclasses.replace(
            study, decoupling=timed, decoupling_simulated=study.decoupling_simulated[:0]
        )
        by_width, of_study, simulated = decoupling.draw(some).axes
        assert "no 3 hidden layers" in by_width.texts[0].get_text()
        assert "no 3 hidden layers of" in simulated.texts[0].get_text()
        assert of_study.lines


class TestLearningCurves:
    @pytest.mark.parametrize("study", ["quick", "full"])
    def test_lines_are_the_means_over_seeds(self, drawn, study):
        runs = STUDIES[study].runs
        for (bits, method), arm in rows_of(runs, "headline").groupby(["bits", "method"]):
            axes = panel(drawn["learning-curves", study], f" {bits} bits")
            (line,) = lines(axes, style.look(method).name)
            mean = arm.groupby("epoch")["bit_accuracy"].mean()
            np.testing.assert_array_equal(line.get_xdata(), mean.index)
            np.testing.assert_allclose(line.get_ydata(), mean, rtol=1e-12)

    def test_bands_lie_around_the_means(self, drawn):
        axes = panel(drawn["learning-curves", "quick"], "4 bits")
        for band, line in zip(axes.collections, axes.lines[1:], strict=True):
            edge = band.get_paths()[0].vertices
            for epoch, mean in zip(line.get_xdata(), line.get_ydata(), strict=True):
                at_epoch = edge[edge[:, 0] == epoch, 1]
                assert at_epoch.min() - 1e-12 <= mean <= at_epoch.max() + 1e-12
            assert np.ptp(edge[edge[:, 0] == 100, 1]) > 0.001

    def test_chance_is_marked(self, drawn):
        axes = panel(drawn["learning-curves", "quick"], "6 bits")
        assert list(axes.lines[0].get_ydata()) == [0.52, 0.52]

    def test_the_legend_names_each_method_once_and_in_order(self, drawn):
        legends = [axes.get_legend() for axes in drawn["learning-curves", "full"].axes]
        (legend,) = [legend for legend in legends if legend]
        names = [text.get_text() for text in legend.get_texts()]
        assert names == [*(look.name for look in style.METHODS.values()), "chance"]

    def test_the_interval_is_the_same_in_every_drawing(self):
        arm = rows_of(QUICK.runs, "headline", method="backprop", bits=4)
        first, second = (QUICK.curve(arm, "mse") for _ in range(2))
        pd.testing.assert_frame_equal(first, second)
        reseeded = dataclasses.replace(QUICK, seed=2).curve(arm, "mse")
        assert (first["low"] != reseeded["low"]).any()

    def test_lost_values_are_left_out(self):
        arm = rows_of(QUICK.runs, "headline", method="backprop", bits=4).copy()
        arm.loc[arm["seed"] > 3, "mse"] = np.nan
        arm.loc[arm["epoch"] == 100, "mse"] = np.nan
        curve = QUICK.curve(arm, "mse")
        expected = arm[arm["seed"] <= 3].groupby("epoch")["mse"].mean().dropna()
        np.testing.assert_allclose(curve["mean"], expected, rtol=1e-12)
        assert 100 not in set(curve["epoch"])


def check_levels(axes, study, experiment, measure, **arm):
    """A panel by method and level shows the rows of the summary, and every seed once."""
    estimates = rows_of(STUDIES[study].summary, experiment, measure=measure, **arm)
    containers = {container.get_label(): container for container in axes.containers}
    methods = estimates["method"].unique()
    assert sorted(containers) == sorted(style.look(method).name for method in methods)
    for method, rows in estimates.groupby("method"):
        line, _, (bars,) = containers[style.look(method).name].lines
        assert np.all(np.diff(line.get_xdata(orig=False)) > 0)
        np.testing.assert_array_equal(line.get_ydata(), rows["mean"])
        ends = np.array([segment[:, 1] for segment in bars.get_segments()])
        np.testing.assert_allclose(ends, rows[["ci_low", "ci_high"]], rtol=1e-12)
    outcomes = rows_of(STUDIES[study].outcomes, experiment, **arm)[measure].dropna()
    np.testing.assert_array_equal(np.sort(seed_points(axes, 1)), np.sort(outcomes))


def seed_points(axes, dimension):
    """Where the small points of a panel are on the x axis (0) or the y axis (1)."""
    points = [line.get_data(orig=False) for line in axes.lines if line.get_markersize() < 2]
    return np.concatenate([point[dimension] for point in points])


class TestAccuracyByWidth:
    @pytest.mark.parametrize("study", ["quick", "full"])
    @pytest.mark.parametrize("measure", accuracy_by_width.PANELS)
    def test_it_shows_the_summary_and_every_seed(self, drawn, study, measure):
        axes = panel(drawn["accuracy-by-width", study], accuracy_by_width.PANELS[measure])
        check_levels(axes, study, "headline", measure)

    def test_methods_stand_beside_their_width(self, drawn):
        axes = panel(drawn["accuracy-by-width", "full"], "training examples")
        for container in axes.containers:
            offset = container.lines[0].get_xdata(orig=False) - (4, 6, 8, 10, 12)
            assert np.ptp(offset) < 1e-12
            assert abs(offset[0]) < 0.8

    def test_more_seeds_are_not_drawn_one_by_one(self):
        axes = draw("accuracy-by-width", make_tables(seeds=31)).axes[0]
        assert not [line for line in axes.lines if 0 < line.get_markersize() < 2]

    def test_a_width_without_held_out_examples_is_explained(self, drawn):
        heldout = panel(drawn["accuracy-by-width", "quick"], "held-out examples")
        (note,) = [text for text in heldout.texts if "hold out" in text.get_text()]
        assert note.get_position()[0] == 4
        assert not panel(drawn["accuracy-by-width", "quick"], "training examples").texts


class TestSpeed:
    def test_curves_are_the_shares_of_seeds_that_got_there(self, drawn):
        for (bits, method), arm in rows_of(STUDIES["full"].outcomes, "headline").groupby(
            ["bits", "method"]
        ):
            axes = panel(drawn["speed", "full"], f" {bits} bits")
            (line,) = lines(axes, style.look(method).name)
            epochs, shares = line.get_data(orig=False)
            assert (epochs[0], epochs[-1]) == (0, 300)
            expected = [(arm["epochs_to_95"] <= epoch).mean() for epoch in epochs]
            np.testing.assert_allclose(shares, expected, atol=1e-12)
            assert line.get_drawstyle() == "steps-post"


class TestStability:
    def test_colours_are_the_scores_of_the_first_rung(self, drawn):
        (mesh,) = panel(drawn["stability", "quick"], "dni[output]").collections
        np.testing.assert_allclose(mesh.get_array(), [[0, 0.2, 0.4], [0.1, 0.3, 0.5]])
        (mesh,) = panel(drawn["stability", "full"], stability.NO_GENERATORS).collections
        np.testing.assert_allclose(mesh.get_array()[:, :2], [[0, 0.1]] * 3)

    def test_the_chosen_point_is_marked_and_lost_ones_are_hatched(self, drawn):
        axes = panel(drawn["stability", "quick"], "dni[output]")
        (mark,) = axes.lines
        assert tuple(np.concatenate(mark.get_data())) == (1, 1)
        (hatched,) = axes.patches
        assert hatched.get_xy() == (1.5, 0.5)
        assert hatched.get_hatch()
        (mesh,) = axes.collections
        assert hatched.get_zorder() > mesh.get_zorder()


class TestAlignment:
    @pytest.mark.parametrize("layer", alignment.LAYERS)
    def test_lines_are_means_of_cosines_and_geometric_means_of_lengths(self, drawn, layer):
        cosines, lengths = (
            panel(drawn["alignment", "full"], f"{measure}, hidden layer {layer}, 8 bits")
            for measure in alignment.PANELS.values()
        )
        runs = rows_of(STUDIES["full"].runs, "headline", bits=8)
        for method, arm in runs.groupby("method"):
            if method in alignment.TRUE:
                assert not lines(cosines, style.look(method).name)
                continue
            (line,) = lines(cosines, style.look(method).name)
            mean = arm.groupby("epoch")[f"alignment_{layer}"].mean()
            np.testing.assert_allclose(line.get_ydata(), mean, rtol=1e-12)
            (line,) = lines(lengths, style.look(method).name)
            positive = arm[arm[f"norm_ratio_{layer}"] > 0]
            mean = np.log(positive[f"norm_ratio_{layer}"]).groupby(positive["epoch"]).mean()
            np.testing.assert_array_equal(line.get_xdata(), mean.index)
            np.testing.assert_allclose(line.get_ydata(), np.exp(mean), rtol=1e-12)


class TestUntuned:
    def test_both_scores_of_every_method_are_those_of_the_summary(self, drawn):
        for bits in (4, 12):
            axes = panel(drawn["untuned", "full"], f" {bits} bits")
            for container, experiment in zip(axes.containers, ("untuned", "headline"), strict=True):
                rows = rows_of(
                    STUDIES["full"].summary, experiment, bits=bits, measure="accuracy_auc"
                )
                mean, row = container.lines[0].get_data(orig=False)
                np.testing.assert_array_equal(
                    mean, rows.set_index("method")["mean"][[*style.METHODS]]
                )
                assert list(np.round(row)) == list(range(8))


class TestConditioning:
    @pytest.mark.parametrize("figure", ["conditioning", "overview"])
    def test_dots_and_scores_of_a_row_belong_together_and_the_best_is_on_top(self, drawn, figure):
        panels = drawn[figure, "full"].axes
        matrix, scores = panels[1:3] if figure == "overview" else panels
        (container,) = scores.containers
        mean, row = container.lines[0].get_data(orig=False)
        assert list(row) == list(range(15))
        assert matrix.get_ylim() == scores.get_ylim() == (14.5, -0.5)
        assert np.all(np.diff(mean) <= 0)
        summary = rows_of(STUDIES["full"].summary, "conditioning", measure="accuracy_auc")
        for members, score in zip(members_of(matrix), mean, strict=True):
            names = [CONDITIONS[place] for place in members]
            (expected,) = summary[summary["method"] == f"dni[{'+'.join(names)}]"]["mean"]
            assert score == expected
        outcomes = rows_of(STUDIES["full"].outcomes, "conditioning")["accuracy_auc"]
        np.testing.assert_array_equal(np.sort(seed_points(scores, 0)), np.sort(outcomes))


def members_of(matrix):
    """The columns whose dots are filled, row by row."""
    filled = [line for line in matrix.lines if line.get_color() == style.INK]
    rows = {
        int(line.get_ydata()[0]): list(line.get_xdata()) for line in filled if len(line.get_xdata())
    }
    return [rows.get(row, []) for row in range(len(filled))]


class TestGenerator:
    def test_every_form_has_its_score(self, drawn):
        matrix, *panels = drawn["generator", "quick"].axes
        assert members_of(matrix) == [[], [0], [1], [2], [0, 1], [0, 2], [1, 2], [0, 1, 2]]
        for axes, method in zip(panels, ("backprop", "dni[output]"), strict=True):
            rows = rows_of(QUICK.summary, "generator", method=method, measure="accuracy_auc")
            mean = rows.set_index("cell")["mean"]
            (container,) = axes.containers
            for members, score in zip(
                members_of(matrix), container.lines[0].get_xdata(orig=False), strict=True
            ):
                levels = [
                    values[place in members]
                    for place, values in enumerate(ABLATIONS["generator"].values())
                ]
                assert score == mean[",".join([method, *levels])]


class TestLevels:
    @pytest.mark.parametrize("study", STUDIES)
    @pytest.mark.parametrize("measure", depth.PANELS)
    def test_depth(self, drawn, study, measure):
        axes = panel(drawn["depth", study], depth.PANELS[measure])
        check_levels(axes, study, "depth", measure)
        assert list(axes.get_xticks()) == [1, 2, 3]

    @pytest.mark.parametrize("study", STUDIES)
    @pytest.mark.parametrize("placement", batchnorm.PANELS)
    def test_batchnorm(self, drawn, study, placement):
        axes = panel(drawn["batchnorm", study], f"  {batchnorm.PANELS[placement]}")
        check_levels(axes, study, "batchnorm", parts.SCORE, forward_batchnorm=placement)

    @pytest.mark.parametrize("study", STUDIES)
    @pytest.mark.parametrize("measure", examples.PANELS)
    def test_examples(self, drawn, study, measure):
        axes = panel(drawn["examples", study], examples.PANELS[measure])
        check_levels(axes, study, "examples", measure)
        names = [label.get_text() for label in axes.get_xticklabels()]
        assert names == ["100", "1000", "all pairs"]
        notes = [text.get_text() for text in axes.texts]
        assert notes == (["no pairs left to hold out"] if "heldout" in measure else [])

    @pytest.mark.parametrize("study", STUDIES)
    def test_flatness(self, drawn, study):
        axes = panel(drawn["flatness", study], parts.SCORE_NAME)
        check_levels(axes, study, "flatness", parts.SCORE)

    def test_overview(self, drawn):
        axes = panel(drawn["overview", "full"], overview.TITLES["widths"])
        check_levels(axes, "full", "headline", parts.SCORE)


class TestFlatness:
    def test_lines_are_the_means_of_the_method_that_is_named(self, drawn):
        for measure, layer in product(flatness.PANELS, flatness.LAYERS):
            title = f"{flatness.PANELS[measure]}, hidden layer {layer}"
            axes = panel(drawn["flatness", "full"], title)
            for scale in ABLATIONS["flatness"]["weight_scale"]:
                arm = rows_of(
                    STUDIES["full"].runs, "flatness", method="dni[output]", weight_scale=scale
                )
                (line,) = lines(axes, scale)
                mean = arm.groupby("epoch")[f"{measure}_{layer}"].mean()
                np.testing.assert_allclose(line.get_ydata(), mean, rtol=1e-12)


class TestDigits:
    @pytest.mark.parametrize("study", STUDIES)
    def test_errors_are_what_the_accuracies_of_the_summary_leave(self, drawn, study):
        axes = panel(drawn["digits", study], digits.ERROR)
        summary = rows_of(STUDIES[study].summary, "digits", measure=digits.MEASURE)
        containers = {container.get_label(): container for container in axes.containers}
        assert sorted(containers) == sorted(style.look(m).name for m in summary["method"].unique())
        for method, rows in summary.groupby("method"):
            line, _, (bars,) = containers[style.look(method).name].lines
            places, errors = line.get_data(orig=False)
            assert list(np.round(places)) == [1, 2, 3, 4, 5]
            np.testing.assert_allclose(errors, 100 - 100 * rows["mean"], rtol=1e-12)
            ends = np.array([segment[:, 1] for segment in bars.get_segments()])
            expected = 100 - 100 * rows[["ci_high", "ci_low"]]
            np.testing.assert_allclose(ends, expected, rtol=1e-12)
        seeds = rows_of(STUDIES[study].outcomes, "digits")[digits.MEASURE]
        np.testing.assert_allclose(
            np.sort(seed_points(axes, 1)), np.sort(100 - 100 * seeds), rtol=1e-12
        )

    def test_chance_is_an_error_too_and_the_axis_begins_at_none(self, drawn):
        axes = panel(drawn["digits", "full"], digits.ERROR)
        levels = [line.get_ydata() for line in axes.lines if line.get_color() == style.FAINT]
        np.testing.assert_allclose(levels, [[48, 48]] * 5)
        assert axes.get_ylim() == (0, 100)


class TestLazy:
    @pytest.mark.parametrize("study", ["quick", "full"])
    def test_lines_are_the_means_by_epoch_and_by_updates_made(self, drawn, study):
        runs = rows_of(STUDIES[study].runs, "lazy")
        figure = drawn["lazy", study]
        assert len(figure.axes) == 2 * len(runs.groupby(["task", "method"]))
        for (task, method), arms in runs.groupby(["task", "method"]):
            title = f"{style.look(method).name}\n{lazy.TASKS[task]}"
            pair = [axes for axes in figure.axes if axes.get_title(loc="left").endswith(title)]
            for axes, by_update in zip(pair, (False, True), strict=True):
                for rate in ABLATIONS["lazy"]["update_probability"]:
                    arm = arms[arms["update_probability"] == rate]
                    mean = arm.groupby("epoch")["bit_accuracy"].mean().drop(0)
                    (line,) = lines(axes, rate)
                    share = float(rate) if by_update else 1
                    np.testing.assert_allclose(line.get_xdata(), mean.index * share, rtol=1e-12)
                    np.testing.assert_allclose(line.get_ydata(), mean, rtol=1e-12)

    def test_panels_share_their_accuracies_and_rows_their_axis(self, drawn):
        for study in STUDIES:
            panels = np.reshape(drawn["lazy", study].axes, (2, -1))
            assert {axes.get_xscale() for axes in panels.ravel()} == {"log"}
            assert len({axes.get_ylim() for axes in panels.ravel()}) == 1
            for row, label in zip(panels, lazy.AXES, strict=True):
                assert len({axes.get_xlim() for axes in row}) == 1
                assert {axes.get_xlabel() for axes in row} == {label}

    def test_the_legend_names_each_probability_once_from_the_highest(self, drawn):
        (legend,) = drawn["lazy", "full"].legends
        names = [text.get_text() for text in legend.get_texts()]
        assert names == [*ABLATIONS["lazy"]["update_probability"], "chance"]


class TestRepresentations:
    @pytest.mark.parametrize("study", STUDIES)
    def test_every_pair_of_methods_is_written_once_in_the_matrix_of_its_layer(self, drawn, study):
        tables = STUDIES[study]
        methods = style.in_order(tables.representations["method"])
        for layer in (1, 2, 3):
            axes = panel(drawn["representations", study], f"layer {layer} of 3")
            pairs = rows_of(tables.representations.assign(experiment=""), "", layer=layer)
            pairs = pairs[pairs["hidden"] == "64-64-64"]
            written = {
                frozenset(methods[place] for place in text.get_position()): text.get_text()
                for text in axes.texts
            }
            assert len(written) == len(axes.texts) == len(pairs)
            (mesh,) = axes.collections
            for pair in pairs.to_dict("records"):
                text = written[frozenset((pair["method"], pair["other"]))]
                assert float(text.replace("\N{MINUS SIGN}", "-")) == round(pair["likeness"], 2)
                row, column = sorted(
                    (methods.index(pair[name]) for name in ("method", "other")), reverse=True
                )
                coloured = np.ma.filled(mesh.get_array(), np.nan).reshape(len(methods), -1)
                assert coloured[row, column] == pair["likeness"]
            names = [style.look(method).name for method in methods]
            assert [label.get_text() for label in axes.get_xticklabels()] == names
        rows = panel(drawn["representations", study], "layer 1 of 3").get_yticklabels()
        assert [label.get_text() for label in rows] == names

    def test_the_yardstick_is_marked_where_backprop_meets_itself(self, drawn):
        figure = drawn["representations", "full"]
        for layer in (1, 2, 3):
            (mark,) = panel(figure, f"layer {layer} of 3").patches
            assert (mark.get_xy(), mark.get_width(), mark.get_height()) == ((-0.5, -0.5), 1, 1)
        (legend,) = figure.legends
        assert legend.get_texts()[-1].get_text() == "two seeds of backprop"
        least = drawn["representations", "least"]
        assert not any(axes.patches for axes in least.axes)

    def test_a_pair_without_a_value_is_left_blank(self):
        found = QUICK.representations
        found = found.assign(likeness=found["likeness"].where(found["other"] != "dni[output]"))
        figure = representations.draw(dataclasses.replace(QUICK, representations=found))
        assert len(panel(figure, "layer 1 of 3").texts) == 1

    @pytest.mark.parametrize("study", STUDIES)
    def test_points_are_the_means_of_every_layer(self, drawn, study):
        outcomes = rows_of(STUDIES[study].outcomes, "digits")
        for hidden, arms in outcomes.groupby("hidden"):
            count = depth.layers(hidden)
            axes = panel(drawn["representations", study], f"{count} hidden")
            containers = {container.get_label(): container for container in axes.containers}
            assert len(containers) == len(axes.containers) == arms["method"].nunique()
            for method, rows in arms.groupby("method"):
                places, means = containers[style.look(method).name].lines[0].get_data(orig=False)
                assert list(np.round(places)) == list(range(1, count + 1))
                expected = [rows[f"likeness_{k}"].mean() for k in range(1, count + 1)]
                np.testing.assert_allclose(means, expected, rtol=1e-12)


class TestOverview:
    def test_curves_are_those_of_the_middle_width(self, drawn):
        axes = panel(drawn["overview", "full"], "8 bits")
        for method, arm in rows_of(STUDIES["full"].runs, "headline", bits=8).groupby("method"):
            (line,) = lines(axes, style.look(method).name)
            mean = arm.groupby("epoch")["bit_accuracy"].mean()
            np.testing.assert_allclose(line.get_ydata(), mean, rtol=1e-12)

    def test_it_does_without_conditioning(self):
        outcomes = QUICK.outcomes[QUICK.outcomes["experiment"] != "conditioning"]
        figure = overview.draw(dataclasses.replace(QUICK, outcomes=outcomes))
        titles = [axes.get_title(loc="left") for axes in figure.axes]
        assert [title[:3] for title in titles] == ["(a)", "(b)", "(c)"]

    @pytest.mark.parametrize("study", STUDIES)
    def test_each_claim_has_a_circle_of_its_verdict(self, drawn, study):
        axes = panel(drawn["overview", study], overview.TITLES["verdicts"])
        found = STUDIES[study].claims.groupby("claim")["verdict"].first().value_counts()
        told = dict(reversed(text.get_text().split(" ", 1)) for text in axes.texts)
        assert {verdict: int(count) for verdict, count in told.items()} == found.to_dict()
        assert [len(line.get_xdata()) for line in axes.lines] == [int(n) for n in told.values()]
        for verdict, line in zip(told, axes.lines, strict=True):
            assert line.get_fillstyle() == claims.FILLS.get(verdict, "full")


def contrasts_of(figure):
    """What the forest plot shows: a dict with a row, look, estimate and interval a contrast."""
    forest = panel(figure, claims_title(2))
    drawn = [line for line in forest.lines if line.get_label() in LOOK_NAMES]
    bars = [line for line in forest.lines if len(line.get_xdata()) == 2 and line not in drawn]
    bars = {line.get_ydata()[0]: line for line in bars if np.ptp(line.get_ydata()) == 0}
    rows = []
    for line in drawn:
        (estimate,), (place,) = line.get_data(orig=False)
        low, high = bars[place].get_xdata()
        rows.append((place, line.get_label(), estimate, low, high))
    columns = ["place", "shown", "estimate", "low", "high"]
    return pd.DataFrame(rows, columns=columns).sort_values("place", ignore_index=True)


LOOK_NAMES = {look.name: shown for shown, look in claims.LOOKS.items()}


def claims_title(column):
    return list(claims.COLUMNS)[column]


class TestClaims:
    @pytest.mark.parametrize("study", STUDIES)
    def test_every_contrast_that_is_tested_is_drawn_once_and_in_order(self, drawn, study):
        table = STUDIES[study].claims
        tested = table[table["evidence"] != verdicts.NOT_TESTED].reset_index(drop=True)
        shown = contrasts_of(drawn["claims", study])
        assert [LOOK_NAMES[name] for name in shown["shown"]] == list(tested["evidence"])
        sign = np.where(tested["direction"].isin(["less", "not more"]), -1, 1)
        unit = sign / tested["smallest_effect"].replace(0, 0.05)
        shown = shown.astype({"estimate": float, "low": float, "high": float})
        np.testing.assert_allclose(shown["estimate"], tested["estimate"] * unit, rtol=1e-12)
        ends = np.sort(tested[["ci_low", "ci_high"]].mul(unit, axis=0))
        np.testing.assert_allclose(shown[["low", "high"]], ends, rtol=1e-12)

    def test_what_supports_a_claim_lies_where_the_claim_puts_it(self, drawn):
        figure = drawn["claims", "full"]
        forest = panel(figure, claims_title(2))
        areas = [band.get_paths()[0].get_extents() for band in forest.collections]
        shown = contrasts_of(figure)
        assert set(shown["shown"]) == set(LOOK_NAMES)
        for row in shown.to_dict("records"):
            (area,) = [area for area in areas if area.y0 < row["place"] < area.y1]
            within = area.x0 <= row["low"] and row["high"] <= area.x1
            evidence = LOOK_NAMES[row["shown"]]
            assert within or evidence != verdicts.SUPPORTS
            if evidence in (verdicts.OPPOSITE, verdicts.NO_DIFFERENCE):
                assert not area.x0 <= row["estimate"] <= area.x1

    @pytest.mark.parametrize("study", STUDIES)
    def test_each_verdict_stands_beside_its_claim(self, drawn, study):
        first = STUDIES[study].claims.groupby("claim", sort=False).first()
        statements, told = (panel(drawn["claims", study], claims_title(k)) for k in (0, 3))
        rules = [line.get_ydata()[0] for line in statements.lines]
        assert len(rules) == len(first)
        for (_, claim), top, bottom in zip(
            first.iterrows(), rules, [*rules[1:], np.inf], strict=True
        ):
            here = [
                " ".join(t.get_text() for t in axes.texts if top < t.get_position()[1] < bottom)
                for axes in (statements, told)
            ]
            assert here[0].startswith(claim["statement"])
            assert here[1].split(" ")[0] == claim["verdict"].split(" ")[0]
            circles = [line for line in told.lines if top < line.get_ydata()[0] < bottom]
            fills = {"reproduced": "full", "partly": "left", "not reproduced": "none"}
            assert [c.get_fillstyle() for c in circles] == [
                fill for verdict, fill in fills.items() if verdict == claim["verdict"]
            ]

    def test_it_fits_on_a_page(self, drawn):
        assert drawn["claims", "full"].get_size_inches()[1] < 9.6


class TestAutopsy:
    @pytest.mark.parametrize("measure", ["printed_error", "bit_accuracy", "mse"])
    def test_lines_are_the_means_over_seeds(self, drawn, measure):
        axes = panel(drawn["autopsy", "quick"], autopsy.PANELS[measure])
        for signs, look in style.SIGNS.items():
            arm = rows_of(QUICK.runs, "signs", **dict(zip(autopsy.KEYS, signs, strict=True)))
            (line,) = lines(axes, look.name)
            mean = arm.groupby("epoch")[measure].mean().dropna()
            np.testing.assert_array_equal(line.get_xdata(), mean.index)
            np.testing.assert_allclose(line.get_ydata(), mean, rtol=1e-12)

    def test_weights_are_averaged_on_their_logarithmic_axis(self, drawn):
        axes = panel(drawn["autopsy", "quick"], autopsy.PANELS["largest_weight"])
        arm = rows_of(QUICK.runs, "signs", step_direction="ascent")
        arm = rows_of(arm, "signs", generator_step_direction="ascent")
        (line,) = lines(axes, style.SIGNS["ascent", "ascent"].name)
        mean = np.exp(np.log(arm["largest_weight"]).groupby(arm["epoch"]).mean())
        np.testing.assert_allclose(line.get_ydata(), mean, rtol=1e-12)
        assert axes.get_yscale() == "log"

    def test_the_remaining_slope_is_the_mean_slope_weighted_by_the_errors(self):
        outputs, targets = np.array([0.5, 0.9, 0.01]), np.array([1.0, 0.0, 1.0])
        error = np.abs(outputs - targets)
        slope = outputs * (1 - outputs)
        runs = pd.DataFrame(
            {"tutorial_error": [(error * slope).sum()], "absolute_error": [error.sum()]}
        )
        expected = np.average(slope, weights=error)
        np.testing.assert_allclose(autopsy.remaining_slope(runs), expected)

    def test_the_printed_signs_stand_out(self):
        printed = style.SIGNS["ascent", "ascent"]
        others = [look for look in style.SIGNS.values() if look is not printed]
        assert printed.width > max(look.width for look in others)
        assert "as printed" in printed.name


class TestEditions:
    @pytest.mark.parametrize("measure", editions.PANELS)
    def test_points_means_and_seed_1_are_those_of_the_table(self, drawn, measure):
        axes = panel(drawn["editions", "quick"], editions.PANELS[measure][0])
        means = [container.lines[0] for container in axes.containers]
        marks = lines(axes, editions.TUTORIAL.name)
        points = [line for line in axes.lines if line.get_markersize() == 2.5]
        for row, name in enumerate(EDITIONS):
            outcomes = rows_of(QUICK.outcomes, "editions", edition=name).set_index("seed")
            values = outcomes[measure]
            np.testing.assert_allclose(means[row].get_xdata(orig=False), values.mean(), rtol=1e-12)
            np.testing.assert_array_equal(marks[row].get_xdata(orig=False), values[1])
            np.testing.assert_array_equal(points[row].get_xdata(), values.drop(index=1))
            rank = sorted(values).index(values[1]) + 1
            (note,) = [t for t in axes.texts if t.get_position() == (1.02, row)]
            assert note.get_text() == f"{rank} of 10"

    def test_reconstructions_are_called_so(self, drawn):
        notes = [text.get_text() for text in drawn["editions", "quick"].axes[0].texts]
        assert sum("reconstructed" in note for note in notes) == 2


SIGHT = {
    "normal": np.eye(3),
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritanopia": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}
"""How linear RGB is seen, after Machado, Oliveira and Fernandes (2009)."""


def lab(colour, sight=SIGHT["normal"]):
    """CIE L*a*b* of a colour as seen: lightness first, distances about as perceived."""
    rgb = np.array(to_rgb(colour))
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    to_xyz = [[0.41246, 0.35758, 0.18044], [0.21267, 0.71515, 0.07217], [0.01933, 0.11919, 0.9503]]
    xyz = np.array(to_xyz) @ np.clip(np.asarray(sight) @ linear, 0, 1) / [0.95047, 1, 1.08883]
    x, y, z = np.where(xyz > 216 / 24389, np.cbrt(xyz), (24389 / 27 * xyz + 16) / 116)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


class TestStyle:
    def methods(self):
        return [*UNDECOUPLED, *SUBSETS]

    def test_no_two_methods_look_alike_or_share_a_name(self):
        looks = [style.look(method) for method in self.methods()]
        assert len(looks) == 18
        assert len({(look.colour, look.dashes, look.marker, look.filled) for look in looks}) == 18
        assert len({look.name for look in looks}) == 18

    @pytest.mark.parametrize("sight", SIGHT)
    def test_headline_colours_differ_for_every_reader(self, sight):
        seen = {name: lab(look.colour, SIGHT[sight]) for name, look in style.METHODS.items()}
        for name, other in combinations(seen, 2):
            assert np.linalg.norm(seen[name] - seen[other]) > 15, (name, other)

    def test_headline_methods_differ_without_colour(self):
        assert len({look.marker for look in style.METHODS.values()}) == len(style.METHODS)

    def test_headline_methods_that_are_alike_in_grey_have_other_dashes(self):
        for look, other in combinations(style.METHODS.values(), 2):
            apart = abs(lab(look.colour)[0] - lab(other.colour)[0])
            assert apart > 10 or look.dashes != other.dashes, (look.name, other.name)

    @pytest.mark.parametrize("sight", SIGHT)
    def test_colours_of_signs_and_evidence_differ_for_every_reader(self, sight):
        for looks in (style.SIGNS, claims.LOOKS):
            seen = [lab(look.colour, SIGHT[sight]) for look in looks.values()]
            for one, other in combinations(seen, 2):
                assert np.linalg.norm(one - other) > 15
            assert len({(look.marker, look.filled) for look in looks.values()}) == len(looks)

    def test_numbers_on_axes_are_short(self):
        shown = [style.plain(number) for number in (0.0001, 0.00001, 3e-5, -10, 3)]
        assert shown == ["0.0001", "$10^{-5}$", r"$3\cdot 10^{-5}$", "\u221210", "3"]

    def test_headline_colours_stand_out_from_paper_in_grey(self):
        for look in style.METHODS.values():
            assert lab(look.colour)[0] < 75, look

    def test_a_method_of_another_kind_has_a_look_and_a_place(self):
        assert style.look("target-propagation").name == "target propagation"
        methods = ["target-propagation", "dni[input]", "dni[label]", "backprop"]
        assert style.in_order(methods) == methods[::-1]

    def test_jitter_stays_in_its_lane(self):
        offsets = style.jitter(30, 2.0)
        assert np.abs(offsets).max() <= 1
        assert len(np.unique(offsets)) == 30


class TestFiles:
    def test_two_savings_are_the_same_to_the_byte_and_leave_nothing_else(self, saved):
        first, second = (
            {path.name: path.read_bytes() for path in folder.iterdir()} for folder in saved
        )
        assert sorted(first) == sorted(
            f"{n}.{kind}" for n in catalogue.FIGURES for kind in ("pdf", "png")
        )
        assert len(second) == 2 * len(TWICE)
        assert second.items() <= first.items()

    @pytest.mark.parametrize("name", catalogue.FIGURES)
    def test_fonts_are_embedded_and_none_is_of_type_3(self, saved, name):
        (page,) = pypdf.PdfReader(saved[0] / f"{name}.pdf").pages
        fonts = [font.get_object() for font in page["/Resources"]["/Font"].values()]
        assert fonts
        for font in fonts:
            (descendant,) = font["/DescendantFonts"]
            assert font["/Subtype"] == "/Type0"
            assert "/FontFile2" in descendant.get_object()["/FontDescriptor"]

    @pytest.mark.parametrize("name", catalogue.FIGURES)
    def test_the_picture_has_300_dots_an_inch(self, saved, name):
        with Image.open(saved[0] / f"{name}.png") as picture:
            assert picture.width in (300 * style.ONE_COLUMN, 300 * style.TWO_COLUMNS)

    def test_tables_are_read_from_a_folder(self, tmp_path):
        for kind in ("runs", "outcomes", "sweeps"):
            frame = getattr(QUICK, kind)
            columns = {column: frame[column].to_numpy() for column in frame}
            records.write_table(columns, kind, tmp_path / f"{kind}.parquet")
        for name in ("summary", "claims", "representations"):
            records.write_csv(getattr(QUICK, name), tmp_path / f"{name}.csv")
        tables = load(tmp_path, RESAMPLES, 1)
        axes = panel(learning_curves.draw(tables), "4 bits")
        (line,) = lines(axes, "backprop")
        (expected,) = lines(panel(learning_curves.draw(QUICK), "4 bits"), "backprop")
        np.testing.assert_array_equal(line.get_ydata(), expected.get_ydata())


class TestErrors:
    def test_an_experiment_that_is_not_there_is_named(self):
        tables = dataclasses.replace(QUICK, runs=rows_of(QUICK.runs, "headline"))
        with pytest.raises(ValueError, match="table of runs has no experiment 'signs'"):
            autopsy.draw(tables)

    def test_arms_are_never_mixed(self):
        runs = QUICK.runs.copy()
        runs.loc[runs["seed"] == 0, "cell"] = "another"
        tables = dataclasses.replace(QUICK, runs=runs)
        with pytest.raises(
            ValueError, match="varies more than bits, method: 4, backprop has the cells"
        ):
            learning_curves.draw(tables)


def test_every_figure_has_a_caption_of_its_own():
    template = jinja2.Template((ROOT / "workflow" / "report" / "figure.rst").read_text())
    config = {"seeds": {"evaluation": {"count": 30}}}
    captions = [
        template.render(
            snakemake=SimpleNamespace(config=config, wildcards=SimpleNamespace(figure=name))
        ).strip()
        for name in catalogue.FIGURES
    ]
    assert min(len(caption) for caption in captions) > 150
    assert len({caption[:40] for caption in captions}) == len(captions)
    assert sum("30 seeds" in caption for caption in captions) > len(captions) / 2


@pytest.mark.parametrize("figure", catalogue.FIGURES)
def test_the_modules_that_decide_a_figure_exist(figure):
    paths = wiring.figure_sources(SimpleNamespace(figure=figure))
    assert [path for path in paths if not Path(path).is_file()] == []
