"""What LaTeX says of a document, and what the paper's own macros do."""

import shutil
import zlib

import pytest
from made_up_run import METHODS, small_run
from package import ROOT
from small_pdf import DOT

from synthgrad.report.documents import documents
from synthgrad.report.latex import (
    TypesetError,
    bibliography_problems,
    has_type3_fonts,
    log_problems,
    typeset,
)
from synthgrad.report.paper import table
from synthgrad.report.tex import definitions
from synthgrad.workflow.paper import has_latex

PAPER = ROOT / "paper"

needs_latex = pytest.mark.skipif(not has_latex(), reason="LaTeX is not installed")


CLEAN_LOG = r"""
(/paper/sections/results.tex
LaTeX Warning: `h' float specifier changed to `ht'.
Overfull \hbox (4.9pt too wide) in paragraph at lines 3--9
Underfull \hbox (badness 10000) in paragraph at lines 3--9
Package microtype Info: Loading generic protrusion settings for font family
LaTeX Font Warning: Size substitutions with differences
"""


def test_a_clean_log_has_no_problems():
    assert log_problems(CLEAN_LOG) == []


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        (
            "LaTeX Warning: Reference `tab:x' on page 2 undefined on input line 7.",
            "Reference `tab:x' is undefined",
        ),
        (
            "Package natbib Warning: Citation `who' on page 1 undefined on input line 4.",
            "Citation `who' is undefined",
        ),
        ("LaTeX Warning: Label `a' multiply defined.", "Label `a' is defined more than once"),
        (
            "Missing character: There is no ß in font lmr10!",
            "missing glyph: There is no ß in font lmr10",
        ),
        (
            r"Overfull \hbox (17.2pt too wide) in paragraph at lines 3--9",
            r"\hbox 17.2 pt too large in paragraph at lines 3--9, near results.tex",
        ),
        (
            r"Overfull \vbox (8.0pt too high) has occurred while \output is active",
            r"\vbox 8.0 pt too large has occurred while \output is active, near results.tex",
        ),
        (
            "LaTeX Warning: Float too large for page by 77.1pt on input line 12.",
            "Float too large for page by 77.1pt",
        ),
        ("/paper/a.tex:3: Undefined control sequence.", "error: Undefined control sequence."),
        ("! Emergency stop.", "error: Emergency stop."),
        (
            "./a.tex:3: LaTeX Error: File `b.sty' not found.",
            "error: File `b.sty' is not installed; paper/ensure-tex.sh installs it or says how",
        ),
    ],
)
def test_problems_in_a_log(line, problem):
    assert log_problems(f"{CLEAN_LOG}{line}\n{line}\n") == [problem]


def test_after_an_error_the_rest_of_a_log_is_not_told():
    log = "LaTeX Warning: Reference `a' on page 1 undefined on input line 1.\n! Bad.\n"
    assert log_problems(log) == ["error: Bad."]


def test_problems_of_the_bibliography():
    log = "Database file #1: references.bib\nWarning--empty year in trask2017\n"
    assert bibliography_problems(log) == ["bibliography: empty year in trask2017"]


def test_type_3_fonts_are_found_in_compressed_objects_too():
    font = b"<< /Type /Font /Subtype /Type3 >>"
    stream = b"<< /Type /ObjStm >>\nstream\n" + zlib.compress(font) + b"\nendstream\n"
    assert has_type3_fonts(b"%PDF-1.5\n" + font)
    assert has_type3_fonts(b"%PDF-1.5\n" + stream)
    assert not has_type3_fonts(b"%PDF-1.5\n<< /Subtype /Type1 >>\n")


def latex(folder, text):
    """Typeset a one-file document with the style of the paper; the path of its PDF."""
    source = folder / "small.tex"
    source.write_text(
        r"\documentclass{article}\usepackage{synthgrad}\input{numbers}\markpages"
        rf"\begin{{document}}{text}\end{{document}}",
        encoding="utf-8",
    )
    typeset(source, [PAPER], folder / "build", folder / "out" / "small.pdf")
    return folder / "out" / "small.pdf"


@needs_latex
def test_an_unknown_key_stops_latex(tmp_path):
    (tmp_path / "numbers.tex").write_text(definitions({"run/mark": "", "a/b": "1"}))
    with pytest.raises(TypesetError, match=r"No value for the key `a/c'"):
        latex(tmp_path, r"\val{a/b} \val{a/c}")
    assert not (tmp_path / "out").exists()


@needs_latex
def test_a_figure_without_a_caption_stops_latex_and_is_named(tmp_path):
    (tmp_path / "numbers.tex").write_text(
        definitions({"run/mark": ""}) + r"\defcaption{a}{An $a$.}"
    )
    assert "Figure 1. An a." in text_of(
        latex(tmp_path, r"\begin{figure}\caption{\figurecaption{a}}\end{figure}")
    )
    with pytest.raises(TypesetError, match="No caption for the figure `b'"):
        latex(tmp_path, r"\figurecaption{b}")


@needs_latex
def test_a_figure_is_a_link_to_a_file_beside_the_pdf(tmp_path):
    """As an address: a viewer that is to open a file may refuse, or look for a PDF."""
    pypdf = pytest.importorskip("pypdf")
    (tmp_path / "figures").mkdir()
    (tmp_path / "figures" / "a.pdf").write_bytes(DOT)
    (tmp_path / "figures" / "b.pdf").write_bytes(DOT)
    opens = "experiment=depth&measure=alignment_2&methods=dni[output+label]"
    links = rf"\deflink{{a}}{{{opens}}}\deflink{{b}}{{}}"
    (tmp_path / "numbers.tex").write_text(definitions({"run/mark": ""}) + links)
    (page,) = pypdf.PdfReader(latex(tmp_path, r"\drawn[width=90pt]{a}\par\drawn{b}")).pages
    (link,) = (each.get_object() for each in page["/Annots"])
    assert link["/A"]["/S"] == "/URI"
    assert link["/A"]["/URI"] == f"explore.html#{opens}"
    left, bottom, right, top = map(float, link["/Rect"])
    assert (right - left, top - bottom) == pytest.approx((90, 90), abs=2.5)


def assertion(folder, mark, verdict):
    values = {"run/mark": mark, "claim/labels-help": verdict}
    (folder / "numbers.tex").write_text(definitions(values))
    return latex(folder, r"\asserts{labels-help}{reproduced}{Labels help at 8\,\% of \emph{all}.}")


def text_of(pdf):
    pypdf = pytest.importorskip("pypdf")
    return " ".join(" ".join(page.extract_text().split()) for page in pypdf.PdfReader(pdf).pages)


@needs_latex
def test_a_sentence_that_the_verdict_bears_out_is_printed(tmp_path):
    text = text_of(assertion(tmp_path, "", "reproduced"))
    assert "Labels help" in text
    assert "in this run" not in text


@needs_latex
def test_a_sentence_against_the_verdict_stops_latex_and_is_named(tmp_path):
    expected = r"`Labels help at 8.*' assumes that labels-help is reproduced, but it is partly"
    with pytest.raises(TypesetError, match=expected):
        assertion(tmp_path, "", "partly")
    assert not (tmp_path / "out").exists()


@needs_latex
def test_in_a_run_not_for_citing_such_a_sentence_is_marked(tmp_path):
    assert "[in this run not tested]" in text_of(
        assertion(tmp_path, "not for citing", "not tested")
    )


@needs_latex
def test_the_mark_is_on_every_page_and_a_second_build_is_identical(tmp_path):
    pypdf = pytest.importorskip("pypdf")
    numbers = {"run/preset": "quick", "run/mark": "quick run, not for citing"}
    (tmp_path / "numbers.tex").write_text(definitions(numbers))
    text = r"First.\newpage Second.\newpage\val{run/preset}\ifcitable{Only in the study.}"
    pdf = latex(tmp_path, text)
    pages = [page.extract_text() for page in pypdf.PdfReader(pdf).pages]
    assert len(pages) == 3
    assert all("quick run, not for citing" in " ".join(page.split()) for page in pages)
    assert not any("Only in the study" in " ".join(page.split()) for page in pages)
    first = pdf.read_bytes()
    assert latex(tmp_path, text).read_bytes() == first


@needs_latex
def test_what_only_the_study_tells_is_in_a_report_for_citing(tmp_path):
    pypdf = pytest.importorskip("pypdf")
    (tmp_path / "numbers.tex").write_text(definitions({"run/preset": "full", "run/mark": ""}))
    (page,) = pypdf.PdfReader(latex(tmp_path, r"\ifcitable{Only in the study.}")).pages
    assert "Only in the study." in page.extract_text()


@needs_latex
def test_tables_and_lists_of_every_size_typeset(tmp_path):
    many = small_run(
        all_bits=(4, 6, 8, 10, 12, 14),
        methods=(*METHODS, "dni[input+output+label+batchnorm]", "dni[label+batchnorm]"),
    )
    body = r"\setlength{\tabcolsep}{3.5pt}\noindent Diverged: \val{headline/diverged-arms}."
    body += r"\footnotesize\par\noindent "
    body += " ".join(rf"\input{{{name}}}\par\noindent" for name in table)
    for name, text in documents(many, [body]).items():
        (tmp_path / f"{name}.tex").write_text(text, encoding="utf-8")
    shutil.copy(PAPER / "references.bib", tmp_path)
    assert latex(tmp_path, body).stat().st_size > 0
