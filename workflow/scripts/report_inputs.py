"""Write the numbers and tables of the paper."""

from pathlib import Path

from synthgrad.report.documents import documents, write
from synthgrad.report.run import read_run
from synthgrad.study.expansion import parse_study
from synthgrad.workflow.running import job


def main(config, schema, tables, sources, outputs):
    texts = [Path(source).read_text(encoding="utf-8") for source in sources]
    write(documents(read_run(parse_study(config, schema), tables), texts), outputs)


if __name__ == "__main__":
    with job(snakemake.log[0]):
        main(
            snakemake.params.config,
            snakemake.input.schema,
            dict(snakemake.input.items()),
            snakemake.input.sources,
            snakemake.output,
        )
