"""Tell from the times of minibatches and from the runs whether decoupled ranks save time."""

from synthgrad.parallel.speedup import answer_tables
from synthgrad.study.expansion import parse_study
from synthgrad.study.tables import read_csv, read_table, write_csv
from synthgrad.workflow.running import job


def main(config, schema, inputs, paths):
    study = parse_study(config, schema)
    summary, times, decoupled = (
        read_csv(inputs[name]) for name in ("summary", "times", "decoupled")
    )
    outcomes = read_table(inputs["outcomes"], "outcomes").to_pandas()
    for name, table in answer_tables(study, summary, times, outcomes, decoupled).items():
        write_csv(table, paths[name])


if __name__ == "__main__":
    with job(snakemake.log[0]):
        main(
            snakemake.params.config,
            snakemake.input.schema,
            dict(snakemake.input.items()),
            dict(snakemake.output.items()),
        )
