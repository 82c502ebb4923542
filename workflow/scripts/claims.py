"""Judge the claims by the tables."""

from synthgrad.claims.judge import judge
from synthgrad.study.config import read_claims
from synthgrad.study.tables import read_csv, read_table, write_csv
from synthgrad.workflow.running import job


def main(claims_path, schema, runs_path, outcomes_path, seconds_paths, seed, output):
    runs = read_table(runs_path, "runs").to_pandas()
    outcomes = read_table(outcomes_path, "outcomes").to_pandas()
    listed = read_claims(claims_path, schema)
    seconds = [read_csv(path) for path in seconds_paths]
    write_csv(judge(listed, runs, outcomes, seed, *seconds), output)


if __name__ == "__main__":
    with job(snakemake.log[0]):
        inputs, parameters = snakemake.input, snakemake.params
        main(
            inputs.claims,
            inputs.schema,
            inputs.runs,
            inputs.outcomes,
            inputs.seconds,
            parameters.seed,
            snakemake.output[0],
        )
