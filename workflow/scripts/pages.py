"""Write the tables of the HTML report as pages."""

import json
from pathlib import Path

from synthgrad.report import html as pages
from synthgrad.study import tables as records
from synthgrad.workflow import jobs


def main(questions, claims_path, tuned_path, manifest_path, outputs):
    manifest = json.loads(Path(manifest_path).read_text(encoding="utf-8"))
    written = {
        "verdicts": pages.verdicts(records.read_csv(claims_path)),
        "settings": pages.settings(questions, records.read_csv(tuned_path, ["cell"])),
        "run": pages.run(manifest),
    }
    for name, text in written.items():
        with records.replacing(outputs[name]) as temporary:
            temporary.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    with jobs.job(snakemake.log[0]):
        inputs = snakemake.input
        main(
            snakemake.params.questions,
            inputs.claims,
            inputs.tuned,
            inputs.manifest,
            dict(snakemake.output.items()),
        )
