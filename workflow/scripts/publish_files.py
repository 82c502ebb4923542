"""Replace tracked files by those that were made anew: all of them, or none if anything fails."""

import shutil
from contextlib import ExitStack
from pathlib import Path

from synthgrad.study.tables import replacing
from synthgrad.workflow.running import job


def main(made, folder):
    with ExitStack() as replaced:
        for path in made:
            new = replaced.enter_context(replacing(Path(folder, Path(path).name)))
            shutil.copyfile(path, new)


if __name__ == "__main__":
    with job(snakemake.log[0]):
        main(snakemake.input.made, snakemake.params.folder)
