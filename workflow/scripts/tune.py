"""Train every point of the step-size grid on the tuning seeds."""

from synthgrad import jobs, records, tuning
from synthgrad.setups import Setup


def main(sweep, output):
    setup, seeds, grid = Setup(**sweep["setup"]), sweep["seeds"], sweep["grid"]
    progress = jobs.Progress(len(grid) * seeds[1] * setup.epochs)
    history = tuning.sweep(setup, range(seeds[0], sum(seeds)), grid, progress)
    records.write_table(records.tuning_columns(history), "tuning", output, parameters=sweep)


if __name__ == "__main__":
    with jobs.training_job(snakemake.log[0]):
        main(snakemake.params.sweep, snakemake.output[0])
