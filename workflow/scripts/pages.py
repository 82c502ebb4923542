"""Write the tables of the HTML report as pages."""

import json
from pathlib import Path

import pandas as pd

from synthgrad import jobs, pages, records


def main(claims_path, tuned_path, manifest_path, outputs):
    manifest = json.loads(Path(manifest_path).read_text(encoding="utf-8"))
    written = {
        "verdicts": pages.verdicts(pd.read_csv(claims_path)),
        "settings": pages.settings(_read_or_none(tuned_path)),
        "run": pages.run(manifest),
    }
    for name, text in written.items():
        with records.replacing(outputs[name]) as temporary:
            temporary.write_text(text, encoding="utf-8")


def _read_or_none(path):
    """A table, or None if it was written without columns, as where nothing is tuned."""
    try:
        return pd.read_csv(path)
    except pd.errors.EmptyDataError:
        return None


if __name__ == "__main__":
    with jobs.job(snakemake.log[0]):
        inputs = snakemake.input
        main(inputs.claims, inputs.tuned, inputs.manifest, dict(snakemake.output.items()))
