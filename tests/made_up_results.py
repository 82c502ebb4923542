"""Made-up tables of a run that has all experiments of the study."""

from functools import cache
from itertools import chain, combinations, product

import numpy as np
import pandas as pd

from synthgrad.study.tuning import ABOVE_0

CONDITIONS = ("input", "output", "label", "batchnorm")
SUBSETS = [f"dni[{'+'.join(s)}]" for k in range(1, 5) for s in combinations(CONDITIONS, k)]
DEPTHS = ["64", "64-32", "64-32-32", "64-32-32-32", "64-32-32-32-32"]

EXPERIMENTS = {
    "headline": {
        "method": [
            "backprop",
            "frozen",
            "feedback-alignment",
            "local-loss",
            "noise",
            "dni[output]",
            "dni[label]",
            "dni[batchnorm]",
            "dni[output+label]",
            "dni[label+batchnorm]",
        ],
        "bits": [4, 6, 8, 10, 12],
    },
    "editions": {
        "edition": [
            "vanilla-12bit",
            "vanilla-8bit",
            "layer-objects",
            "dni-printed",
            "dni-output",
            "dni-label",
            "dni-output-label",
        ]
    },
    "conditioning": {"method": SUBSETS},
    "generator": {
        "method": ["dni[output]", "dni[output+label]"],
        "generator_scale": ["0.0", "0.2"],
        "generator_hidden": ["0", "64"],
        "generator_step": ["plain", "normalised"],
    },
    "depth": {
        "method": ["backprop", "frozen", "dni[output]", "dni[output+label]"],
        "hidden": DEPTHS,
    },
    "batchnorm": {
        "method": ["backprop", "frozen", "dni[output]", "dni[batchnorm]"],
        "batch_size": ["5", "10", "50", "100"],
        "forward_batchnorm": ["false", "true"],
    },
    "flatness": {
        "method": ["backprop", "frozen", "dni[output]", "dni[output+label]"],
        "initial_weights": ["normal"],
        "weight_scale": ["0.05", "0.2", "0.5", "1.0", "2.0"],
    },
}

SWITCHED_OFF = [("headline", "dni[output]"), ("conditioning", "dni[input]")]
"""Arms whose generators are best switched off: they have a cell with a step size above 0, too."""

FACTORS = list(dict.fromkeys(chain.from_iterable(EXPERIMENTS.values())))
MEASURES = (
    "mse",
    "bit_accuracy",
    "printed_error",
    "largest_weight",
    "accuracy_auc",
    "alignment_1",
    "alignment_2",
    "similarity_1",
    "similarity_2",
)
EPOCHS = (0, 1, 20, 300)


@cache
def tables(seeds=30, value=lambda arm, measure, epoch, noise: 0.5 + 0.1 * noise, entropy=0):
    """Tables of runs and outcomes, made once: who alters them takes a copy.

    value : callable
        From an arm (a dict of its experiment and factors), a measure, an epoch and
        standard normal noise, an entry a seed, to the values of the seeds.
    """
    rng = np.random.default_rng(entropy)
    arms = [
        {"experiment": experiment} | dict(zip(vary, chosen))
        for experiment, vary in EXPERIMENTS.items()
        for chosen in product(*vary.values())
    ]
    arms += [
        arm | {"chosen": ABOVE_0}
        for arm in arms
        if (arm["experiment"], arm.get("method")) in SWITCHED_OFF
    ]
    shape = (len(arms), seeds, len(EPOCHS))
    measured = {name: np.empty(shape) for name in MEASURES}
    for place, arm in enumerate(arms):
        for when, epoch in enumerate(EPOCHS):
            for name in MEASURES:
                noise = rng.standard_normal(seeds)
                measured[name][place, :, when] = value(arm, name, epoch, noise)
    cells = pd.DataFrame(
        {"cell": ",".join(map(str, arm.values())), "method": "dni[output]", "bits": 8} | arm
        for arm in arms
    )
    cells = cells[["experiment", "cell", "method", "bits", *FACTORS[2:], "chosen"]]
    cells["chosen"] = cells["chosen"].fillna("tuned")
    rows = {name: cells[name].repeat(seeds * len(EPOCHS)).to_numpy() for name in cells}
    rows |= {"seed": np.tile(np.arange(seeds).repeat(len(EPOCHS)), len(arms))}
    rows |= {"epoch": np.tile(EPOCHS, len(arms) * seeds)}
    runs = pd.DataFrame(rows | {name: values.ravel() for name, values in measured.items()})
    runs["diverged_at"] = np.nan
    last = runs[runs["epoch"] == EPOCHS[-1]].drop(columns="epoch").reset_index(drop=True)
    reached = 300 * (1.2 - last["accuracy_auc"])
    outcomes = last.assign(chance=0.5, epochs=300, epochs_to_95=reached.where(reached <= 300))
    return runs.drop(columns="accuracy_auc"), outcomes


@cache
def apart(by, spread=0.02):
    """Made-up values: the score of backprop lies so far from that of all others."""

    def value(arm, measure, epoch, noise):
        ahead = by if arm.get("method") == "backprop" and measure == "accuracy_auc" else 0.0
        return 0.5 + ahead + spread * noise

    return tables(value=value)


def best_arm(arm, measure, epoch, noise):
    """A run in which the tutorial is right about all, the score following the alignment."""
    method, edition = arm.get("method", ""), arm.get("edition", "")
    level = {"backprop": 0.55, "frozen": 0.1, "dni[output]": 0.35}.get(method, 0.45)
    level += 0.2 * ("label" in method) + 0.15 * ("batchnorm" in method) - 0.1 * ("output" in method)
    level += {"local-loss": 0.2, "noise": -0.2}.get(method, 0)
    level -= 0.03 * arm.get("bits", 8)
    level += 0.1 * (edition in ("dni-label", "dni-output-label"))
    return level + 0.02 * noise
