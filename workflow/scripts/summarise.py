"""Estimate the mean of every arm and compare the arms."""

from synthgrad import analysis, jobs, records


def main(outcomes_path, resamples, seed, summary_path, statistics_path):
    outcomes = records.read_table(outcomes_path, "outcomes").to_pandas()
    records.write_csv(analysis.summarise(outcomes, resamples, seed), summary_path)
    records.write_csv(analysis.compare(outcomes, resamples, seed), statistics_path)


if __name__ == "__main__":
    with jobs.job(snakemake.log[0]):
        parameters = snakemake.params
        main(
            snakemake.input.outcomes,
            parameters.resamples,
            parameters.seed,
            snakemake.output.summary,
            snakemake.output.statistics,
        )
