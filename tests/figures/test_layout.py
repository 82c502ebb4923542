"""The layout of every figure of every study: nothing is cut off, hidden or out of place."""

from itertools import combinations, product
from string import ascii_lowercase

import numpy as np
import pytest
from drawn import drawn
from made_up_study import STUDIES
from matplotlib.text import Text

from synthgrad.figures import style
from synthgrad.figures.listing import figures

# With a scope above that of a test, the tests run one figure after the other.
pytestmark = pytest.mark.parametrize(
    ("name", "study"), list(product(figures(), STUDIES)), scope="module"
)


@pytest.fixture
def figure(name, study):
    return drawn(name, study)


def test_nothing_is_cut_off(figure):
    box = figure.get_tightbbox()
    width, height = figure.get_size_inches()
    assert box.x0 >= 0
    assert box.y0 >= 0
    assert box.x1 <= width
    assert box.y1 <= height


def test_no_text_lies_on_another(figure):
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


def test_the_axes_cover_the_data(figure):
    for axes in figure.axes:
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


def test_it_is_as_wide_as_one_column_or_two(figure):
    assert figure.get_size_inches()[0] in (style.ONE_COLUMN, style.TWO_COLUMNS, style.PAGE)


def test_panels_are_lettered(name, figure):
    titles = [axes.get_title(loc="left") for axes in figure.axes]
    found = sorted(title[:3] for title in titles if title and name != "claims")
    assert found or name == "claims"
    assert found == [f"({letter})" for letter in ascii_lowercase[: len(found)]]


def test_no_legend_lies_on_a_panel(figure):
    legends = figure.legends + [axes.get_legend() for axes in figure.axes if axes.get_legend()]
    panels = [axes.get_window_extent() for axes in figure.axes if axes.axison]
    for legend in legends:
        box = legend.get_window_extent()
        assert not any(box.overlaps(panel) for panel in panels)
