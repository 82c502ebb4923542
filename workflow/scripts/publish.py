"""Make the tables of a run the published ones, and put what they say into the documents."""

import shutil
from pathlib import Path

from synthgrad.report import changes
from synthgrad.report.readme import with_generated
from synthgrad.study.tables import checksum_path, replacing
from synthgrad.workflow.jobs import job


def main(tables, measured, folder, readme, page):
    folder, readme = Path(folder), Path(readme)
    folder.mkdir(parents=True, exist_ok=True)
    for table in tables:
        shutil.copy(table, folder)
        if checksum_path(table).exists():
            shutil.copy(checksum_path(table), folder)
    for name, path in measured.items():
        if Path(path).exists():
            shutil.copy(path, folder / f"{name}.csv")
    text = readme.read_text(encoding="utf-8")
    with replacing(readme) as temporary:
        temporary.write_text(with_generated(text, folder), encoding="utf-8")
    with replacing(page) as temporary:
        temporary.write_text(changes.page(folder), encoding="utf-8")


if __name__ == "__main__":
    with job(snakemake.log[0]):
        parameters = snakemake.params
        main(
            snakemake.input,
            parameters.measured,
            parameters.folder,
            parameters.readme,
            parameters.changes,
        )
