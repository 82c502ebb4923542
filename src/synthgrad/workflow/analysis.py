"""From cells to tables: what is gathered, with how much memory, and what is estimated."""

from pathlib import Path

from synthgrad.study.memory import megabytes
from synthgrad.study.registry import registered_tables

STATISTICS = Path(__file__).parents[1] / "statistics"


def digits_tables(study, results):
    """Paths of the tables of the training jobs of the experiment on the digits."""
    cells = [cell for _, cell in study.experiments.get("digits", [])]
    return [f"{results}/cells/{name}.parquet" for cell in cells for name, _ in study.parts(cell)]


def gathering_memory(study):
    """MB that gathering the tables needs at most: it has one cell at a time in memory."""
    seeds = len(study.evaluation_seeds)
    return max(megabytes(cell.setup, seeds) for cell in study.cells().values())


def estimate_tables(results):
    """Paths of the tables that the statistics make, by their names."""
    return {name: f"{results}/{name}.csv" for name in registered_tables(STATISTICS)}
