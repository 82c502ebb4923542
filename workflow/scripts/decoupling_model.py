"""Sum up the times of minibatches on ranks, and model them and more ranks from their parts."""

from synthgrad.parallel import workers
from synthgrad.study.expansion import parse_study
from synthgrad.study.tables import read_csv, write_csv
from synthgrad.workflow.running import job


def main(config, schema, inputs, paths):
    study = parse_study(config, schema)
    measured = [read_csv(inputs[name]) for name in ("times", "layers", "messages")]
    for name, table in workers.tables(study, *measured).items():
        write_csv(table, paths[name])


if __name__ == "__main__":
    with job(snakemake.log[0]):
        main(
            snakemake.params.config,
            snakemake.input.schema,
            dict(snakemake.input.items()),
            dict(snakemake.output.items()),
        )
