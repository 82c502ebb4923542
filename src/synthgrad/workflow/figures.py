"""The figures: the files that a study draws, and the tables that one of them needs."""

from synthgrad.figures.listing import figures


def files(study, folder, ranks, kinds=("pdf", "png")):
    """Paths in a folder of all figures that a study has the runs for, in each format.

    `ranks` says whether there are runs in ranks.
    """
    present = {None, *study.experiments, *["decoupling"] * ranks}
    drawn = [name for name, figure in figures().items() if figure.experiment in present]
    return [f"{folder}/{name}.{kind}" for name in drawn for kind in kinds]


def own_tables(folder):
    """Input function: tables in a folder that a figure alone is drawn from."""
    return lambda wildcards: [f"{folder}/{name}.csv" for name in figures()[wildcards.figure].tables]
