"""Hold the networks of every two arms beside one another."""

from synthgrad.statistics.likeness_matrix import likeness_matrix
from synthgrad.study.expansion import parse_study
from synthgrad.study.tables import write_csv
from synthgrad.workflow.running import job
from synthgrad.workflow.training import by_job


def main(config, schema, cells, output):
    write_csv(likeness_matrix(parse_study(config, schema), by_job(cells)), output)


if __name__ == "__main__":
    with job(snakemake.log[0]):
        main(
            snakemake.params.config,
            snakemake.input.schema,
            snakemake.input.cells,
            snakemake.output[0],
        )
