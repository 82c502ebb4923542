"""The model of ranks beside the measured ones, and what it says of more workers.

`event_model` is fed with the times of single operations that `timing` has
measured. Whatever it gives is in tables of its own, which say so.
"""

import numpy as np
import pandas as pd

from synthgrad.parallel.arms import ALONE, LOCKED, RANKS, Network, networks_of, uniform
from synthgrad.parallel.event_model import Link, minibatch_seconds
from synthgrad.parallel.pipeline import share_layers
from synthgrad.parallel.speedup import NETWORK, layer_operations, summarise
from synthgrad.parallel.timing import REHEARSED
from synthgrad.study.ranks import IN_RANKS

WORKERS = (2, 4, 8, 16)
LATENCIES = (1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1)
"""Of the simulated links, in seconds."""

WIDTHS = (64, 256, 1024)
LAYERS = 16
"""Of the simulated networks: as many as workers at most."""

SIMULATED = (
    *("source", "width", "batch_size", "workers", "latency_us", "conditioning", "way"),
    *("us", "rival", "affords"),
)
"""Columns of the table of simulated times."""


def medians(layers, messages):
    """What the model is fed with: medians over repeats of measured times, in seconds.

    Returns
    -------
    operations : dict from (hidden, bits, batch_size, conditioning, parts) to (layers, 4) array,
        the columns being `timing.REHEARSED`
    messages : DataFrame by bytes, with the columns of `event_model.Link`
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
    return Link(sending, max(one_way, sending))


def modelled(setup, times, messages, workers, way, latency=None):
    """Seconds a minibatch takes in the model. `times`: dict from parts to (layers, 4) arrays."""
    parts = LOCKED.get(way, 1)
    shares = share_layers(setup, workers)
    borders = [setup.sizes[share.stop] for share in shares[:-1]]
    links = [
        link_for(messages, 8 * units * setup.batch_size // parts, latency) for units in borders
    ]
    run = "locked" if way in LOCKED else way
    operations, overhead = times[parts][:, :-1], times[parts][:, -1].sum() / RANKS
    return minibatch_seconds(setup, operations, workers, run, links, parts, overhead)


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
    """SIMULATED times of a network of 16 layers on 2 to 16 workers, by latency of their links.

    All workers and links are alike; layers in between take what those of the
    measured networks of three hidden layers take on average; where none of
    `WIDTHS` was measured, there is no row. `affords` is the least time of
    backprop with as many workers, or with one, over that of decoupled workers.
    """
    operations, links = medians(layers, messages)
    rows = []
    batch_sizes = sorted({key[2] for key in operations})
    for network in uniform(WIDTHS, [3], batch_sizes):
        if all((*network, name, 1) in operations for name in IN_RANKS):
            rows += _simulate(network, operations, links)
    return pd.DataFrame(rows, columns=SIMULATED)


def _simulate(network, operations, links):
    width = int(network.hidden.split("-")[0])
    deep = network._replace(hidden="-".join([str(width)] * (LAYERS - 1)))
    times = {name: {} for name in IN_RANKS}
    for name in IN_RANKS:
        for parts in network.parts().values() if name == "none" else [1]:
            times[name][parts] = _deepened(operations[*network, name, parts])
    # No program is cut there, and nothing is sent.
    alone = times["none"][1][:, :-1].sum()
    rows = []
    for workers in WORKERS:
        for latency in LATENCIES:
            labels = {"source": "simulated", "width": width, "batch_size": network.batch_size}
            labels |= {"workers": workers, "latency_us": 1e6 * latency}
            taken = {
                (name, way): modelled(deep.setup(name), times[name], links, workers, way, latency)
                for name in IN_RANKS
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


def tables(study, times, layers, messages):
    """The tables by name that need no training, from what was measured (data frames)."""
    summary = summarise(times)
    return {
        "summary": summary,
        "operations": layer_operations(networks_of(study)),
        "model": validate(summary, layers, messages),
        "simulated": simulate(layers, messages),
    }
