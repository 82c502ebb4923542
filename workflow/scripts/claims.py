"""Judge the claims by the tables."""

from synthgrad.claims import judge as claims
from synthgrad.study import tables as records
from synthgrad.study.config import read_claims
from synthgrad.workflow import jobs


def main(claims_path, schema, runs_path, outcomes_path, seconds_paths, resamples, seed, output):
    runs = records.read_table(runs_path, "runs").to_pandas()
    outcomes = records.read_table(outcomes_path, "outcomes").to_pandas()
    listed = read_claims(claims_path, schema)
    seconds = [records.read_csv(path) for path in seconds_paths]
    judged = claims.judge(listed, runs, outcomes, resamples, seed, *seconds)
    records.write_csv(judged, output)


if __name__ == "__main__":
    with jobs.job(snakemake.log[0]):
        inputs, parameters = snakemake.input, snakemake.params
        main(
            inputs.claims,
            inputs.schema,
            inputs.runs,
            inputs.outcomes,
            inputs.seconds,
            parameters.resamples,
            parameters.seed,
            snakemake.output[0],
        )
