"""From cells to tables: what is gathered, with how much memory, and what is estimated."""

from pathlib import Path

from synthgrad.study.memory import megabytes
from synthgrad.study.registry import registered_tables

STATISTICS = Path(__file__).parents[1] / "statistics"


def digits_tables(study, results):
    """Paths of the tables of the training jobs of the experiment on the digits."""
    wanted = {cell.name for _, cell in study.experiments.get("digits", [])}
    return [
        f"{results}/cells/{job}.parquet"
        for job, units in study.jobs.items()
        if wanted & {cell.name for cell, _ in units}
    ]


def gathering_memory(study):
    """MB that gathering the tables needs at most: it has one cell at a time in memory."""
    seeds = study.seeds_of_cells
    return max(megabytes(cell.setup, len(seeds[name])) for name, cell in study.cells.items())


def estimate_tables(results):
    """Paths of the tables that the statistics make, by their names."""
    return {name: f"{results}/{name}.csv" for name in registered_tables(STATISTICS)}
