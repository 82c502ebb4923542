"""Write down what made the tables, and their checksums."""

from synthgrad.reproduce import manifest
from synthgrad.workflow.jobs import job


def main(config, tables, tuned, benchmarks, logs, output):
    manifest.write(manifest.collect(config, tables, tuned, benchmarks, logs), output)


if __name__ == "__main__":
    with job(snakemake.log[0]):
        main(
            snakemake.params.config,
            snakemake.input.tables,
            snakemake.input.tuned,
            snakemake.params.benchmarks,
            snakemake.params.logs,
            snakemake.output[0],
        )
