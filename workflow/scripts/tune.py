"""Train the points of the step-size grid on the tuning seeds."""

from synthgrad.core.kernels import compiled
from synthgrad.core.setup import Setup
from synthgrad.study import tables as records
from synthgrad.study import tuning
from synthgrad.workflow import jobs


def main(sweep, output):
    setup, seeds = Setup(**sweep["setup"]), range(sweep["seeds"][0], sum(sweep["seeds"]))
    rungs = [tuning.Rung(*rung) for rung in sweep["rungs"]]
    progress = jobs.Progress(tuning.replica_epochs(sweep["grid"], rungs))
    histories = tuning.tune(setup, seeds, sweep["grid"], rungs, progress, compiled)
    columns = records.tuning_columns(histories, tuning.is_validated(setup))
    records.write_table(columns, "tuning", output, parameters=sweep)


if __name__ == "__main__":
    with jobs.training_job(snakemake.log[0]):
        main(snakemake.params.sweep, snakemake.output[0])
