"""Tell from the times of minibatches and from the runs whether decoupled ranks save time."""

from synthgrad.parallel import speedup as clock
from synthgrad.study import tables as records
from synthgrad.study.experiments import parse_study
from synthgrad.workflow import jobs


def main(config, schema, inputs, paths):
    study = parse_study(config, schema)
    summary, times, decoupled = (
        records.read_csv(inputs[name]) for name in ("summary", "times", "decoupled")
    )
    outcomes = records.read_table(inputs["outcomes"], "outcomes").to_pandas()
    for name, table in clock.answer_tables(study, summary, times, outcomes, decoupled).items():
        records.write_csv(table, paths[name])


if __name__ == "__main__":
    with jobs.job(snakemake.log[0]):
        main(
            snakemake.params.config,
            snakemake.input.schema,
            dict(snakemake.input.items()),
            dict(snakemake.output.items()),
        )
