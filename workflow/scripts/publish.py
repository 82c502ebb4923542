"""Make the tables of a run the published ones, and put what they say into the documents."""

import shutil
from pathlib import Path

from synthgrad.report import readme
from synthgrad.study.tables import checksum_path
from synthgrad.workflow.running import job


def main(tables, measured, root):
    folder = Path(root, "published")
    folder.mkdir(parents=True, exist_ok=True)
    for table in tables:
        shutil.copy(table, folder)
        if checksum_path(table).exists():
            shutil.copy(checksum_path(table), folder)
    for name, path in measured.items():
        if Path(path).exists():
            shutil.copy(path, folder / f"{name}.csv")
    readme.write(root)


if __name__ == "__main__":
    with job(snakemake.log[0]):
        main(snakemake.input, snakemake.params.measured, Path())
