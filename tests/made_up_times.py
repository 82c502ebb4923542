"""Times of a made-up machine, in the tables that `timing.measure` and `staleness` write."""

import numpy as np
import pandas as pd

from synthgrad.core.network.sizes import multiplications
from synthgrad.parallel.arms import arms_of
from synthgrad.parallel.timing import MEASURED, message_sizes
from synthgrad.study.ranks import IN_RANKS, late_targets, seeds_in_ranks

US = 1e-6
PACE = 1e-10
"""Seconds a multiplication."""

GAIN = {"one process": 1.0, "one process, 2 threads": 0.9, "locked": 1.05}
GAIN |= {"locked, 2 parts": 0.8, "locked, 5 parts": 0.7, "lock-step": 0.95, "decoupled": 0.55}
"""Of the time of one process, what each way takes."""


def minibatch(arm):
    """Seconds a minibatch of an arm takes there."""
    setup = arm.network.setup(arm.conditioning)
    alone = setup.batch_size * sum(multiplications(setup)) * PACE + 20 * US
    return alone * GAIN[arm.way]


def times(networks, repeats=3):
    rows = []
    for repeat in range(repeats):
        for arm in (arm for network in networks for arm in arms_of(network)):
            taken = dict.fromkeys(MEASURED, 0.0) | {"minibatches": 100}
            taken |= {"seconds": 100 * minibatch(arm) * (1 + 0.01 * repeat), "core_share": 1.0}
            rows.append({"repeat": repeat, **arm._asdict(), **taken})
    return pd.DataFrame(rows)


def layers(networks, repeats=3):
    rows = []
    for network in networks:
        for conditioning in IN_RANKS:
            setup = network.setup(conditioning)
            costs = setup.batch_size * np.array(multiplications(setup)) * PACE / US / 3 + 2
            for parts in network.parts().values() if conditioning == "none" else [1]:
                for repeat in range(repeats):
                    for k, us in enumerate(costs):
                        rows.append(
                            {
                                **{"repeat": repeat, **network._asdict()},
                                **{"conditioning": conditioning, "parts": parts, "layer": k + 1},
                                **{"forward_us": us, "down_us": us, "update_us": us},
                                "overhead_us": 10.0 if k == 0 else 0.0,
                            }
                        )
    return pd.DataFrame(rows)


def messages(networks):
    return pd.DataFrame(
        [
            {"repeat": 0, "bytes": size, "one_way_us": 5 + size / 5000, "sending_us": 2.0}
            for size in message_sizes(networks)
        ]
    )


def decoupled(study):
    """Outcomes of runs in decoupled ranks, one score for all seeds."""
    rows = []
    for _, cell in study.experiments["headline"]:
        setup = cell.setup
        has_generators = setup.method in ("dni[output]", "dni[label]", "dni[output+label]")
        if has_generators and setup.bits == study.decoupling["bits"]:
            labels = {"cell": cell.name, "method": setup.method, "bits": setup.bits}
            ends = {"accuracy_auc": 0.5, "staleness_mean": 1.5, "staleness_most": 4}
            rows += [
                labels | {"late_targets": form, "seed": seed, "diverged_at": np.nan} | ends
                for form in late_targets(study)
                for seed in seeds_in_ranks(study)
            ]
    return pd.DataFrame(rows)


def outcomes(study, epochs_to_95):
    """Outcomes of the headline in which every seed needs so many epochs, by method."""
    rows = []
    for _, cell in study.experiments["headline"]:
        setup = cell.setup
        if setup.method in epochs_to_95:
            labels = {"experiment": "headline", "cell": cell.name}
            labels |= {"method": setup.method, "bits": setup.bits}
            labels |= {"generator_step_size": 0.001 if setup.has_generators else np.nan}
            rows += [
                labels
                | {"seed": seed, "epochs": setup.epochs, "accuracy_auc": 0.5}
                | {"epochs_to_95": epochs_to_95[setup.method], "diverged_at": np.nan}
                for seed in study.evaluation_seeds
            ]
    return pd.DataFrame(rows)
