"""What a figure is read from and saved to."""

from functools import cache
from io import BytesIO

import numpy as np
import pypdf
import pytest
from drawn import lines, panel
from made_up_study import RESAMPLES, rows_of
from PIL import Image

from synthgrad.figures import style
from synthgrad.figures.gallery import autopsy, learning_curves
from synthgrad.figures.listing import figures, module
from synthgrad.figures.tables import load
from synthgrad.study.tables import write_csv, write_table


def save(figure, stem):
    """Save a figure; the bytes of its files by name."""
    style.save(figure, stem)
    return {path.name: path.read_bytes() for path in stem.parent.iterdir()}


@pytest.fixture(scope="module")
def saved(quick, tmp_path_factory):
    """A function from a figure to its files, which are saved once."""

    def save_once(name):
        figure = module(name).draw(quick)
        figure.set_layout_engine("none")  # the layout takes longest, and changes no font or size
        return save(figure, tmp_path_factory.mktemp(name) / name)

    return cache(save_once)


@pytest.mark.parametrize("name", figures())
def test_fonts_are_embedded_and_none_is_of_type_3(name, saved):
    (page,) = pypdf.PdfReader(BytesIO(saved(name)[f"{name}.pdf"])).pages
    fonts = [font.get_object() for font in page["/Resources"]["/Font"].values()]
    assert fonts
    for font in fonts:
        (descendant,) = font["/DescendantFonts"]
        assert font["/Subtype"] == "/Type0"
        assert "/FontFile2" in descendant.get_object()["/FontDescriptor"]


@pytest.mark.parametrize("name", figures())
def test_the_picture_has_300_dots_an_inch(name, saved):
    with Image.open(BytesIO(saved(name)[f"{name}.png"])) as picture:
        assert picture.width in [300 * w for w in (style.ONE_COLUMN, style.TWO_COLUMNS, style.PAGE)]


# Those published are all drawn again by tests/end_to_end.
@pytest.mark.parametrize(
    "name", ["overview", "learning-curves", "stability", "budget", "choices", "rounding"]
)
def test_two_savings_are_the_same_to_the_byte_and_leave_nothing_else(name, quick, tmp_path):
    folders = tmp_path / "first", tmp_path / "second"
    first, second = (save(module(name).draw(quick), folder / name) for folder in folders)
    assert sorted(first) == [f"{name}.pdf", f"{name}.png"]
    assert first == second


def test_tables_are_read_from_a_folder(quick, tmp_path):
    for kind in ("runs", "outcomes", "sweeps"):
        frame = getattr(quick, kind)
        columns = {column: frame[column].to_numpy() for column in frame}
        write_table(columns, kind, tmp_path / f"{kind}.parquet")
    for name in ("summary", "claims", "representations", "representable"):
        write_csv(getattr(quick, name), tmp_path / f"{name}.csv")
    tables = load(tmp_path, RESAMPLES, 1)
    axes = panel(learning_curves.draw(tables), "4 bits")
    (line,) = lines(axes, "backprop")
    (expected,) = lines(panel(learning_curves.draw(quick), "4 bits"), "backprop")
    np.testing.assert_array_equal(line.get_ydata(), expected.get_ydata())


def test_an_experiment_that_is_not_there_is_named(quick):
    tables = quick.changed(runs=rows_of(quick.runs, "headline"))
    with pytest.raises(ValueError, match="table of runs has no experiment 'signs'"):
        autopsy.draw(tables)


def test_arms_are_never_mixed(quick):
    runs = quick.runs.copy()
    runs.loc[runs["seed"] == 0, "cell"] = "another"
    tables = quick.changed(runs=runs)
    with pytest.raises(
        ValueError, match="varies more than bits, method: 4, backprop has the cells"
    ):
        learning_curves.draw(tables)
