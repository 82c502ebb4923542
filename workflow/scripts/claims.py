"""Judge the claims by the tables."""

from synthgrad import claims, jobs, records
from synthgrad.config import read_claims


def main(claims_path, schema, runs_path, outcomes_path, resamples, seed, output):
    runs = records.read_table(runs_path, "runs").to_pandas()
    outcomes = records.read_table(outcomes_path, "outcomes").to_pandas()
    listed = read_claims(claims_path, schema)
    records.write_csv(claims.judge(listed, runs, outcomes, resamples, seed), output)


if __name__ == "__main__":
    with jobs.job(snakemake.log[0]):
        inputs, parameters = snakemake.input, snakemake.params
        main(
            inputs.claims,
            inputs.schema,
            inputs.runs,
            inputs.outcomes,
            parameters.resamples,
            parameters.seed,
            snakemake.output[0],
        )
