"""Write down what made the tables, and their checksums."""

from synthgrad.reproduce import manifest
from synthgrad.reproduce.registration import registered
from synthgrad.workflow.running import job


def main(config, tables, tuned, claims, registration, benchmarks, logs, searches, output):
    about = manifest.collect(config, tables, tuned, benchmarks, logs, searches)
    manifest.write(about | {"claims": registered(registration, claims)}, output)


if __name__ == "__main__":
    with job(snakemake.log[0]):
        main(
            snakemake.params.config,
            snakemake.input.tables,
            snakemake.input.tuned,
            snakemake.input.claims,
            snakemake.input.registered,
            snakemake.params.benchmarks,
            snakemake.params.logs,
            snakemake.params.searches,
            snakemake.output[0],
        )
