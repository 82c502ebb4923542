"""Train a cell on all its evaluation seeds."""

from synthgrad.core.setup import Setup
from synthgrad.core.training.history import recorded_epochs
from synthgrad.study.cells import cell_columns, choose_from
from synthgrad.study.tables import write_table
from synthgrad.study.training import train_cell
from synthgrad.workflow.jobs import Progress, training_job


def main(cell, tuning_table, output):
    setup = Setup(**cell["setup"])
    if tuning_table:
        setup = choose_from(tuning_table, cell["tuning"]).applied_to(setup)
    first, count = cell["seeds"]
    history = train_cell(
        setup,
        cell["edition"],
        range(first, first + count),
        record=recorded_epochs(setup.epochs, cell["records"]),
        progress=Progress(count * setup.epochs),
    )
    write_table(cell_columns(history), "cell", output, parameters=cell)


if __name__ == "__main__":
    with training_job(snakemake.log[0]):
        tuning_tables = snakemake.input.get("tuning")
        tuning_table = tuning_tables[0] if tuning_tables else None
        main(snakemake.params.cell, tuning_table, snakemake.output[0])
