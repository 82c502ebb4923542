"""Search for the step sizes of one or more setups."""

from synthgrad.search.running import run_search
from synthgrad.study.cells import Searched, stacked
from synthgrad.study.expansion import parse_study
from synthgrad.study.tables import write_table
from synthgrad.workflow.running import Progress, training_job
from synthgrad.workflow.training import by_job


def main(study, job, needed, parameters, output):
    searches, read = study.search_jobs[job], Searched(study, by_job(needed))
    progress = Progress(sum(search.replica_epochs() for search in searches))
    found = [run_search(search, read, progress) for search in searches]
    write_table(stacked(found), "tuning", output, parameters=parameters)


if __name__ == "__main__":
    with training_job(snakemake.log[0]):
        main(
            parse_study(snakemake.config),
            snakemake.wildcards.job,
            snakemake.input.get("needed", []),
            snakemake.params.searches,
            snakemake.output[0],
        )
