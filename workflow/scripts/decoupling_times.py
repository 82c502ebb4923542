"""Time the layers of networks as MPI ranks, and the rivals of that."""

from synthgrad.parallel import timing as decoupling
from synthgrad.workflow import jobs


def main(plan, paths):
    decoupling.in_ranks(plan["networks"], plan["repeats"], plan["seconds"], paths)


if __name__ == "__main__":
    with jobs.job(snakemake.log[0]), jobs.training(snakemake.threads):
        main(snakemake.params.plan, dict(snakemake.output.items()))
