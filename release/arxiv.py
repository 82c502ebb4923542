"""The paper as arXiv takes it: dist/synthgrad-VERSION-arxiv.tar.gz.

The archive has what LaTeX says it has read of the project, and the bibliography as BibTeX made it:
arXiv runs LaTeX alone.
"""

import gzip
import tarfile
import tempfile
from pathlib import Path

import synthgrad
from synthgrad.report.latex import typeset

SOURCE = Path("paper", "paper.tex")
SEARCH = ["results/published/paper", "results/published"]
"""The folders that the workflow puts on LaTeX's path for the published paper."""


def main():
    """Typeset the published paper, and pack what it was typeset from."""
    target = Path("dist", f"synthgrad-{synthgrad.__version__}-arxiv.tar.gz")
    target.parent.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary:
        build = Path(temporary, "build")
        typeset(SOURCE, SEARCH, build, Path(temporary, "paper.pdf"))
        files = sources(build)
        pack(files, target)
    print(f"Done: {target}, {len(files)} files, {target.stat().st_size / 1e6:.1f} MB")


def sources(build):
    """The files that LaTeX read from the folders of the project and the bibliography: paths by
    their names in the archive, where those folders are one.
    """
    lines = (build / "paper.fls").read_text(encoding="utf-8").splitlines()
    read = {line.removeprefix("INPUT ").removeprefix("./") for line in lines if "INPUT " in line}
    ours = sorted(name for name in read if name.startswith("folder-"))
    files = {name.partition("/")[2]: build / name for name in ours}
    return files | {"paper.bbl": build / "paper.bbl"}


def pack(files, target):
    """A tar archive that depends on names and contents alone."""
    with (
        target.open("wb") as raw,
        gzip.GzipFile("", "wb", fileobj=raw, mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w") as archive,
    ):
        for name in sorted(files):
            content = files[name].resolve()
            about = tarfile.TarInfo(name)
            about.size = content.stat().st_size
            with content.open("rb") as file:
                archive.addfile(about, file)


if __name__ == "__main__":
    main()
