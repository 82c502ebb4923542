"""Which figures there are, and what is drawn of what is published."""

import subprocess
import sys

import pytest

from synthgrad.figures.listing import Figure, figures, module
from synthgrad.figures.published import plot

SAYS_ALL = r"""
EXPERIMENT = "depth"
TABLES = ("outcomes", "sums")
CATEGORY = "Sums"
EXPLORE = "experiment=depth&bits=4"
CAPTION = r"What \emph{sums} are."
"""


@pytest.fixture
def gallery(tmp_path, monkeypatch):
    """An empty gallery."""
    monkeypatch.setattr("synthgrad.figures.listing.GALLERY", tmp_path)
    figures.cache_clear()
    yield tmp_path
    figures.cache_clear()


def test_a_new_module_is_a_new_figure(gallery):
    (gallery / "__init__.py").write_text("")
    (gallery / "many_sums.py").write_text(SAYS_ALL)
    (gallery / "few.py").write_text('CAPTION = "Few."\nimport matplotlib\n')
    found = figures()
    assert list(found) == ["few", "many-sums"]
    assert vars(found["many-sums"]) == {
        "experiment": "depth",
        "tables": ("outcomes", "sums"),
        "category": "Sums",
        "explore": "experiment=depth&bits=4",
        "caption": r"What \emph{sums} are.",
    }
    assert (found["few"].experiment, found["few"].tables) == (None, ())


def test_a_figure_opens_what_it_says_or_else_its_experiment():
    assert Figure("", "depth", explore="experiment=depth&bits=4").opens == "experiment=depth&bits=4"
    assert Figure("", "depth").opens == "experiment=depth"
    assert Figure("", "depth", explore="").opens == ""
    assert Figure("").opens == ""


def test_every_figure_says_what_its_module_does():
    for name, figure in figures().items():
        assert figure.caption == module(name).CAPTION
        assert figure.experiment == getattr(module(name), "EXPERIMENT", None)
        assert callable(module(name).draw)


def test_figures_are_listed_without_matplotlib():
    code = (
        "import sys; from synthgrad.figures.listing import figures; assert figures();"
        "assert not {'matplotlib', 'seaborn', 'pandas'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_published_figure_is_drawn_by_its_name():
    assert plot("depth").axes


def test_a_figure_that_is_not_there_is_refused_with_those_that_are():
    with pytest.raises(ValueError, match=r"figure is 'widths'; allowed are .*learning-curves"):
        plot("widths")
