"""The research object of a release: `python -m release.crate FOLDER` writes ro-crate-metadata.json.

It runs in .venv-release, which has rocrate and not the package. By the profile Workflow Run Crate
it names the workflow, what goes into it, what the published run made of that, when and where.
"""

import json
import sys
from datetime import datetime, timedelta
from pathlib import Path

from rocrate.model import ContextEntity
from rocrate.rocrate import ROCrate

PROFILES = {
    "https://w3id.org/ro/wfrun/process/0.5": "Process Run Crate",
    "https://w3id.org/ro/wfrun/workflow/0.5": "Workflow Run Crate",
    "https://w3id.org/workflowhub/workflow-ro-crate/1.0": "Workflow RO-Crate",
}
INPUTS = {"config/config.yaml": "the study", "config/claims.yaml": "the claims"}
FORMATS = {
    ".csv": "text/csv",
    ".json": "application/json",
    ".parquet": "application/vnd.apache.parquet",
    ".pdf": "application/pdf",
    ".png": "image/png",
    ".yaml": "application/yaml",
}


def describe(folder):
    """The research object of an unpacked release, which has its codemeta.json."""
    about = read(folder / "codemeta.json")
    manifest = read(folder / "published" / "manifest.json")
    crate = ROCrate(gen_preview=False, version="1.1")
    authors = [
        crate.add(ContextEntity(crate, f"#{author['name'].replace(' ', '-')}", author))
        for author in about["author"]
    ]
    licence = {"@type": "CreativeWork", "name": about["license"].rpartition("/")[2]}
    root = crate.root_dataset
    for term in ("name", "description", "datePublished", "version"):
        root[term] = about[term]
    root["keywords"] = ", ".join(about["keywords"])
    root["author"] = authors
    root["license"] = crate.add(ContextEntity(crate, about["license"], licence))
    root["conformsTo"] = [profile(crate, *named) for named in PROFILES.items()]

    source = folder / "workflow" / "Snakefile"
    workflow = crate.add_workflow(source, "workflow/Snakefile", main=True, lang="snakemake")
    workflow["name"], workflow["author"] = "The study", authors
    workflow["license"] = root["license"]
    inputs = [add_file(crate, folder, name, what) for name, what in INPUTS.items()]
    outputs = [
        add_file(crate, folder, str(path.relative_to(folder)))
        for kind in ("published/*.*", "figures/*.*", "paper/*.pdf")
        for path in sorted(folder.glob(kind))
        if path.suffix in FORMATS
    ]
    crate.add_action(workflow, "#published-run", inputs, outputs, run(manifest))
    return crate


def profile(crate, address, name):
    """A profile that the research object is of."""
    about = {"@type": "CreativeWork", "name": name, "version": address.rpartition("/")[2]}
    return crate.add(ContextEntity(crate, address, about))


def add_file(crate, folder, name, what=None):
    """A file of the release."""
    path = folder / name
    about = {"name": what or name, "encodingFormat": FORMATS[path.suffix]}
    return crate.add_file(path, name, properties=about | {"contentSize": str(path.stat().st_size)})


def run(manifest):
    """What the manifest says of the published run, whose date is that of its end."""
    end = datetime.fromisoformat(manifest["date"])
    start = end - timedelta(seconds=manifest["wall_seconds"])
    return {
        "name": "The run whose results are published",
        "startTime": start.isoformat(timespec="seconds"),
        "endTime": end.isoformat(),
        "actionStatus": "http://schema.org/CompletedActionStatus",
        "description": (
            f"synthgrad {manifest['packages']['synthgrad']}, commit {manifest['git_commit']}, "
            f"Python {manifest['python']} on {manifest['cpu']} ({manifest['platform']}). SHA-256 "
            f"digest of the values of all training tables: {manifest['digests']['all']}."
        ),
    }


def read(path):
    """What a JSON file holds."""
    return json.loads(path.read_text(encoding="utf-8"))


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    describe(folder).metadata.write(folder)
