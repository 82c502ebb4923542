"""Train the headline's networks in decoupled ranks, on all evaluation seeds."""

from synthgrad import jobs, records, staleness
from synthgrad.study import parse_study


def main(config, schema, outcomes_path, paths):
    outcomes = records.read_table(outcomes_path, "outcomes").to_pandas()
    staleness.run_study(parse_study(config, schema), outcomes, paths)


if __name__ == "__main__":
    with jobs.job(snakemake.log[0]), jobs.training(snakemake.threads):
        inputs = snakemake.input
        main(
            snakemake.params.config, inputs.schema, inputs.outcomes, dict(snakemake.output.items())
        )
