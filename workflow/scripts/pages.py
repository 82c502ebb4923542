"""Write the tables of the HTML report as pages."""

import json
from pathlib import Path

from synthgrad.claims.robustness import COLUMNS, robustness_texts
from synthgrad.report import html
from synthgrad.study.tables import read_csv, replacing
from synthgrad.workflow.running import job


def main(questions, claims_path, robustness_path, tuned_path, manifest_path, outputs):
    manifest = json.loads(Path(manifest_path).read_text(encoding="utf-8"))
    robustness = robustness_texts(read_csv(robustness_path, COLUMNS))
    written = {
        "verdicts": html.verdicts(read_csv(claims_path), robustness),
        "settings": html.settings(questions, read_csv(tuned_path, ["cell"])),
        "run": html.run(manifest),
    }
    for name, text in written.items():
        with replacing(outputs[name]) as temporary:
            temporary.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    with job(snakemake.log[0]):
        inputs = snakemake.input
        main(
            snakemake.params.questions,
            inputs.claims,
            inputs.robustness,
            inputs.tuned,
            inputs.manifest,
            dict(snakemake.output.items()),
        )
