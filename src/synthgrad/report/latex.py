"""Typesetting the paper: run LaTeX, read its log, keep the PDF only if all is well.

LaTeX ends well with references that point nowhere, missing glyphs and text in
the margin. Here they are errors. The PDF depends on its sources and on the
TeX installation alone: LaTeX sees neither the name of the folder, of which it would not
take every one, nor settings of the user, so a second run gives the same bytes.
"""

import os
import re
import shutil
import subprocess
import zlib
from contextlib import suppress
from pathlib import Path

from synthgrad.study.tables import replacing

NOWHERE = "/nonexistent"
"""A home in which TeX finds no files of the user's."""

OVERFULL_POINTS = 5.0
"""How far text may stick out of its line or page."""

LOG_PROBLEMS = {
    r"LaTeX Error: (File `[^']*\.(?:sty|cls)') not found": (
        "error: {} is not installed; paper/ensure-tex.sh installs it or says how"
    ),
    r"^! (.*)": "error: {}",
    r"^.*?:\d+: (.*)": "error: {}",
    r"Warning: (Reference `[^']*').* undefined": "{} is undefined",
    r"Warning: (Citation `[^']*').* undefined": "{} is undefined",
    r"Warning: (Label `[^']*') multiply defined": "{} is defined more than once",
    r"(Float too large for page by [\d.]+pt)": "{}",
    r"^Missing character: (.*?)!?$": "missing glyph: {}",
    r"LaTeX Font Warning: (Font shape `[^']*' undefined)": "{}",
}
"""Lines of a LaTeX log that tell of a problem, and how to say it."""

OVERFULL = re.compile(r"^Overfull (\\[hv]box) \(([\d.]+)pt too (?:wide|high)\)(.*)")

OPENED = re.compile(r"\((?:[^()\s]*/)?([^()\s/]+\.tex)")
"""A source that LaTeX starts to read; boxes are told by line, not by file."""

BIBLIOGRAPHY_PROBLEM = re.compile(r"^(?:Warning--|I couldn't |I found no )(.*)|^(.*---line \d+.*)")


class TypesetError(RuntimeError):
    """The paper could not be typeset, or not well; the message says what is wrong."""


def typeset(source, search, build, output):
    """Typeset a LaTeX file with its bibliography.

    Parameters
    ----------
    source : path of the main file
    search : folders besides its own in which files that it names are looked for
    build : folder for everything that LaTeX writes; emptied first
    output : path of the PDF, which is replaced only if there is no problem

    Raises
    ------
    TypesetError
        If LaTeX fails, or its log or the PDF tells of a problem.
    """
    source, build = Path(source), Path(build)
    shutil.rmtree(build, ignore_errors=True)
    build.mkdir(parents=True)
    folders = {f"folder-{i}": folder for i, folder in enumerate([source.parent, *search])}
    for name, folder in folders.items():
        (build / name).symlink_to(Path(folder).resolve(), target_is_directory=True)
    command = ["latexmk", "-norc", "-pdf", "-bibtex", "-silent", "-file-line-error"]
    command += ["-halt-on-error", "-interaction=nonstopmode", f"folder-0/{source.name}"]
    done = subprocess.run(
        command,
        cwd=build,
        env=environment(folders),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )
    print(done.stdout)
    log, pdf = build / f"{source.stem}.log", build / f"{source.stem}.pdf"
    found = log_problems(read(log)) + bibliography_problems(read(log.with_suffix(".blg")))
    if done.returncode and not found:
        found = [f"latexmk ended with status {done.returncode}"]
    if not found and has_type3_fonts(pdf.read_bytes()):
        found = ["the PDF has Type 3 (bitmap) fonts, its own or those of a figure"]
    if found:
        message = "\n".join([f"{source.name}, see {log}:", *found])
        print(message)
        raise TypesetError(message)
    with replacing(output) as temporary:
        shutil.copyfile(pdf, temporary)


def environment(folders):
    """Environment of LaTeX: where files are found, whole lines in the log, no clock; of the user's
    own only where programs are and temporary files go."""
    paths = os.pathsep.join([".", *folders, ""])
    kept = ("PATH", "LD_LIBRARY_PATH", "TMPDIR")
    return {name: os.environ[name] for name in kept if name in os.environ} | {
        "HOME": NOWHERE,
        "TEXINPUTS": paths,
        "BIBINPUTS": paths,
        "max_print_line": "10000",
        "SOURCE_DATE_EPOCH": "0",
        "FORCE_SOURCE_DATE": "1",
    }


def read(path):
    """The text of a log, empty if there is none."""
    return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""


def log_problems(log):
    """What is wrong according to a LaTeX log, each problem once, in its order.

    After an error the rest is not told: references are undefined in a run that stops.

    Parameters
    ----------
    log : str, with lines that are not wrapped

    Returns
    -------
    list of str
    """
    found, source = [], "the main file"
    for line in log.splitlines():
        overfull = OVERFULL.search(line)
        if overfull and float(overfull[2]) > OVERFULL_POINTS:
            found.append(f"{overfull[1]} {overfull[2]} pt too large{overfull[3]}, near {source}")
        source = (OPENED.findall(line) or [source])[-1]
        for pattern, message in LOG_PROBLEMS.items():
            match = re.search(pattern, line)
            if match:
                found.append(message.format(match[1]))
                break
    errors = [problem for problem in found if problem.startswith("error: ")]
    return list(dict.fromkeys(errors or found))


def bibliography_problems(log):
    """What is wrong according to a BibTeX log."""
    matches = map(BIBLIOGRAPHY_PROBLEM.search, log.splitlines())
    return [f"bibliography: {match[1] or match[2]}" for match in matches if match]


def has_type3_fonts(pdf):
    """Whether a PDF, given as bytes, holds a Type 3 font; looks into compressed objects too."""
    parts = [pdf]
    for stream in re.finditer(rb"/ObjStm\b.*?stream\r?\n(.*?)endstream", pdf, re.DOTALL):
        with suppress(zlib.error):  # one that is not compressed is in the file as it is
            parts.append(zlib.decompressobj().decompress(stream[1]))
    return any(re.search(rb"/Subtype\s*/Type3\b", part) for part in parts)
