"""Write down the claims before anything is trained on evaluation seeds."""

from synthgrad.reproduce.registration import register
from synthgrad.workflow.running import job

if __name__ == "__main__":
    with job(snakemake.log[0]):
        register(snakemake.input.claims, snakemake.output[0])
