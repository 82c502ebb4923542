"""Where and by whom a document is typeset makes no difference to its PDF."""

import pytest
from small_pdf import DOT

from synthgrad.report.latex import TypesetError, typeset
from synthgrad.workflow.paper import has_latex

pytestmark = pytest.mark.skipif(not has_latex(), reason="LaTeX is not installed")

DOCUMENT = r"""
\documentclass{article}\usepackage{graphicx}
\begin{document}\input{sections/words}\input{numbers} \includegraphics{figures/dot}
\cite{who}\bibliographystyle{plain}\bibliography{references}\end{document}
"""
FILES = {
    "paper/small.tex": DOCUMENT.encode(),
    "paper/sections/words.tex": b"Words.",
    "paper/references.bib": b"@misc{who, author={Who}, title={What}, year=2017}",
    "results/paper/numbers.tex": b"1 2 3",
    "results/figures/dot.pdf": DOT,
}

NAMES = [
    "a b",
    "two  spaces",
    "Müller, Anna",
    "50% off",
    "com~apple~CloudDocs",
    "~",
    "it's",
    "論文",
    '$HOME #1 "q" {x} \\b; `c` & (d)',
    "long/" * 40,
]


def pdf_made_in(folder):
    """The bytes of the PDF of a small document with all kinds of parts, typeset in the folder."""
    for name, content in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    results = folder / "results"
    build = results / "paper" / "build"
    typeset(
        folder / "paper" / "small.tex", [results / "paper", results], build, results / "small.pdf"
    )
    return (results / "small.pdf").read_bytes()


@pytest.fixture(scope="module")
def usual(tmp_path_factory):
    return pdf_made_in(tmp_path_factory.mktemp("usual"))


@pytest.mark.parametrize("name", NAMES)
def test_a_folder_may_have_any_name(name, usual, tmp_path):
    assert pdf_made_in(tmp_path / name) == usual


def test_results_may_be_on_another_disk(usual, tmp_path):
    (tmp_path / "disk" / "of this%").mkdir(parents=True)
    (tmp_path / "clone").mkdir()
    (tmp_path / "clone" / "results").symlink_to(tmp_path / "disk" / "of this%")
    assert pdf_made_in(tmp_path / "clone") == usual


def test_the_users_settings_do_not_count(usual, tmp_path, monkeypatch):
    home = tmp_path / "home"
    own = home / "texmf" / "tex" / "latex"
    own.mkdir(parents=True)
    (own / "graphicx.sty").write_text(r"\errmessage{the user's own package}")
    for name in (".latexmkrc", "rc"):
        (home / name).write_text("die 'the settings of the user';")
    settings = {
        "HOME": home,
        "TEXMFHOME": home / "texmf",
        "LATEXMKRC": home / "rc",
        "LATEXMKRCSYS": home / "rc",
        "TEXINPUTS": own,
        "BSTINPUTS": home,
        "TEXMFCNF": home,
        "openout_any": "n",
        "max_print_line": "20",
        "SOURCE_DATE_EPOCH": "1000000000",
        "TZ": "Asia/Tokyo",
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, str(value))
    assert pdf_made_in(tmp_path / "clone") == usual


def test_a_failed_attempt_leaves_the_pdf_as_it_was(usual, tmp_path, monkeypatch):
    assert pdf_made_in(tmp_path) == usual
    monkeypatch.setitem(FILES, "results/paper/numbers.tex", rb"\undefined")
    with pytest.raises(TypesetError, match="Undefined control sequence"):
        pdf_made_in(tmp_path)
    assert (tmp_path / "results" / "small.pdf").read_bytes() == usual
