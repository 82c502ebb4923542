"""Hold the networks of every two arms beside one another."""

from pathlib import Path

from synthgrad import jobs, records, resemblance
from synthgrad.study import parse_study


def main(config, schema, cells, output):
    paths = {Path(path).stem: path for path in cells}
    records.write_csv(resemblance.matrix(parse_study(config, schema), paths), output)


if __name__ == "__main__":
    with jobs.job(snakemake.log[0]):
        main(
            snakemake.params.config,
            snakemake.input.schema,
            snakemake.input.cells,
            snakemake.output[0],
        )
