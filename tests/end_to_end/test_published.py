"""What is published: figures, paper and its sources are those that the published tables give."""

import json
import shutil
import subprocess
import tarfile

import pypdf
import pytest
from published_study import PUBLISHED, needs_this_config
from temporary_study import ROOT, copy_project, environment, link_environment, run

from synthgrad import __version__
from synthgrad.study.tables import file_checksum
from synthgrad.workflow.paper import has_latex

MOST_PAGES = 8
"""Of the main text; the appendix may have any number."""

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(not (PUBLISHED / "runs.parquet").exists(), reason="nothing is published"),
]


@pytest.fixture(scope="module")
def redrawn(tmp_path_factory):
    """A folder in which figures and paper are made anew from the published tables."""
    folder = tmp_path_factory.mktemp("published")
    copy_project(folder, ROOT / "config" / "quick.yaml")
    for name in ("published", "release"):
        shutil.copytree(ROOT / name, folder / name)
    for name in ("pyproject.toml", "requirements.lock"):
        shutil.copy(ROOT / name, folder)
    link_environment(folder)
    (folder / "paper" / "synthgrad.pdf").unlink(missing_ok=True)
    paper = ["published_paper"] if has_latex() else []
    done = run(folder, ["snakemake", "published_figures", *paper])
    assert done.returncode == 0, done.stderr[-4000:]
    return folder


def test_the_manifest_vouches_for_the_published_tables():
    manifest = json.loads((PUBLISHED / "manifest.json").read_text(encoding="utf-8"))
    for name, checksum in manifest["tables"].items():
        assert file_checksum(PUBLISHED / name) == checksum, name
    assert sum(path.stat().st_size for path in PUBLISHED.rglob("*")) < 25_000_000


@needs_this_config
def test_the_published_figures_are_redrawn_to_the_byte(redrawn):
    drawn = sorted(path.name for path in (redrawn / "figures").glob("*.p[dn][fg]"))
    assert drawn == sorted(path.name for path in (ROOT / "figures").glob("*.p[dn][fg]"))
    for name in drawn:
        assert (redrawn / "figures" / name).read_bytes() == (ROOT / "figures" / name).read_bytes()


@needs_this_config
@pytest.mark.skipif(not has_latex(), reason="LaTeX is not installed")
def test_the_published_paper_says_what_the_published_tables_do(redrawn):
    pages = texts(ROOT / "paper" / "synthgrad.pdf")
    assert texts(redrawn / "paper" / "synthgrad.pdf") == pages
    [first] = [page for page, text in enumerate(pages, 1) if "\nReferences\n" in text]
    assert first <= MOST_PAGES


@needs_this_config
@pytest.mark.skipif(not has_latex(), reason="LaTeX is not installed")
def test_the_sources_for_arxiv_give_the_paper(redrawn, tmp_path):
    done = run(redrawn, ["make", "TEX=no", "arxiv"])
    assert done.returncode == 0, done.stderr[-4000:]
    with tarfile.open(redrawn / "dist" / f"synthgrad-{__version__}-arxiv.tar.gz") as archive:
        archive.extractall(tmp_path, filter="data")
    for path in tmp_path.rglob("*.tex"):
        assert str(redrawn) not in path.read_text(encoding="utf-8")
    latex = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "paper.tex"]
    for _ in range(4):
        variables = environment(redrawn) | {"HOME": str(tmp_path)}
        subprocess.run(latex, cwd=tmp_path, env=variables, capture_output=True, check=True)
    assert texts(tmp_path / "paper.pdf") == texts(ROOT / "paper" / "synthgrad.pdf")


def texts(pdf):
    """The text of every page."""
    return [page.extract_text() for page in pypdf.PdfReader(pdf).pages]
