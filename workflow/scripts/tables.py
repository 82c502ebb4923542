"""Gather the cells into the tables of runs, outcomes, curves, tuning runs and chosen step sizes."""

from pathlib import Path

from synthgrad.study import gather
from synthgrad.study.experiments import parse_study
from synthgrad.study.tables import write_csv, write_table, writing
from synthgrad.workflow.jobs import job


def main(
    config, schema, cells, tunings, runs_path, outcomes_path, curves_path, sweeps_path, tuned_path
):
    study = parse_study(config, schema)
    cells, tunings = by_job(cells), by_job(tunings)
    tunings = {cell.name: tunings[job] for job, cell in study.tunings().items()}
    with (
        writing("runs", runs_path) as add_runs,
        writing("outcomes", outcomes_path) as add_outcomes,
    ):
        for runs, outcomes in gather.runs_and_outcomes(study, cells):
            add_runs(runs)
            add_outcomes(outcomes)
    with writing("curves", curves_path) as add_curves:
        for curves in gather.curves(study, cells):
            add_curves(curves)
    write_table(gather.sweeps(study, tunings), "sweeps", sweeps_path)
    write_csv(gather.choices(study, tunings), tuned_path)


def by_job(paths):
    """Tables by the name of the job that made them, which is that of the file."""
    return {Path(path).stem: path for path in paths}


if __name__ == "__main__":
    with job(snakemake.log[0]):
        main(
            snakemake.params.config,
            snakemake.input.schema,
            snakemake.input.cells,
            snakemake.input.tuning,
            *snakemake.output,
        )
