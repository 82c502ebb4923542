"""Judge the claims again under the declared alternatives."""

import pyarrow.compute as pc

from synthgrad.claims.alternatives import epochs_of
from synthgrad.claims.robustness import judge_again
from synthgrad.study.config import read_judged
from synthgrad.study.tables import read_csv, read_table, write_csv
from synthgrad.workflow.running import job


def main(claims_path, schema, runs_path, outcomes_path, curves_path, seconds_paths, seed, output):
    listed = read_judged(claims_path, schema)
    claims, declared = listed["claims"], listed["alternatives"]
    runs = read_table(runs_path, "runs").to_pandas()
    outcomes = read_table(outcomes_path, "outcomes").to_pandas()
    curves = read_table(curves_path, "curves")
    curves = curves.filter(pc.field("epoch").isin(epochs_of(declared))).to_pandas()
    seconds = [read_csv(path) for path in seconds_paths]
    write_csv(judge_again(claims, declared, runs, outcomes, curves, seed, *seconds), output)


if __name__ == "__main__":
    with job(snakemake.log[0]):
        inputs, parameters = snakemake.input, snakemake.params
        main(
            inputs.claims,
            inputs.schema,
            inputs.runs,
            inputs.outcomes,
            inputs.curves,
            inputs.seconds,
            parameters.seed,
            snakemake.output[0],
        )
