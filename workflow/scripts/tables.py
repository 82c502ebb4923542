"""Gather the cells into the tables of runs, outcomes and chosen step sizes."""

from synthgrad import jobs, records
from synthgrad.study import parse_study


def main(config, schema, results, runs_path, outcomes_path, tuned_path):
    study = parse_study(config, schema)
    runs, outcomes = records.runs_and_outcomes(
        study, lambda name: f"{results}/cells/{name}.parquet"
    )
    records.write_table(runs, "runs", runs_path)
    records.write_table(outcomes, "outcomes", outcomes_path)
    choices = records.choices(study, lambda name: f"{results}/tuning/{name}.parquet")
    records.write_csv(choices, tuned_path)


if __name__ == "__main__":
    with jobs.job(snakemake.log[0]):
        main(
            snakemake.params.config,
            snakemake.input.schema,
            snakemake.params.results,
            *snakemake.output,
        )
