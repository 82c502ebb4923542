"""Sum up the times of minibatches on ranks, and model them and more ranks from their parts."""

from synthgrad.parallel import workers as scaling
from synthgrad.study import tables as records
from synthgrad.study.experiments import parse_study
from synthgrad.workflow import jobs


def main(config, schema, inputs, paths):
    study = parse_study(config, schema)
    measured = [records.read_csv(inputs[name]) for name in ("times", "layers", "messages")]
    for name, table in scaling.tables(study, *measured).items():
        records.write_csv(table, paths[name])


if __name__ == "__main__":
    with jobs.job(snakemake.log[0]):
        main(
            snakemake.params.config,
            snakemake.input.schema,
            dict(snakemake.input.items()),
            dict(snakemake.output.items()),
        )
