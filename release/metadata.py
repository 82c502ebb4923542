"""The descriptions of a release, all from CITATION.cff and what is published: none has a field that
is typed twice, and none an identifier, which an archive gives.
"""

import json
import tomllib
from pathlib import Path

import yaml

from synthgrad.figures.listing import figures
from synthgrad.report.tables import MEASURED, RANKS

CODEMETA = "https://doi.org/10.5063/schema/codemeta-2.0"
CODECHECK = "https://codecheck.org.uk/spec/config/1.0/"
MEASURED_BY = {name: f"make {name}" for name in MEASURED}
"""The tables that are not the study's, and what makes each."""

WITH_MPI = "make .venv/parallel && "
"""What comes before a command that runs layers as MPI ranks."""


def write(folder):
    """Write all descriptions of an unpacked project into its folder; return their names."""
    folder = Path(folder)
    citation = yaml.load((folder / "CITATION.cff").read_text(encoding="utf-8"), yaml.BaseLoader)
    manifest = json.loads((folder / "published" / "manifest.json").read_text(encoding="utf-8"))
    project = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    texts = {
        "codemeta.json": as_json(codemeta(citation, project)),
        ".zenodo.json": as_json(zenodo(citation, manifest["digests"]["all"])),
        "codecheck.yml": "---\n" + yaml.safe_dump(codecheck(folder, citation), sort_keys=False),
    }
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    return list(texts)


def as_json(description):
    """A description as the text of a file."""
    return json.dumps(description, indent=2, ensure_ascii=False) + "\n"


def codemeta(citation, project):
    """The software, in the terms of CodeMeta 2."""
    paper = citation["preferred-citation"]
    return {
        "@context": CODEMETA,
        "@type": "SoftwareSourceCode",
        "name": citation["title"],
        "description": citation["abstract"],
        "version": citation["version"],
        "datePublished": citation["date-released"],
        "license": f"https://spdx.org/licenses/{citation['license']}",
        "author": [_organisation(author) for author in citation["authors"]],
        "keywords": citation["keywords"],
        "programmingLanguage": f"Python {project['requires-python']}",
        "operatingSystem": "Linux",
        "softwareRequirements": project["dependencies"],
        "referencePublication": {
            "@type": "schema:ScholarlyArticle",
            "name": paper["title"],
            "author": [_organisation(author) for author in paper["authors"]],
            "datePublished": citation["date-released"],
        },
    }


def _organisation(author):
    return {"@type": "Organization", "name": author["name"]}


def zenodo(citation, digest):
    """A deposit in Zenodo. It gets its DOI there."""
    return {
        "upload_type": "software",
        "title": citation["title"],
        "description": citation["abstract"],
        "creators": [{"name": author["name"]} for author in citation["authors"]],
        "version": citation["version"],
        "publication_date": citation["date-released"],
        "access_right": "open",
        "license": {"id": citation["license"]},
        "keywords": citation["keywords"],
        "notes": f"The values of the published training tables have the SHA-256 digest {digest}.",
    }


def codecheck(folder, citation):
    """What a CODECHECK is to compare, and the command that makes each file; the rest of the form,
    on the check itself, is the checker's.
    """
    paper = citation["preferred-citation"]
    made_by = {"paper/synthgrad.pdf": "make paper"}
    for name in figures():
        if (folder / "figures" / f"{name}.pdf").exists():
            figure = f"results/published/figures/{name}.pdf"
            made_by[f"figures/{name}.pdf"] = f"snakemake {figure}"
    for table in sorted((folder / "published").glob("*.csv")):
        before = WITH_MPI if table.stem in RANKS else ""
        command = f"{before}snakemake results/full/{table.name}"
        made_by[f"published/{table.name}"] = MEASURED_BY.get(table.stem, command)
    return {
        "version": CODECHECK,
        "paper": {
            "title": paper["title"],
            "authors": [{"name": author["name"]} for author in paper["authors"]],
        },
        "manifest": [
            {"file": file, "comment": f"made by `{command}`"} for file, command in made_by.items()
        ],
    }
