"""Typeset the paper."""

from synthgrad.report.latex import typeset
from synthgrad.workflow.running import job


def main(source, search, build, output):
    typeset(source, search, build, output)


if __name__ == "__main__":
    with job(snakemake.log[0]):
        parameters = snakemake.params
        main(parameters.source, parameters.search, parameters.build, snakemake.output[0])
