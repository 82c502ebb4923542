"""Time the layers of networks as MPI ranks, and the rivals of that."""

from synthgrad.parallel.timing import in_ranks
from synthgrad.workflow.running import job, training


def main(plan, paths):
    in_ranks(plan["networks"], plan["repeats"], plan["seconds"], paths)


if __name__ == "__main__":
    with job(snakemake.log[0]), training(snakemake.threads):
        main(snakemake.params.plan, dict(snakemake.output.items()))
