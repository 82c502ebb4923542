"""What the times measured in ranks come to: tables of the experiment `decoupling`.

Time to 95 % of the bits is minibatches needed, which the study knows, times the
time of a minibatch, which the ranks know. How many times as many minibatches a
method `needs` as backprop is set against how many it `affords`: the time of a
minibatch of backprop, run in the fastest of its ways, over that of its own. It
saves time where its median seed gets there sooner.
"""

import numpy as np
import pandas as pd

from synthgrad.core.network.sizes import (
    generator_multiplications,
    generator_shapes,
    multiplications,
    weights,
)
from synthgrad.parallel.arms import ALONE, Arm, Network, arms_of, network_of
from synthgrad.parallel.pipeline import SILENT
from synthgrad.parallel.staleness import NONE, beside_in_step
from synthgrad.parallel.timing import MEASURED
from synthgrad.study.ranks import IN_RANKS, STUDIED_IN_RANKS, TIMED, cells_in_ranks, late_targets
from synthgrad.study.tuning import as_learning

NETWORK = list(Network._fields)


def layer_operations(networks):
    """Arithmetic and memory of each layer in a training step, by conditioning.

    Parameters
    ----------
    networks : list of Network

    Returns
    -------
    DataFrame
        A row a network, conditioning and layer: floating-point operations of a
        step (two a multiplication), the share of them that the generator or
        readout takes, bytes of the parameters and of what goes up and comes down
        where the layer is the topmost of a rank.
    """
    rows = []
    for network in networks:
        for conditioning in IN_RANKS:
            setup = network.setup(conditioning)
            costs = multiplications(setup)
            generators = generator_multiplications(setup)
            learnt = _parameters(setup)
            for k, cost in enumerate(costs):
                message = 8 * network.batch_size * setup.sizes[k + 1]
                rows.append(
                    network._asdict()
                    | {
                        "conditioning": conditioning,
                        "layer": k + 1,
                        "operations": 2 * cost * network.batch_size,
                        "generator_share": generators[k] / cost,
                        "parameter_bytes": 8 * learnt[k],
                        "message_bytes": message,
                        "message_bytes_down": 0 if setup.method == SILENT else message,
                    }
                )
    return pd.DataFrame(rows)


def _parameters(setup):
    """How many numbers training changes in each layer, those of a generator or readout with a
    bias."""
    biases = [sum(units for _, units in shapes) for shapes in generator_shapes(setup)]
    return np.add(weights(setup), biases)


def summarise(times):
    """One row an arm, in the order in which they should be read.

    Parameters
    ----------
    times : DataFrame
        The rows of ``times`` that `timing.measure` writes.

    Returns
    -------
    DataFrame
        `median_us`, `least_us` and `most_us` are microseconds a minibatch over
        repeats; `to_backprop` is the median ratio to backprop in one process on
        one core in the same repeat; `core_share` the share of time in which the
        process, or the worse-off rank, had a core; `waits_k` that in which rank
        k waited; `bytes_up` and `bytes_down` are those sent in a minibatch.
        Decoupled ranks have a `rival`, the way of running backprop on the same
        network with the least median, and what they `affords` against it.
    """
    by_arm = {}
    for row in times.to_dict("records"):
        arm = Arm(*(row[name] for name in Arm._fields))
        by_arm.setdefault(arm, []).append([row[name] for name in MEASURED])
    every = {arm: np.array(values).T for arm, values in by_arm.items()}
    return _with_rivals(pd.DataFrame([_sum_up(arm, every) for arm in sorted(every, key=_place)]))


def _sum_up(arm, every):
    """The row of an arm, from the numbers of every arm."""
    measured = every[arm]
    minibatches, seconds, core_share, waited_0, waited_1, up, down, staleness, most_stale = measured
    backprop = every[arm._replace(conditioning="none", way="one process")]
    took = 1e6 * seconds / minibatches
    in_ranks = arm.way not in ALONE
    return {
        **arm._asdict(),
        "repeats": len(took),
        "median_us": round(np.median(took), 2),
        "least_us": round(took.min(), 2),
        "most_us": round(took.max(), 2),
        "to_backprop": round(np.median(took / (1e6 * backprop[1] / backprop[0])), 4),
        "core_share": round(np.median(core_share), 4),
        "waits_0": round(np.median(waited_0 / seconds), 4) if in_ranks else None,
        "waits_1": round(np.median(waited_1 / seconds), 4) if in_ranks else None,
        "bytes_up": int(np.median(up / minibatches)),
        "bytes_down": int(np.median(down / minibatches)),
        "staleness_median": np.median(staleness) if arm.way == "decoupled" else None,
        "staleness_most": most_stale.max() if arm.way == "decoupled" else None,
    }


def _place(arm):
    """Where an arm stands: by network, small ones first, then in the order of `arms`."""
    hidden = [int(units) for units in arm.hidden.split("-")]
    return len(hidden), hidden, arm.bits, arm.batch_size, arms_of(arm.network).index(arm)


def _with_rivals(summary):
    backprop = summary[summary["conditioning"] == "none"]
    best = backprop.loc[backprop.groupby(NETWORK)["median_us"].idxmin()]
    best = best[[*NETWORK, "way", "median_us"]]
    best = best.rename(columns={"way": "rival", "median_us": "rival_us"})
    summary = summary.merge(best, on=NETWORK, how="left")
    decoupled = summary["way"] == "decoupled"
    summary["affords"] = (summary["rival_us"] / summary["median_us"]).where(decoupled)
    summary["rival"] = summary["rival"].where(decoupled)
    return summary.drop(columns="rival_us")


def to_95(study, times, outcomes, decoupled):
    """Seconds to 95 % of the bits, a row a seed, of every method and way that was timed.

    Parameters
    ----------
    study : Study
    times : DataFrame, the rows of ``times`` that `timing.measure` writes
    outcomes : DataFrame, the outcomes of the study
    decoupled : DataFrame, the outcomes of `staleness`, of runs in decoupled ranks

    Returns
    -------
    DataFrame
        Columns that tell the arm, `way` among them, and `seed`; `minibatches_to_95` and
        `seconds_to_95`, NaN where that does not come within the `seconds` that
        all epochs take. Of several repeats a seed has the one whose number is
        its own modulo how many there are, so that seeds spread as the times do.
        `accuracy_auc` and `diverged_at` are those of the runs in decoupled ranks, where there
        are any, with the first form of late targets that the study has.
    """
    each = times.assign(minibatch=times["seconds"] / times["minibatches"])
    studied, parts = as_learning(outcomes[outcomes["experiment"] == STUDIED_IN_RANKS]), []
    for cell in cells_in_ranks(study):
        labels = {"experiment": TIMED, "cell": cell.name, "method": cell.setup.method}
        runs = studied[studied["cell"] == cell.name]
        chosen = each[_of(each, network_of(cell.setup), cell.setup.method)]
        for way, rows in chosen.sort_values("repeat").groupby("way", sort=False):
            minibatch = rows["minibatch"].to_numpy()[runs["seed"] % len(rows)]
            needed = cell.setup.batches * runs["epochs_to_95"].to_numpy(dtype=float)
            part = pd.DataFrame(labels | {"bits": cell.setup.bits, "way": way}, runs.index)
            part["seed"] = runs["seed"]
            part["seconds"] = cell.setup.batches * runs["epochs"] * minibatch
            part["minibatches_to_95"] = needed
            part["seconds_to_95"] = needed * minibatch
            parts.append(part)
    table = pd.concat(parts, ignore_index=True)
    meant = decoupled["late_targets"].isin([late_targets(study)[0], NONE])
    learned = ["cell", "seed", "accuracy_auc", "diverged_at"]
    scores = decoupled.loc[meant, learned].assign(way="decoupled")
    return table.merge(scores, on=["cell", "way", "seed"], how="left")


def _of(table, network, method):
    """Which rows of a table are of a network and a method."""
    wanted = network._asdict() | {"conditioning": _conditioning(method)}
    return np.logical_and.reduce([table[name] == value for name, value in wanted.items()])


def _conditioning(method):
    return next((name for name, each in IN_RANKS.items() if each == method), None)


def answer(seconds, summary, study):
    """Whether decoupled ranks save time on the networks of the study, a row a method and width.

    Medians over seeds count what is not reached as infinite. `affords` and
    `rival` are those of `summarise`, on the same network.
    """
    rows = []
    for cell in cells_in_ranks(study):
        arm = seconds[(seconds["cell"] == cell.name) & (seconds["way"] == "decoupled")]
        measured = summary[_of(summary, network_of(cell.setup), cell.setup.method)]
        measured = measured[measured["way"] == "decoupled"]
        if arm.empty or measured.empty:
            continue
        [found] = measured.to_dict("records")
        same = (seconds["bits"] == cell.setup.bits) & (seconds["method"] == "backprop")
        rival = seconds[same & (seconds["way"] == found["rival"])]
        needs = _median(arm["minibatches_to_95"]) / _median(rival["minibatches_to_95"])
        rows.append(
            {
                "bits": cell.setup.bits,
                "method": cell.setup.method,
                "rival": found["rival"],
                "minibatches": _median(arm["minibatches_to_95"]),
                "rival_minibatches": _median(rival["minibatches_to_95"]),
                "needs": needs,
                "affords": found["affords"],
                "seconds": _median(arm["seconds_to_95"]),
                "rival_seconds": _median(rival["seconds_to_95"]),
            }
        )
    table = pd.DataFrame(rows)
    return table.assign(saves_time=table["seconds"] < table["rival_seconds"]) if rows else table


def _median(times):
    """The median of times of which some never come: Kaplan-Meier's, with one budget for all."""
    return np.sort(times.fillna(np.inf))[(len(times) - 1) // 2] if len(times) else np.nan


def answer_tables(study, summary, times, outcomes, decoupled):
    """The tables by name that say how long training takes and what comes of it, in data frames as
    the arguments."""
    seconds = to_95(study, times, outcomes, decoupled)
    return {
        "seconds": seconds,
        "answer": answer(seconds, summary, study),
        "learning": beside_in_step(study, outcomes, decoupled),
    }


def render(summary):
    """A summary as a table for the terminal."""
    rows = summary.to_dict("records")
    widest = max(len("hidden"), *(len(row["hidden"]) for row in rows))
    lines = [
        f"{'hidden':{widest}} {'batch':>5}  {'conditioning':12}  {'way':22}  {'us a minibatch':>14}"
        f"  {'least to most':>19}  {'to backprop':>11}  {'ranks wait':>11}  {'bytes up, down':>15}"
        f"  {'staleness':>9}"
    ]
    for row in rows:
        waits = stale = ""
        if row["way"] not in ALONE:
            waits = f"{row['waits_0']:.0%}, {row['waits_1']:.0%}"
        if pd.notna(row["staleness_most"]):
            stale = f"{row['staleness_median']:g} (<={row['staleness_most']:g})"
        sent = f"{row['bytes_up']}, {row['bytes_down']}" if waits else ""
        lines.append(
            f"{row['hidden']:{widest}} {row['batch_size']:5}  {row['conditioning']:12}"
            f"  {row['way']:22}"
            f"  {row['median_us']:14.1f}  {row['least_us']:8.1f} to {row['most_us']:7.1f}"
            f"  {row['to_backprop']:11.2f}  {waits:>11}  {sent:>15}  {stale:>9}".rstrip()
        )
    return "\n".join(lines)


def caution(summary):
    """A sentence on other work on the machine; empty if there was little."""
    share = summary["core_share"].median()
    if share > 0.95:
        return ""
    return (
        f"Other work took the cores for {1 - share:.0%} of the time (median of the rows): "
        "do not rely on these times.\n"
    )
