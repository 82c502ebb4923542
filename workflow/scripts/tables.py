"""Gather the cells into the tables of runs, outcomes and chosen step sizes."""

from pathlib import Path

from synthgrad import jobs, records
from synthgrad.study import parse_study


def main(config, schema, cell_paths, tuning_paths, runs_path, outcomes_path, tuned_path):
    study = parse_study(config, schema)
    runs, outcomes = records.runs_and_outcomes(study, by_cell(cell_paths))
    records.write_table(runs, "runs", runs_path)
    records.write_table(outcomes, "outcomes", outcomes_path)
    records.write_csv(records.choices(study, by_cell(tuning_paths)), tuned_path)


def by_cell(paths):
    """Tables by the name of their cell, which is that of the file."""
    return {Path(path).stem: path for path in paths}


if __name__ == "__main__":
    with jobs.job(snakemake.log[0]):
        main(
            snakemake.params.config,
            snakemake.input.schema,
            snakemake.input.cells,
            snakemake.input.tuning,
            *snakemake.output,
        )
