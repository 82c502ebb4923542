"""Draw a figure from the tables in a folder."""

from pathlib import Path

from synthgrad.figures import listing, style, tables
from synthgrad.workflow.running import job


def main(figure, folder, resamples, seed, stem):
    style.save(listing.module(figure).draw(tables.load(folder, resamples, seed)), stem)


if __name__ == "__main__":
    with job(snakemake.log[0]):
        main(
            snakemake.wildcards.figure,
            Path(snakemake.input.runs).parent,
            snakemake.params.resamples,
            snakemake.params.seed,
            Path(snakemake.output.pdf).with_suffix(""),
        )
