"""Train a cell on all its evaluation seeds."""

from dataclasses import replace

from synthgrad.core.kernels import compiled
from synthgrad.core.setup import Setup
from synthgrad.core.training.history import recorded_epochs
from synthgrad.core.training.loop import train
from synthgrad.core.tutorial import EDITIONS, printed_errors
from synthgrad.study import tables as records
from synthgrad.workflow import jobs


def main(cell, tuning_table, output):
    setup = Setup(**cell["setup"])
    if tuning_table:
        choice = records.choose_from(tuning_table, cell["tuning"])
        setup = replace(
            setup,
            step_size=choice.step_size,
            generator_step_size=choice.generator_step_size,
        )
    first, count = cell["seeds"]
    edition = EDITIONS.get(cell["edition"])
    history = train(
        setup,
        range(first, first + count),
        record=recorded_epochs(setup.epochs, cell["records"]),
        tallies=printed_errors(edition) if edition else None,
        progress=jobs.Progress(count * setup.epochs),
        kernels=compiled,
    )
    records.write_table(records.cell_columns(history), "cell", output, parameters=cell)


if __name__ == "__main__":
    with jobs.training_job(snakemake.log[0]):
        tuning_tables = snakemake.input.get("tuning")
        tuning_table = tuning_tables[0] if tuning_tables else None
        main(snakemake.params.cell, tuning_table, snakemake.output[0])
