"""How figures look: methods are told apart by every reader."""

from itertools import combinations

import numpy as np
import pytest
from made_up_study import SUBSETS
from matplotlib.colors import to_rgb

from synthgrad.core.setup import UNDECOUPLED
from synthgrad.figures import naming, style
from synthgrad.figures.gallery import claims

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
        assert len(looks) == 20
        assert len({(look.colour, look.dashes, look.marker, look.filled) for look in looks}) == 20
        assert len({look.name for look in looks}) == 20

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

    def test_colours_of_no_method_are_no_method_s(self):
        taken = {look.colour for look in style.METHODS.values()}
        assert not taken & {style.NEUTRAL, style.CONTRAST}
        apart = lab(style.NEUTRAL) - lab(style.CONTRAST)
        assert np.linalg.norm(apart) > 15


@pytest.fixture
def named():
    """Names beside a panel of which two end at one height and one at its top."""
    with style.in_style():
        figure = style.new_figure(style.ONE_COLUMN, 2)
        axes = figure.subplots()
        axes.set_ylim(0, 1)
        methods = ["dni[output]", "frozen", "dni[label]", "backprop"]
        ends = zip([0.2, 0.2, 0.6, 1.0], map(style.look, methods), strict=True)
        naming.name_beside(axes, ends)
        figure.draw_without_rendering()
    return figure, axes


def test_names_beside_a_panel_stand_where_lines_end_and_apart(named):
    _figure, axes = named
    panel = axes.get_window_extent()
    middles = {}
    for text in axes.texts:
        box = text.get_window_extent()
        assert box.x0 > panel.x1
        middles[text.get_text()] = ((box.y0 + box.y1) / 2 - panel.y0) / panel.height
    assert middles["dni[label]"] == pytest.approx(0.6, abs=0.02)
    assert middles["backprop"] == pytest.approx(1, abs=0.02)
    assert middles["dni[output]"] < 0.2 < middles["frozen"]
    apart = (middles["frozen"] - middles["dni[output]"]) * panel.height * 72 / 100
    assert apart == pytest.approx(naming.HEIGHT, abs=0.5)
