"""Write down what made the tables, and their checksums."""

from synthgrad import jobs, manifest


def main(config, tables, benchmarks, output):
    manifest.write(manifest.collect(config, tables, benchmarks), output)


if __name__ == "__main__":
    with jobs.job(snakemake.log[0]):
        main(
            snakemake.params.config,
            snakemake.input.tables,
            snakemake.params.benchmarks,
            snakemake.output[0],
        )
