"""Write the numbers and tables of the paper."""

from synthgrad.report import documents as report
from synthgrad.report import run as findings
from synthgrad.study.experiments import parse_study
from synthgrad.workflow import jobs
from synthgrad.workflow import rules as wiring


def main(config, schema, tables, outputs):
    run = findings.read_run(parse_study(config, schema), **tables)
    report.write(report.documents(run), outputs)


if __name__ == "__main__":
    with jobs.job(snakemake.log[0]):
        inputs = snakemake.input
        names = (
            *("runs", "outcomes", "summary", "contrasts", "survival", "ranking", "factorial"),
            *("power", "claims", "tuned", "manifest"),
        )
        measured = {name: [path] for name, path in wiring.measured_tables().items()}
        main(
            snakemake.params.config,
            inputs.schema,
            {name: inputs[name] for name in names} | measured | {"ranks": list(inputs.ranks)},
            snakemake.output,
        )
