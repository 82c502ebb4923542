"""Train the headline's networks in decoupled ranks, on all evaluation seeds."""

from synthgrad.parallel import staleness
from synthgrad.study import tables as records
from synthgrad.study.experiments import parse_study
from synthgrad.workflow import jobs


def main(config, schema, outcomes_path, paths):
    outcomes = records.read_table(outcomes_path, "outcomes").to_pandas()
    staleness.run_study(parse_study(config, schema), outcomes, paths)


if __name__ == "__main__":
    with jobs.job(snakemake.log[0]), jobs.training(snakemake.threads):
        inputs = snakemake.input
        main(
            snakemake.params.config, inputs.schema, inputs.outcomes, dict(snakemake.output.items())
        )
