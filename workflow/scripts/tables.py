"""Gather the cells into the tables of runs, outcomes, curves, tuning runs and chosen step sizes."""

from synthgrad.outcomes import gather
from synthgrad.study.expansion import parse_study
from synthgrad.study.tables import write_csv, write_table, writing
from synthgrad.workflow.running import job
from synthgrad.workflow.training import by_job


def main(
    config, schema, cells, searches, runs_path, outcomes_path, curves_path, sweeps_path, tuned_path
):
    study = parse_study(config, schema)
    cells, searches = by_job(cells), by_job(searches)
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
    write_table(gather.sweeps(study, searches), "sweeps", sweeps_path)
    write_csv(gather.tuned(study, searches), tuned_path)


if __name__ == "__main__":
    with job(snakemake.log[0]):
        main(
            snakemake.params.config,
            snakemake.input.schema,
            snakemake.input.cells,
            snakemake.input.get("searches", []),
            *snakemake.output,
        )
