"""What the times measured in ranks come to: tables of the experiment `decoupling`.

Time to 95 % of the bits is minibatches needed, which the study knows, times the
time of a minibatch, which the ranks know. How many times as many minibatches a
method `needs` as backprop is set against how many it `affords`: the time of a
minibatch of backprop, run in the fastest of its ways, over that of its own. It
saves time where it affords more than it needs.

Whatever comes from `simulation` is in tables of its own, which say so.
"""

from itertools import pairwise

import numpy as np
import pandas as pd

from . import methods, pipeline, simulation
from .conditioning import condition_size
from .decoupling import (
    ALONE,
    CONDITIONINGS,
    LOCKED,
    RANKS,
    REHEARSED,
    Network,
    network_of,
    networks_of,
    summarise,
    uniform,
)

EXPERIMENT = "decoupling"
"""The name under which the times to 95 % stand beside the experiments of the study."""

STUDIED = "headline"
"""The experiment whose minibatches are counted."""

WORKERS = (2, 4, 8, 16)
LATENCIES = (1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1)
"""Of the simulated links, in seconds."""

SIMULATED_WIDTHS = (64, 256, 1024)
LAYERS = 16
"""Of the simulated networks: as many as workers at most."""

NETWORK = list(Network._fields)


def operations(networks):
    """Arithmetic and memory of each layer in a training step, by conditioning.

    Parameters
    ----------
    networks : list of Network

    Returns
    -------
    DataFrame
        A row a network, conditioning and layer: floating-point operations of a
        step (two a multiplication), the share of them that the generator
        takes, bytes of the parameters and of what goes up and comes down where
        the layer is the topmost of a rank.
    """
    rows = []
    for network in networks:
        without = methods.multiplications(network.setup("none"))
        for conditioning in CONDITIONINGS:
            setup = network.setup(conditioning)
            costs = methods.multiplications(setup)
            learnt = _parameters(setup)
            for k, cost in enumerate(costs):
                rows.append(
                    network._asdict()
                    | {
                        "conditioning": conditioning,
                        "layer": k + 1,
                        "operations": 2 * cost * network.batch_size,
                        "generator_share": 1 - without[k] / cost,
                        "parameter_bytes": 8 * learnt[k],
                        "message_bytes": 8 * network.batch_size * setup.sizes[k + 1],
                    }
                )
    return pd.DataFrame(rows)


def _parameters(setup):
    """How many numbers training changes in each layer, its generator included."""
    sizes, counts = setup.sizes, []
    for k, (fan_in, units) in enumerate(pairwise(sizes)):
        seen = condition_size(setup.conditions, sizes[0], units, sizes[-1])
        has_generator = setup.conditions and k < len(sizes) - 2
        counts.append((fan_in + (seen + 1) * bool(has_generator)) * units)
    return counts


def with_affords(summary):
    """A summary, as of `decoupling.summarise`, with what decoupled ranks afford, and against
    which way of running backprop on the same network: the one with the least median."""
    summary = pd.DataFrame(summary)
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
    times : DataFrame, the rows of ``times`` that `decoupling.measure` writes
    outcomes : DataFrame, the outcomes of the study
    decoupled : DataFrame, the outcomes of `staleness`, of runs in decoupled ranks

    Returns
    -------
    DataFrame
        Columns that tell the arm, `way` among them, and `seed`; `minibatches_to_95` and
        `seconds_to_95`, NaN where that does not come within the `seconds` that
        all epochs take. Of several repeats a seed has the one whose number is
        its own modulo how many there are, so that seeds spread as the times do.
        `accuracy_auc` is that of the runs in decoupled ranks, where there are any.
    """
    each = times.assign(minibatch=times["seconds"] / times["minibatches"])
    parts = []
    for _, cell in study.experiments.get(STUDIED, []):
        labels = {"experiment": EXPERIMENT, "cell": cell.name, "method": cell.setup.method}
        runs = outcomes[(outcomes["experiment"] == STUDIED) & (outcomes["cell"] == cell.name)]
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
    scores = decoupled[["cell", "seed", "accuracy_auc"]].assign(way="decoupled")
    return table.merge(scores, on=["cell", "way", "seed"], how="left")


def _of(table, network, method):
    """Which rows of a table are of a network and a method."""
    wanted = network._asdict() | {"conditioning": _conditioning(method)}
    return np.logical_and.reduce([table[name] == value for name, value in wanted.items()])


def _conditioning(method):
    return next((name for name, each in CONDITIONINGS.items() if each == method), None)


def answer(seconds, summary, study):
    """Whether decoupled ranks save time on the networks of the study, a row a method and width.

    Medians over seeds count what is not reached as infinite. `affords` and
    `rival` are those of `with_affords`, on the same network.
    """
    rows = []
    for _, cell in study.experiments.get(STUDIED, []):
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
                "saves_time": bool(found["affords"] > needs),
            }
        )
    return pd.DataFrame(rows)


def _median(times):
    """The median of times of which some never come: Kaplan-Meier's, with one budget for all."""
    return np.sort(times.fillna(np.inf))[(len(times) - 1) // 2] if len(times) else np.nan


def medians(layers, messages):
    """What the model is fed with: medians over repeats of measured times, in seconds.

    Returns
    -------
    operations : dict from (hidden, bits, batch_size, conditioning, parts) to (layers, 4) array,
        the columns being `decoupling.REHEARSED`
    messages : DataFrame by bytes, with the columns of `simulation.Link`
    """
    names = [f"{name}_us" for name in REHEARSED]
    keys = [*NETWORK, "conditioning", "parts"]
    median = layers.groupby([*keys, "layer"])[names].median() / 1e6
    operations = {key: rows.to_numpy() for key, rows in median.groupby(level=keys)}
    link = messages.groupby("bytes")[["sending_us", "one_way_us"]].median() / 1e6
    return operations, link.rename(columns={"sending_us": "sending", "one_way_us": "one_way"})


def link_for(messages, size, latency=None):
    """The link of the measured messages for one of `size` bytes; between measured sizes
    straight lines. With another `latency` than that of the shortest message."""
    sending, one_way = (
        float(np.interp(size, messages.index, messages[name])) for name in ("sending", "one_way")
    )
    if latency is not None:
        one_way += latency - float(messages["one_way"].iloc[0])
    return simulation.Link(sending, max(one_way, sending))


def modelled(setup, times, messages, workers, way, latency=None):
    """Seconds a minibatch takes in the model. `times`: dict from parts to (layers, 4) arrays."""
    parts = LOCKED.get(way, 1)
    shares = pipeline.share_layers(setup, workers)
    borders = [setup.sizes[share.stop] for share in shares[:-1]]
    links = [
        link_for(messages, 8 * units * setup.batch_size // parts, latency) for units in borders
    ]
    run = "locked" if way in LOCKED else way
    operations, overhead = times[parts][:, :-1], times[parts][:, -1].sum() / RANKS
    return simulation.minibatch_seconds(setup, operations, workers, run, links, parts, overhead)


def validate(summary, layers, messages):
    """The model beside the real runs of two ranks, a row an arm.

    `error` is the modelled time less the measured one, as a share of that.
    """
    operations, links = medians(layers, messages)
    rows = []
    for row in summary[~summary["way"].isin(list(ALONE))].to_dict("records"):
        network, conditioning = Network(*(row[name] for name in NETWORK)), row["conditioning"]
        parts = LOCKED.get(row["way"], 1)
        key = (*network, conditioning, parts)
        if key in operations:
            setup = network.setup(conditioning)
            times = {parts: operations[key]}
            seconds = modelled(setup, times, links, RANKS, row["way"])
            labels = network._asdict() | {"conditioning": conditioning, "way": row["way"]}
            rows.append(
                labels
                | {
                    "measured_us": row["median_us"],
                    "modelled_us": 1e6 * seconds,
                    "error": 1e6 * seconds / row["median_us"] - 1,
                }
            )
    return pd.DataFrame(rows)


def simulate(layers, messages):
    """SIMULATED times of a network of 16 layers on 1 to 16 workers, by latency of their links.

    All workers and links are alike; layers in between take what those of the
    measured networks of three hidden layers take on average. `affords` is the
    least time of backprop with as many workers, or with one, over that of decoupled workers.
    """
    operations, links = medians(layers, messages)
    rows = []
    batch_sizes = sorted({key[2] for key in operations})
    for network in uniform(SIMULATED_WIDTHS, [3], batch_sizes):
        if all((*network, name, 1) in operations for name in CONDITIONINGS):
            rows += _simulate(network, operations, links)
    return pd.DataFrame(rows)


def _simulate(network, operations, links):
    width = int(network.hidden.split("-")[0])
    deep = network._replace(hidden="-".join([str(width)] * (LAYERS - 1)))
    times = {name: {} for name in CONDITIONINGS}
    for name in CONDITIONINGS:
        for parts in network.parts().values() if name == "none" else [1]:
            times[name][parts] = _deepened(operations[*network, name, parts])
    alone = modelled(deep.setup("none"), times["none"], links, 1, "locked")
    rows = []
    for workers in WORKERS:
        for latency in LATENCIES:
            labels = {"source": "simulated", "width": width, "batch_size": network.batch_size}
            labels |= {"workers": workers, "latency_us": 1e6 * latency}
            taken = {
                (name, way): modelled(deep.setup(name), times[name], links, workers, way, latency)
                for name in CONDITIONINGS
                for way in (network.parts() if name == "none" else ["decoupled"])
            }
            locked = {way: us for (name, way), us in taken.items() if name == "none"}
            rival, least = min({"one process": alone, **locked}.items(), key=lambda pair: pair[1])
            rows += [
                labels
                | {
                    "conditioning": name,
                    "way": way,
                    "us": 1e6 * seconds,
                    "rival": rival if name != "none" else None,
                    "affords": least / seconds if name != "none" else None,
                }
                for (name, way), seconds in taken.items()
            ]
    return rows


def _deepened(operations):
    """Times of the layers of a deeper network: its first and last, and others between them."""
    between = operations[1:-1].mean(axis=0)
    deepened = np.vstack([operations[0], *[between] * (LAYERS - 2), operations[-1]])
    # That of a rank stands at its lowest layer; only the sum over both counts.
    deepened[:, -1] = operations[:, -1].sum() / LAYERS
    return deepened


def model_tables(study, times, layers, messages):
    """The tables by name that need no training, from what was measured (data frames)."""
    summary = with_affords(summarise(times.to_dict("records")))
    return {
        "summary": summary,
        "operations": operations(networks_of(study)),
        "model": validate(summary, layers, messages),
        "simulated": simulate(layers, messages),
    }


def answer_tables(study, summary, times, outcomes, decoupled):
    """The tables by name that say how long training takes, in data frames as the arguments."""
    seconds = to_95(study, times, outcomes, decoupled)
    return {"seconds": seconds, "answer": answer(seconds, summary, study)}
