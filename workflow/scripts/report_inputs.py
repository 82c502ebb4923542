"""Write the numbers and tables of the paper."""

from synthgrad.report.documents import documents, write
from synthgrad.report.run import read_run
from synthgrad.study.expansion import parse_study
from synthgrad.workflow.jobs import job


def main(config, schema, tables, outputs):
    write(documents(read_run(parse_study(config, schema), tables)), outputs)


if __name__ == "__main__":
    with job(snakemake.log[0]):
        main(
            snakemake.params.config,
            snakemake.input.schema,
            dict(snakemake.input.items()),
            snakemake.output,
        )
