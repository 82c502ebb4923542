"""Find which part of the true gradient linear generators could represent."""

from synthgrad.statistics.representable import representable
from synthgrad.study.expansion import parse_study
from synthgrad.study.tables import read_table, write_csv
from synthgrad.workflow.running import job


def main(config, schema, outcomes_path, output):
    outcomes = read_table(outcomes_path, "outcomes").to_pandas()
    write_csv(representable(parse_study(config, schema), outcomes), output)


if __name__ == "__main__":
    with job(snakemake.log[0]):
        main(
            snakemake.params.config,
            snakemake.input.schema,
            snakemake.input.outcomes,
            snakemake.output[0],
        )
