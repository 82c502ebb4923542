"""Train the headline's networks in decoupled ranks, on all evaluation seeds."""

from synthgrad.parallel.staleness import run_study
from synthgrad.study.expansion import parse_study
from synthgrad.study.tables import read_table
from synthgrad.workflow.running import job, training


def main(config, schema, outcomes_path, paths):
    outcomes = read_table(outcomes_path, "outcomes").to_pandas()
    run_study(parse_study(config, schema), outcomes, paths)


if __name__ == "__main__":
    with job(snakemake.log[0]), training(snakemake.threads):
        inputs = snakemake.input
        main(
            snakemake.params.config, inputs.schema, inputs.outcomes, dict(snakemake.output.items())
        )
