"""Estimate every arm, compare the arms, and tell which is best and what could be seen."""

from synthgrad.statistics.estimates import estimate_tables
from synthgrad.study.tables import read_table, write_csv
from synthgrad.workflow.running import job


def main(outcomes_path, resamples, seed, paths):
    outcomes = read_table(outcomes_path, "outcomes").to_pandas()
    for name, table in estimate_tables(outcomes, resamples, seed).items():
        write_csv(table, paths[name])


if __name__ == "__main__":
    with job(snakemake.log[0]):
        parameters = snakemake.params
        main(
            snakemake.input.outcomes,
            parameters.resamples,
            parameters.seed,
            dict(snakemake.output.items()),
        )
