"""Train one or more cells on their evaluation seeds."""

from synthgrad.study.cells import Searched, stacked
from synthgrad.study.expansion import parse_study
from synthgrad.study.tables import write_table
from synthgrad.study.training import cell_table
from synthgrad.study.tuning import choices
from synthgrad.workflow.running import Progress, training_job
from synthgrad.workflow.training import by_job


def main(study, job, searches, parameters, output):
    read = Searched(study, by_job(searches))
    chosen = [(cell, seeds, choices(study, cell, read)) for cell, seeds in study.jobs[job]]
    progress = Progress(sum(len(c) * len(s) * cell.setup.epochs for cell, s, c in chosen))
    parts = [
        cell_table(cell, label, each.setup, seeds, study.records, progress)
        for cell, seeds, found in chosen
        for label, each in found.items()
    ]
    write_table(stacked(parts), "cell", output, parameters=parameters)


if __name__ == "__main__":
    with training_job(snakemake.log[0]):
        main(
            parse_study(snakemake.config),
            snakemake.wildcards.job,
            snakemake.input.get("searches", []),
            snakemake.params.cells,
            snakemake.output[0],
        )
