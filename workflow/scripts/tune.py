"""Train the points of the step-size grid on the tuning seeds."""

from synthgrad.core.setup import Setup
from synthgrad.study import tuning
from synthgrad.study.cells import tuning_columns
from synthgrad.study.tables import write_table
from synthgrad.workflow.jobs import Progress, training_job


def main(sweep, output):
    setup, seeds = Setup(**sweep["setup"]), range(sweep["seeds"][0], sum(sweep["seeds"]))
    rungs = [tuning.Rung(*rung) for rung in sweep["rungs"]]
    progress = Progress(tuning.replica_epochs(sweep["grid"], rungs))
    histories = tuning.climb(setup, seeds, sweep["grid"], rungs, progress)
    columns = tuning_columns(histories, tuning.is_validated(setup))
    write_table(columns, "tuning", output, parameters=sweep)


if __name__ == "__main__":
    with training_job(snakemake.log[0]):
        main(snakemake.params.sweep, snakemake.output[0])
