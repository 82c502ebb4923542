"""Tell from the times of minibatches, layers and messages whether decoupled ranks save time."""

import pandas as pd

from synthgrad import clock, jobs, records
from synthgrad.study import parse_study


def main(config, schema, inputs, paths):
    study = parse_study(config, schema)
    names = ("times", "layers", "messages", "decoupled")
    measured = [pd.read_csv(inputs[name]) for name in names]
    outcomes = records.read_table(inputs["outcomes"], "outcomes").to_pandas()
    for name, table in clock.tables(study, outcomes, *measured).items():
        records.write_csv(table, paths[name])


if __name__ == "__main__":
    with jobs.job(snakemake.log[0]):
        main(
            snakemake.params.config,
            snakemake.input.schema,
            dict(snakemake.input.items()),
            dict(snakemake.output.items()),
        )
