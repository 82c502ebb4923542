"""The captions of figures, in the paper and in the HTML report."""

import pytest

from synthgrad.figures.listing import figures
from synthgrad.report import captions
from synthgrad.report.documents import values

SEEDS = {figure.experiment: 30 for figure in figures().values()} | {"headline": 30}


def test_captions_tell_the_number_of_seeds():
    texts = [captions.text(name, SEEDS) for name in figures()]
    assert len(set(texts)) == len(texts)
    assert sum("30 seeds" in text for text in texts) > len(texts) / 2


@pytest.mark.parametrize("name", figures())
def test_nothing_of_tex_is_left_in_a_text(name):
    assert not set(captions.text(name, SEEDS)) & set("\\{}$~")


def test_tex_becomes_text(monkeypatch):
    caption = r"""
    Sums: (a)~\emph{few} by \method{frozen}, of \val{seeds/depth} at \val{study/confidence}\,\%
    (\cref{eq:score}), $\tfrac12$ of $n$ in (a--c). As in \cref{fig:depth}.
    """
    listed = {"sums": figures()["depth"].__class__(caption)}
    monkeypatch.setattr(captions, "figures", lambda: listed)
    assert captions.text("sums", {"depth": 10}) == (
        "Sums: (a) few by frozen, of 10 at 95 %, 1/2 of n in (a\N{EN DASH}c). "
        "As in the figure depth."
    )


def test_the_confidence_is_that_of_the_statistics(run):
    assert str(captions.CONFIDENCE) == values(run)["study/confidence"]
