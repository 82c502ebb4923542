"""The figures: what they show is what the tables say."""

import dataclasses
import importlib
from itertools import chain, combinations
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pypdf
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb
from matplotlib.text import Text
from PIL import Image

from synthgrad import analysis, records, wiring
from synthgrad.editions import EDITIONS
from synthgrad.figures import accuracy_by_width, autopsy, editions, learning_curves, style
from synthgrad.figures.tables import Tables, load
from synthgrad.setups import CONDITIONS, UNDECOUPLED

RESAMPLES = 99
LAYERS = [f"{name}_{k}" for name in ("alignment", "spread", "saturation") for k in (1, 2)]


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
        np.nan if labels["bits"] == 4 else 0.5 + 0.9 * (runs["bit_accuracy"] - 0.5)
    )
    runs["sum_accuracy"] = runs["bit_accuracy"] ** 2
    runs["mse"] = 0.26 - 0.2 * reached * (end - 0.5)
    runs["absolute_error"] = 1000 * labels["bits"] * np.sqrt(runs["mse"])
    runs["tutorial_error"] = 1000 * labels["bits"] * 0.2 * np.sqrt(runs["mse"])
    runs["printed_error"] = runs["tutorial_error"].where(runs["epoch"] > 0)
    runs["largest_weight"] = 1 + 10.0 ** (reached * 3)
    runs["diverged_at"] = np.nan
    for name in LAYERS:
        runs[name] = 0.1
    return pd.DataFrame(labels, index=runs.index).join(runs)


def make_tables(methods=("backprop", "dni[output]"), widths=(4, 6), seeds=10, last=100):
    """Tables of a made-up study with the experiments that are drawn."""
    rng = np.random.default_rng(1)
    blank = {"edition": None, "step_direction": None, "generator_step_direction": None}
    parts = []

    def add(experiment, cell, method, bits, level, **factors):
        labels = {"experiment": experiment, "cell": cell, "method": method, "bits": bits}
        labels |= blank | factors
        parts.append(arm_runs(rng, labels, range(seeds), last, level))

    for i, method in enumerate(methods):
        for bits in widths:
            level = 1 - 0.4 * i / len(methods) - 0.01 * bits
            add("headline", f"{method},bits={bits}", method, bits, level)
    for name, edition in EDITIONS.items():
        add("editions", name, edition.setup.method, edition.setup.bits, 0.8, edition=name)
    for step in ("descent", "ascent"):
        for generator in ("descent", "ascent"):
            factors = {"step_direction": step, "generator_step_direction": generator}
            add("signs", f"{step},{generator}", "dni[output]", 12, 0.5, **factors)
    runs = pd.concat(parts, ignore_index=True)
    outcomes = runs[runs["epoch"] == last].drop(columns="epoch")
    outcomes = outcomes.assign(chance=0.52, accuracy_auc=outcomes["bit_accuracy"] - 0.5)
    return Tables(
        runs=runs,
        outcomes=outcomes,
        summary=analysis.summarise(outcomes, RESAMPLES, 1),
        statistics=analysis.compare(outcomes, RESAMPLES, 1),
        resamples=RESAMPLES,
        seed=1,
    )


STUDIES = {
    "quick": make_tables(),
    "full": make_tables(tuple(style.METHODS), (4, 6, 8, 10, 12), seeds=30, last=300),
    "least": make_tables(("dni[input]",), (8,), seeds=1, last=1),
}
QUICK = STUDIES["quick"]


def draw(figure, tables):
    module = importlib.import_module(f"synthgrad.figures.{figure.replace('-', '_')}")
    return module.draw(tables)


@pytest.fixture(scope="module")
def drawn():
    """Each figure of each study, drawn and laid out once."""
    figures = {
        (name, study): draw(name, STUDIES[study]) for name in wiring.FIGURES for study in STUDIES
    }
    for figure in figures.values():
        FigureCanvasAgg(figure).draw()
    return figures


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """Two folders, with the same figures drawn and saved once in each."""
    folders = [tmp_path_factory.mktemp("figures") for _ in range(2)]
    for folder in folders:
        for name in wiring.FIGURES:
            style.save(draw(name, QUICK), folder / name)
    return folders


def lines(axes, label):
    return [line for line in axes.lines if line.get_label() == label]


def panel(figure, title):
    found = [axes for axes in figure.axes if axes.get_title(loc="left").endswith(title)]
    assert len(found) == 1, title
    return found[0]


def rows_of(frame, experiment, **arm):
    chosen = frame["experiment"] == experiment
    for key, value in arm.items():
        chosen &= frame[key] == value
    return frame[chosen]


every_figure = pytest.mark.parametrize(
    ("name", "study"), [(name, study) for name in wiring.FIGURES for study in STUDIES]
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
        boxes = [(text, text.get_window_extent()) for text in texts if text not in hidden]
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
                for place, (low, high) in zip(
                    (line.get_xdata(orig=False), line.get_ydata(orig=False)),
                    (sorted(axes.get_xlim()), sorted(axes.get_ylim())),
                    strict=True,
                ):
                    assert np.all((place >= low) & (place <= high)), line.get_label()

    @every_figure
    def test_it_is_as_wide_as_two_columns(self, drawn, name, study):
        assert drawn[name, study].get_size_inches()[0] == style.TWO_COLUMNS

    @every_figure
    def test_panels_are_lettered_in_order(self, drawn, name, study):
        titles = [axes.get_title(loc="left") for axes in drawn[name, study].axes if axes.axison]
        assert [title[:3] for title in titles] == [f"({letter})" for letter in "abcdef"][
            : len(titles)
        ]


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


class TestAccuracyByWidth:
    @pytest.mark.parametrize("study", ["quick", "full"])
    @pytest.mark.parametrize("measure", accuracy_by_width.PANELS)
    def test_symbols_and_bars_are_the_rows_of_the_summary(self, drawn, study, measure):
        axes = panel(drawn["accuracy-by-width", study], accuracy_by_width.PANELS[measure])
        estimates = rows_of(STUDIES[study].summary, "headline", measure=measure)
        containers = {container.get_label(): container for container in axes.containers}
        assert len(containers) == estimates["method"].nunique()
        for method, rows in estimates.groupby("method"):
            line, _, (bars,) = containers[style.look(method).name].lines
            rows = rows.sort_values("bits")
            offset = line.get_xdata(orig=False) - rows["bits"]
            assert np.ptp(offset) < 1e-12
            assert abs(offset.iloc[0]) < 0.8
            np.testing.assert_array_equal(line.get_ydata(), rows["mean"])
            ends = np.array([segment[:, 1] for segment in bars.get_segments()])
            np.testing.assert_allclose(ends, rows[["ci_low", "ci_high"]], rtol=1e-12)

    def test_every_seed_is_a_point(self, drawn):
        axes = panel(drawn["accuracy-by-width", "full"], "training examples")
        outcomes = rows_of(STUDIES["full"].outcomes, "headline")
        points = [line.get_ydata() for line in axes.lines if line.get_markersize() < 2]
        np.testing.assert_array_equal(
            np.sort(np.concatenate(points)), np.sort(outcomes["bit_accuracy"])
        )

    def test_more_seeds_are_not_drawn_one_by_one(self):
        axes = draw("accuracy-by-width", make_tables(seeds=31)).axes[0]
        assert not [line for line in axes.lines if 0 < line.get_markersize() < 2]

    def test_a_width_without_held_out_examples_is_explained(self, drawn):
        heldout = panel(drawn["accuracy-by-width", "quick"], "held-out examples")
        (note,) = [text for text in heldout.texts if "hold out" in text.get_text()]
        assert note.get_position()[0] == 4
        assert not panel(drawn["accuracy-by-width", "quick"], "training examples").texts


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
    def subsets(self):
        sizes = range(1, len(CONDITIONS) + 1)
        return chain.from_iterable(combinations(CONDITIONS, size) for size in sizes)

    def methods(self):
        return [*UNDECOUPLED, *(f"dni[{'+'.join(names)}]" for names in self.subsets())]

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
            path.removeprefix("figures/") for path in wiring.figure_files("figures")
        )
        assert first == second

    @pytest.mark.parametrize("name", wiring.FIGURES)
    def test_fonts_are_embedded_and_none_is_of_type_3(self, saved, name):
        (page,) = pypdf.PdfReader(saved[0] / f"{name}.pdf").pages
        fonts = [font.get_object() for font in page["/Resources"]["/Font"].values()]
        assert fonts
        for font in fonts:
            (descendant,) = font["/DescendantFonts"]
            assert font["/Subtype"] == "/Type0"
            assert "/FontFile2" in descendant.get_object()["/FontDescriptor"]

    @pytest.mark.parametrize("name", wiring.FIGURES)
    def test_the_picture_has_300_dots_an_inch(self, saved, name):
        with Image.open(saved[0] / f"{name}.png") as picture:
            assert picture.width == 300 * style.TWO_COLUMNS

    def test_tables_are_read_from_a_folder(self, tmp_path):
        for kind in ("runs", "outcomes"):
            frame = getattr(QUICK, kind)
            columns = {column: frame[column].to_numpy() for column in frame}
            records.write_table(columns, kind, tmp_path / f"{kind}.parquet")
        for name in ("summary", "statistics"):
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


@pytest.mark.parametrize("figure", wiring.FIGURES)
def test_the_modules_that_decide_a_figure_exist(figure):
    paths = wiring.figure_sources(SimpleNamespace(figure=figure))
    assert [path for path in paths if not Path(path).is_file()] == []
