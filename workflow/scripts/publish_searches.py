"""Make the searches of a run the published ones."""

import shutil
import tempfile
from pathlib import Path

from synthgrad.reproduce import manifest
from synthgrad.study.tables import checksum_path
from synthgrad.workflow.reruns import digest_of
from synthgrad.workflow.running import job


def main(tables, folder):
    # First, as a new folder is a change of the clone.
    about = {"code": digest_of("search"), **manifest.made_with()}
    folder = Path(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".searches.") as temporary:
        new = Path(temporary, folder.name)
        new.mkdir(mode=0o755)
        for table in tables:
            shutil.copy(table, new)
            shutil.copy(checksum_path(table), new)
        manifest.write(about, new / "manifest.json")
        if folder.exists():
            folder.rename(Path(temporary, "old"))
        new.rename(folder)


if __name__ == "__main__":
    with job(snakemake.log[0]):
        main(snakemake.input.tables, snakemake.params.folder)
