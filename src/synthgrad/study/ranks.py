"""What of a study is run as MPI ranks, one a part of the layers."""

IN_RANKS = {
    "none": "backprop",
    "local-loss": "local-loss",
    "output": "dni[output]",
    "label": "dni[label]",
    "output+label": "dni[output+label]",
}
"""Methods whose layers are run as MPI ranks, by their names in the column `conditioning` of the
tables of times: what generators see, where there are any."""

STUDIED_IN_RANKS = "headline"
"""The experiment whose networks are run as MPI ranks, too."""

TIMED = "decoupling"
"""The name under which what is timed in ranks stands beside the experiments that train."""


def cells_in_ranks(study):
    """The cells whose networks are timed as MPI ranks, too."""
    return [cell for _, cell in study.experiments.get(STUDIED_IN_RANKS, [])]


def decoupled_cells(study):
    """Those of them that are trained in decoupled ranks."""
    decoupled = set(IN_RANKS.values()) - {IN_RANKS["none"]}
    return [
        cell
        for cell in cells_in_ranks(study)
        if cell.setup.method in decoupled and cell.setup.bits == study.decoupling["bits"]
    ]


def seeds_in_ranks(study):
    """The evaluation seeds on which they are."""
    return study.evaluation_seeds[: study.decoupling.get("seeds")]


def late_targets(study):
    """What late targets of generators are compared with there: one or both forms, the one that
    claims are about first."""
    return study.decoupling.get("late_targets", ["repredicted"])
