"""Made-up studies: tables with every experiment that is drawn."""

from functools import cache
from itertools import chain, combinations, combinations_with_replacement, product

import made_up_results
import numpy as np
import pandas as pd
from made_up_robustness import judged_again
from package import ROOT

from synthgrad.claims.judge import judge
from synthgrad.core.setup import CONDITIONS, CONDITIONS_OF, Setup
from synthgrad.core.tutorial import EDITIONS
from synthgrad.figures.style import METHODS
from synthgrad.figures.tables import Tables
from synthgrad.outcomes.gather import LAYER_MEASURES
from synthgrad.statistics.estimates import summarise
from synthgrad.statistics.representable import COLUMNS
from synthgrad.study.config import read_claims
from synthgrad.study.tuning import ABOVE_0

STUDIES = ("quick", "full", "least")

RESAMPLES = 99
SUBSETS = [
    f"dni[{'+'.join(names)}]"
    for size in range(1, len(CONDITIONS) + 1)
    for names in combinations(CONDITIONS, size)
]
ABLATIONS = {
    "generator": {
        "generator_hidden": ("0", "64"),
        "generator_step": ("plain", "normalised"),
        "generator_scale": ("0.0", "0.2"),
    },
    "depth": {"hidden": ("64", "64-32", "64-32-32")},
    "batchnorm": {"forward_batchnorm": ("false", "true"), "batch_size": ("5", "10", "100")},
    "flatness": {"weight_scale": ("0.05", "0.2", "2.0")},
    "examples": {"examples": ("100", "1000", "all")},
    "digits": {"hidden": tuple("-".join(["64"] * count) for count in range(1, 6))},
    "lazy": {"task": ("addition", "digits"), "update_probability": ("1.0", "0.2", "0.05")},
    "tuning": {"tuning_seeds": ("1", "2", "3")},
    "rounding": {"nudged": ("false", "true")},
    "last-step": {"last_step_factor": ("0.01", "0.1", "1.0", "10.0", "100.0")},
}
"""Experiments, and the levels of the factors that they vary."""

SWITCHED_OFF = "dni[batchnorm]"
"""A method whose generators the best step sizes of the headline switch off."""

MOST_METHODS = {"generator": 2, "digits": 8, "flatness": 9, "tuning": 9, "rounding": 9}
"""How many methods an experiment is on, if not four."""

BY_BITS = {"untuned": {}, "init": {"weight_scale": "1.0"}, "one-setting": {}}
"""Experiments on all methods at some numbers of bits, and the factors that they set."""

NOISE_BITS = 8
"""The one number of bits at which there is noise."""


@cache
def tables_of(study):
    """The tables of a study: a few methods and seeds, as many as there are, or one of each."""
    if study == "quick":
        return make_tables(judged("headline", "editions", "signs"))
    if study == "full":
        claims = judged(*made_up_results.EXPERIMENTS)
        return make_tables(claims, tuple(METHODS), (4, 6, 8, 10, 12), seeds=30, last=300)
    return make_tables(judged(), ("dni[input]",), (8,), seeds=1, last=1)


def rows_of(frame, experiment, learning=False, **arm):
    """The rows of an arm of an experiment, as its step sizes were chosen or, if `learning`, with
    generators that learn."""
    chosen = frame["experiment"] == experiment
    if "chosen" in frame:
        chosen &= frame["generator_step_size"] != 0 if learning else frame["chosen"] != ABOVE_0
    for key, value in arm.items():
        chosen &= frame[key] == value
    return frame[chosen]


def make_tables(
    claims=None, methods=("backprop", "dni[output]"), all_bits=(4, 6), seeds=10, last=100
):
    """Tables of a made-up study with the experiments that are drawn."""
    rng = np.random.default_rng(1)
    factors = chain.from_iterable(ABLATIONS.values())
    blank = dict.fromkeys(["edition", "step_direction", "generator_step_direction", *factors])
    parts = []

    def add(experiment, cell, method, bits, level, last=last, **factors):
        labels = {"experiment": experiment, "cell": cell, "method": method, "bits": bits}
        chosen = ABOVE_0 if cell.endswith(ABOVE_0) else "tuned"
        off = (experiment, method, chosen) == ("headline", SWITCHED_OFF, "tuned")
        size = np.nan if not has_generators(method) else 0.0 if off else 0.01
        labels |= blank | factors | {"chosen": chosen, "generator_step_size": size}
        parts.append(_arm_runs(rng, labels, seeds, last, level))

    named = [method for method in methods if method != "noise"]
    for i, method in enumerate(methods):
        for bits in all_bits if method in named else {NOISE_BITS}.intersection(all_bits):
            level = 1 - 0.4 * i / len(methods) - 0.01 * bits
            cell = f"{method},bits={bits},tuned"
            add("headline", cell, method, bits, level)
            if method == SWITCHED_OFF:
                add("headline", f"{cell},{ABOVE_0}", method, bits, 0.9 * level)
    for (i, method), bits in product(enumerate(named), all_bits[::2]):
        level = 0.9 - 0.3 * i / len(methods) - 0.01 * bits
        for experiment, factors in BY_BITS.items():
            add(experiment, f"{method},bits={bits},{experiment}", method, bits, level, **factors)
    for i, method in enumerate(named):
        add("patience", f"{method},patience", method, 8, 0.95 - 0.04 * i, last=10 * last)
    for i, method in enumerate(["local-loss", *SUBSETS]):
        add("conditioning", f"{method},conditioning", method, 8, 0.6 + 0.02 * (7 * i % 15))
    for experiment, levels in ABLATIONS.items():
        arms = product(named[: MOST_METHODS.get(experiment, 4)], *levels.values())
        for i, (method, *values) in enumerate(arms):
            cell = ",".join([method, *values])
            varied = dict(zip(levels, values, strict=True))
            add(experiment, cell, method, 8, 0.95 - 0.01 * i, **varied)
    for method in named[: MOST_METHODS["flatness"]]:
        add("flatness", f"{method},glorot", method, 8, 0.7)  # which has no scale
    for name, edition in EDITIONS.items():
        add("editions", name, edition.setup.method, edition.setup.bits, 0.8, edition=name)
    for step in ("descent", "ascent"):
        for generator in ("descent", "ascent"):
            factors = {"step_direction": step, "generator_step_direction": generator}
            add("signs", f"{step},{generator}", "dni[output]", 12, 0.5, **factors)
    runs = _stacked(parts)
    outcomes = _outcomes(runs)
    return Tables(
        runs=runs,
        outcomes=outcomes,
        sweeps=_sweeps(rows_of(outcomes, "headline")["cell"].unique()),
        representations=_representations(rows_of(outcomes, "digits")["method"].unique()),
        representable=_representable(rows_of(outcomes, "flatness")["method"].unique()),
        summary=summarise(outcomes, RESAMPLES, 1),
        claims=claims,
        resamples=RESAMPLES,
        seed=1,
        **_ranks(all_bits),
        **({} if claims is None else {"robustness": judged_again(claims)}),
    )


def has_generators(method):
    """Whether a method has a second step size."""
    return Setup(method).has_generators


def _arm_runs(rng, labels, seeds, last, level):
    """Rows of the table of runs, by column, for an arm whose accuracy rises towards `level`."""
    epochs = np.unique(np.geomspace(1, last, 12).round().astype(int))
    epochs = np.concatenate([[0], epochs])
    epoch, count = np.tile(epochs, seeds), seeds * len(epochs)
    reached = 1 - np.exp(-epoch / last * 4)
    ends = np.minimum(level + 0.03 * rng.standard_normal(seeds), 1.0)
    end = np.repeat(ends, len(epochs))
    accuracy = 0.51 + (end - 0.51) * reached
    has_heldout = labels["bits"] != 4 and labels["examples"] != "all"
    error = 0.26 - 0.2 * reached * (end - 0.5)
    summed = 1000 * labels["bits"] * np.sqrt(error)
    measures = {
        "bit_accuracy": accuracy,
        "heldout_bit_accuracy": 0.4 + 0.9 * (accuracy - 0.5) if has_heldout else np.nan,
        "sum_accuracy": accuracy**2,
        "mse": error,
        "absolute_error": summed,
        "tutorial_error": 0.2 * summed,
        "printed_error": np.where(epoch > 0, 0.2 * summed, np.nan),
        "largest_weight": 1 + 10.0 ** (reached * 3),
        "diverged_at": np.nan,
        "step_size": 0.3,
    }
    layers = {f"{name}_{k}": 0.9 * reached * end for name in LAYER_MEASURES for k in (1, 2)}
    place = {"seed": np.repeat(np.arange(seeds), len(epochs)), "epoch": epoch}
    columns = labels | place | measures | layers
    return {name: np.broadcast_to(value, count) for name, value in columns.items()}


def _stacked(parts):
    names = list(parts[0])
    return pd.DataFrame({name: np.concatenate([part[name] for part in parts]) for name in names})


def _outcomes(runs):
    outcomes = runs.groupby(["experiment", "cell", "seed"], sort=False).tail(1)
    outcomes = outcomes.rename(columns={"epoch": "epochs"})
    accuracy, last = outcomes["bit_accuracy"], outcomes["epochs"]
    return outcomes.assign(
        chance=0.52,
        accuracy_auc=accuracy - 0.5,
        **{f"accuracy_auc_{n}": (accuracy - 0.6).where(last >= n) for n in (100, 300)},
        final_slope=0.01,
        differing_bits=(1 - accuracy).where(outcomes["experiment"] == "rounding"),
        **{f"likeness_{k}": accuracy - 0.1 * k for k in range(1, 6)},
        epochs_to_95=np.ceil(last * (1.2 - accuracy)).where(accuracy > 0.8),
    )


def _ranks(all_bits):
    """Tables of made-up runs in ranks; one method never gets to 95 % at the largest sum."""
    conditionings = ("output", "label", "output+label")
    summary = [
        {"hidden": "-".join([str(width)] * layers), "batch_size": 10, "way": way}
        | {"conditioning": conditioning, "affords": (0.4 + 0.1 * i) * width**0.1}
        for width, layers in product((64, 256, 1024), (1, 3))
        for i, conditioning in enumerate(conditionings)
        for way in ("lock-step", "decoupled")
    ]
    answer = [
        {"bits": bits, "method": f"dni[{conditioning}]", "rival_seconds": 0.8}
        | {"seconds": np.inf if (i, bits) == (0, max(all_bits)) else 1.0 + i * bits / 4}
        for bits in all_bits
        for i, conditioning in enumerate(conditionings)
    ]
    simulated = [
        {"width": width, "batch_size": 10, "workers": workers, "latency_us": latency}
        | {"conditioning": conditioning, "way": "decoupled", "affords": workers**0.4 + 0.1 * i}
        for width, workers, latency in product((64, 256), (2, 16), (1.0, 1e3, 1e5))
        for i, conditioning in enumerate(conditionings)
    ]
    tables = {"decoupling": summary, "decoupling_answer": answer, "decoupling_simulated": simulated}
    return {name: pd.DataFrame(rows) for name, rows in tables.items()}


def _sweeps(cells):
    """The searches of cells; the last point of the coarse stage diverges in the finals. Beside a
    decoupled network stands the frozen one."""
    rows = []
    for cell in (cell for cell in cells if not cell.endswith(ABOVE_0)):
        generators = has_generators(cell.split(",")[0])
        generator_step_sizes = (0.001, 0.01) if generators else (np.nan,)
        for i, point in enumerate(product((0.1, 0.3, 1.0), generator_step_sizes)):
            rows.append((cell, 1, 1000, *point, 0.1 * i))
        rows.append((cell, 2, 1001, *point, 0.9))
        if generators:
            rows += [(cell, 1, 1000, 0.3, 0.0, 0.05), (cell, 2, 1001, 0.3, 0.0, 0.06)]
    names = ["cell", "rung", "seed", "step_size", "generator_step_size", "accuracy_auc"]
    sweeps = pd.DataFrame(rows, columns=names)
    return sweeps.assign(diverged_at=np.where(sweeps["accuracy_auc"] == 0.9, 7.0, np.nan))


def _representations(methods):
    """How alike the layers are of every two methods, at each depth."""
    rows = [
        (hidden, layer, one, other, 0.9 - 0.15 * row - 0.1 * column - 0.05 * layer)
        for hidden in ABLATIONS["digits"]["hidden"]
        for layer in range(1, hidden.count("-") + 2)
        for (row, one), (column, other) in combinations_with_replacement(enumerate(methods), 2)
    ]
    return pd.DataFrame(rows, columns=["hidden", "layer", "method", "other", "likeness"])


def _representable(methods):
    """What the best linear generators represent of the gradient, at the start and over training."""
    own = [method for method in methods if CONDITIONS_OF[method]]
    networks = [("backprop", method) for method in own] + [(method, method) for method in own]
    rows = []
    for network, scale, layer, epoch in product(
        enumerate(networks), ABLATIONS["flatness"]["weight_scale"], (1, 2), (0, None)
    ):
        place, (trained_by, method) = network
        value = 1 - 0.05 * place - 0.1 * float(scale) - 0.1 * layer - 0.02 * (epoch is None)
        labels = (float(scale), trained_by, layer, "+".join(CONDITIONS_OF[method]), epoch, 5)
        rows.append((*labels, *(value - less for less in np.arange(9) / 1000)))
    return pd.DataFrame(rows, columns=COLUMNS).astype({"epoch": float})


def judged(*experiments):
    """The claims of the study, judged by made-up results of experiments."""
    kept = [frame[frame["experiment"].isin(experiments)] for frame in _results()]
    schema = ROOT / "workflow" / "schemas" / "claims.schema.yaml"
    return judge(read_claims(ROOT / "config" / "claims.yaml", schema), *kept, seed=1)


@cache
def _results():
    """Tables of runs and outcomes that have something for every claim."""
    rng = np.random.default_rng(1)

    def value(arm, measure, epoch, noise):
        level = 0.0 if epoch == 0 else rng.choice([0.0, 0.1, 0.5])
        # So little that it is none, but no two values tie, for which tests take a second each.
        spread = 1e-9 if arm["experiment"] == "editions" else 0.04
        return 0.5 + level + spread * noise

    return made_up_results.tables(seeds=10, value=value)
