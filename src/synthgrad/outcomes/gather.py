"""From the tables of the jobs to those of a study: runs, outcomes, curves, sweeps and chosen step
sizes."""

import numpy as np

from synthgrad.core.naming import setting_text
from synthgrad.core.tasks import task_of
from synthgrad.core.training.curves import accuracy_auc, at_equal_updates, epochs_to, final_slope
from synthgrad.outcomes.twins import beside_twins
from synthgrad.study.cells import Searched, Trained, stacked
from synthgrad.study.tuning import ABOVE_0, choices

FINAL_MEASURES = (
    "mse",
    "bit_accuracy",
    "sum_accuracy",
    "heldout_bit_accuracy",
    "heldout_sum_accuracy",
    "tutorial_error",
)
LAYER_MEASURES = ("alignment", "norm_ratio", "spread", "similarity", "saturation")
EXTRA_MEASURES = ("absolute_error", "largest_weight", "printed_error", "synthetic_error")
ENDS = ("diverged_at", "done_at")
"""Epochs after which a run trained no further."""
SINGLE = ("mse", "tutorial_error", "absolute_error")
"""Measures that stand in the runs in single precision, as do those of the layers."""


def layer_columns(depth):
    """Names of the measures of every hidden layer."""
    return [f"{name}_{k}" for name in LAYER_MEASURES for k in range(1, depth + 1)]


def runs_and_outcomes(study, paths):
    """Gather the cells of a study into its two tables, one after the other.

    Parameters
    ----------
    study : Study
    paths : dict
        From the name of a training job to the path of its table.

    Yields
    ------
    runs, outcomes : dicts of columns
        The rows of one (experiment, cell): one per (seed, recorded epoch) and
        one per seed.
    """
    depth, trained = deepest(study), Trained(study, paths)
    for experiment, listed in study.experiments.items():
        seeds = study.seeds(experiment)
        for factors, cell in listed:
            for chosen, columns in trained(cell, seeds).items():
                at = level_of(cell, columns)
                labels = arm_labels(study, experiment, factors | at, cell, chosen)
                runs, outcomes = rows_of_cell(columns, cell.setup, depth)
                beside = beside_twins(trained, listed, cell, chosen, columns, seeds, depth)
                yield _labelled(labels, runs), _labelled(labels, outcomes | beside)


def deepest(study):
    """How many hidden layers have columns in the tables of a study."""
    return max([2, *(len(cell.setup.hidden) for cell in study.cells.values())])


def rows_of_cell(columns, setup, depth):
    """The rows of a cell in the tables of runs and of outcomes, without labels and what
    compares them with twins.

    Parameters
    ----------
    columns : dict
        Of the cell's own table, as from `cells.cell_columns`.
    setup : Setup
    depth : int
        How many hidden layers get columns.

    Returns
    -------
    runs, outcomes : dicts of columns
        Blank where the cell has none of the measures.
    """
    names = [*FINAL_MEASURES, *layer_columns(depth), *EXTRA_MEASURES]
    blank = np.full(len(columns["seed"]), np.nan)
    columns = dict.fromkeys(names, blank) | columns
    if not setup.has_generators:
        columns["generator_step_size"] = blank
    return _run_rows(columns, names), _outcome_rows(columns, names, setup)


def curves(study, paths):
    """The training accuracy of every run after every epoch, as what it is the share of.

    Parameters
    ----------
    study : Study
    paths : dict
        From the name of a training job to the path of its table.

    Yields
    ------
    dict of columns
        The rows of one cell, as of `curve_rows`; each once, whichever experiments have it.
    """
    trained = Trained(study, paths)
    for cell in study.cells.values():
        for chosen, columns in trained(cell, study.seeds_of_cells[cell.name]).items():
            labels = {"cell": cell_name(cell, chosen)}
            yield _labelled(labels, curve_rows(columns, cell.setup))


def curve_rows(columns, setup):
    """The rows of a cell in the table of curves, without its name: one per (seed, epoch).

    `bit_accuracy` is `right_bits` / `training_bits`, to the bit; of a run that diverged,
    `right_bits` are those of the best constant answer.
    """
    total = task_of(setup).training_answers(setup)
    whole = {
        "epoch": columns["epoch"],
        "right_bits": np.rint(columns["bit_accuracy"] * total),
        "training_bits": np.full(len(columns["epoch"]), total),
    }
    return {"seed": columns["seed"]} | {name: each.astype(np.int32) for name, each in whole.items()}


def sweeps(study, paths):
    """All searches of a study as columns: one row a cell, stage, point and seed.

    The rows of a cell with a generator step size of 0 are of the frozen network that it is with it.
    """
    read, parts = Searched(study, paths), []
    for name, cell in study.cells.items():
        if cell.tuning and not cell.tuning.shared:
            rows = stacked([read(search) for search in study.searches_of(cell)])
            del rows["search"]
            if not cell.setup.has_generators:
                rows["generator_step_size"] = np.full(len(rows["seed"]), np.nan)
            labels = {"cell": name, "method": cell.setup.method, "bits": bits(cell.setup)}
            parts.append(_labelled(labels, rows))
    return stacked(parts) if parts else {}


def tuned(study, paths):
    """The chosen step sizes of all cells that were tuned, a row each."""
    read, rows = Searched(study, paths), []
    for cell in study.cells.values():
        if cell.tuning is None:
            continue
        for label, chosen in choices(study, cell, read).items():
            has_generators = cell.setup.has_generators
            rows.append(
                {
                    "cell": cell_name(cell, label),
                    "method": cell.setup.method,
                    "bits": bits(cell.setup),
                    "chosen": label,
                    "step_size": chosen.setup.step_size,
                    "generator_step_size": chosen.setup.generator_step_size
                    if has_generators
                    else None,
                    "score": chosen.score,
                    "on_edge": " ".join(chosen.edges),
                }
            )
    return rows


def level_of(cell, columns):
    """The setting that a search decided for a cell, with its value; empty if there is none."""
    if not cell.has_level:
        return {}
    setting = cell.tuning.level[0]
    return {setting: float(columns[setting][0])}


def cell_name(cell, chosen):
    """A cell's name in the tables; with learning generators it is an arm of its own."""
    return f"{cell.name},{ABOVE_0}" if chosen == ABOVE_0 else cell.name


def bits(setup):
    """Digits of the sum as they stand in the tables, 0 where nothing is added."""
    return setup.bits if task_of(setup).has_bits else 0


def arm_labels(study, experiment, factors, cell, chosen):
    """The columns that tell an arm of an experiment from others, as they stand in the tables."""
    labels = {
        "experiment": experiment,
        "cell": cell_name(cell, chosen),
        "method": cell.setup.method,
        "bits": bits(cell.setup),
    }
    levels = {name: factors.get(name) for name in study.factors()}
    texts = {name: None if level is None else setting_text(level) for name, level in levels.items()}
    return labels | texts | {"chosen": chosen}


def _run_rows(run, names):
    recorded = run["recorded"].astype(bool)
    columns = ["seed", "epoch", "step_size", "generator_step_size", *names, *ENDS]
    rows = {name: run[name][recorded] for name in columns}
    # The outcomes have the last values in full.
    with np.errstate(over="ignore"):
        return rows | {name: rows[name].astype(np.float32) for name in names if _is_curve(name)}


def _is_curve(name):
    """Whether a measure stands in the runs in single precision, which makes them half as large."""
    return name in SINGLE or name.rpartition("_")[0] in LAYER_MEASURES


def _outcome_rows(run, names, setup):
    by_seed = {name: column.reshape(-1, setup.epochs + 1) for name, column in run.items()}
    curve = by_seed["bit_accuracy"][:, 1:]
    chance = by_seed["chance"][:, 0]
    rows = {
        "seed": by_seed["seed"][:, 0],
        "epochs": by_seed["epoch"][:, -1],
        "step_size": by_seed["step_size"][:, 0],
        "generator_step_size": by_seed["generator_step_size"][:, 0],
        "chance": chance,
        "accuracy_auc": accuracy_auc(curve, chance),
        "accuracy_auc_100": accuracy_auc(curve, chance, 100),
        "accuracy_auc_300": accuracy_auc(curve, chance, 300),
        "final_slope": final_slope(curve),
        "epochs_to_95": epochs_to(curve, 0.95),
        "accuracy_at_equal_updates": at_equal_updates(curve, setup.update_probability),
    }
    return rows | {name: by_seed[name][:, -1] for name in (*names, *ENDS)}


def _labelled(labels, rows):
    """Rows with these labels in front, each of them a column of one value."""
    length = len(rows["seed"])
    kinds = {name: int if isinstance(value, int) else object for name, value in labels.items()}
    return {
        name: np.full(length, value, dtype=kinds[name]) for name, value in labels.items()
    } | rows
