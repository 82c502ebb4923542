"""Estimate every arm, compare the arms, and tell which is best and what could be seen."""

from synthgrad.statistics import estimates as analysis
from synthgrad.study import tables as records
from synthgrad.workflow import jobs


def main(outcomes_path, resamples, seed, paths):
    outcomes = records.read_table(outcomes_path, "outcomes").to_pandas()
    contrasts = analysis.compare(outcomes, resamples, seed)
    tables = {
        "summary": analysis.summarise(outcomes, resamples, seed),
        "statistics": contrasts,
        "survival": analysis.survive(outcomes),
        "ranking": analysis.rank(outcomes, resamples, seed),
        "factorial": analysis.factorial(outcomes, resamples, seed),
        "power": analysis.detectable(contrasts, seed),
    }
    for name, table in tables.items():
        records.write_csv(table, paths[name])


if __name__ == "__main__":
    with jobs.job(snakemake.log[0]):
        parameters = snakemake.params
        main(
            snakemake.input.outcomes,
            parameters.resamples,
            parameters.seed,
            dict(snakemake.output.items()),
        )
