"""The files in a folder of results that a report is of."""

from pathlib import Path

FILES = {
    **{name: f"{name}.parquet" for name in ("runs", "outcomes", "sweeps")},
    **{name: f"{name}.csv" for name in ("tuned", "summary", "survival", "ranking", "factorial")},
    **{name: f"{name}.csv" for name in ("simulations", "claims", "robustness", "representable")},
    "contrasts": "statistics.csv",
    "manifest": "manifest.json",
}
"""Tables and manifest, by the names that the report has for them."""

RANKS = (
    "decoupling",
    "decoupling_answer",
    "decoupling_learning",
    "decoupling_model",
    "decoupling_simulated",
    "decoupling_operations",
)
"""The tables of layers as MPI ranks that the report tells of, as far as there are any."""


def existing(folder, names):
    """Paths of those of some CSV tables that are in a folder, by name."""
    paths = {name: Path(folder, f"{name}.csv") for name in names}
    return {name: str(path) for name, path in paths.items() if path.exists()}
