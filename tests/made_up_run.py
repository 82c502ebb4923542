"""A made-up run of a small study, with all that the report tells of."""

import math
from dataclasses import replace
from functools import cache
from itertools import combinations, product

import numpy as np
import pandas as pd
from made_up_robustness import judged_again
from package import ROOT

from synthgrad.claims.judge import judge
from synthgrad.core.setup import CONDITIONS, Setup
from synthgrad.core.tutorial import EDITIONS
from synthgrad.report.run import Run
from synthgrad.search.spaces import Space
from synthgrad.search.stages import Budget
from synthgrad.statistics.estimates import estimate_tables
from synthgrad.statistics.mean_alignment import aligned
from synthgrad.statistics.representable import COLUMNS as REPRESENTABLE
from synthgrad.study.config import read_claims
from synthgrad.study.experiments import Cell, Study, Tuning

METHODS = ("backprop", "frozen", "dni[output]", "dni[output+label]")
CONDITIONED = tuple(f"dni[{'+'.join(s)}]" for k in range(1, 5) for s in combinations(CONDITIONS, k))
LISTED = read_claims(
    ROOT / "config" / "claims.yaml", ROOT / "workflow" / "schemas" / "claims.schema.yaml"
)

MANIFEST = {
    "preset": "small",
    "config_sha256": "ab" * 32,
    "git_commit": "cd" * 20 + "+changes",
    "python": "3.11.7",
    "platform": "Linux-6.1-x86_64",
    "packages": {"synthgrad": "0.1.0", "numpy": "2.4.6", "seaborn": None},
    "cpu": "Some(R) CPU & more",
    "blas": [{"internal_api": "openblas", "version": "0.3", "architecture": "SkylakeX"}],
    "blas_threads": 1,
    "jobs_at_once": 2,
    "training_seconds": 123.9,
    "wall_seconds": 82.6,
    "cpu_seconds": 5400.0,
    "tables": {"runs.parquet": "ef" * 32},
    "digests": {"experiments": {"headline": "12" * 32}, "all": "34" * 32},
    "claims": {
        "sha256": "56" * 32,
        "git_commit": "78" * 20,
        "date": "2026-01-01T00:00:00+00:00",
        "unchanged": True,
    },
}


@cache
def small_run(judged=False, **options):
    """A run of `small_study` with made-up outcomes: methods differ, one replica of dni[output] is
    lost, no pairs are held out at 4 bits. Claims are judged by it, or as if there were none,
    which is faster. It is made once: who alters it takes a copy."""
    plan = small_study(**options)
    rng = np.random.default_rng(0)
    runs, outcomes = map(pd.DataFrame, _rows(plan, rng))
    estimates = {
        name: table if len(table) else pd.DataFrame(columns=["experiment", "measure"])
        for name, table in estimate_tables(outcomes, plan.resamples, 0).items()
    }
    judged_by = (table if judged else table[:0] for table in (runs, outcomes))
    return Run(
        study=plan,
        runs=runs,
        outcomes=outcomes,
        contrasts=estimates.pop("statistics"),
        **estimates,
        claims=(claims := judge(LISTED, *judged_by, seed=0)),
        robustness=judged_again(claims),
        representable=pd.DataFrame(columns=REPRESENTABLE),
        aligned=aligned(runs, outcomes),
        sweeps=_sweeps(plan),
        tuned=_tuned(plan),
        manifest=MANIFEST,
        benchmark=_benchmark(),
        portability=_portability(),
        ranks={},
    )


def small_study(all_bits=(4, 6), methods=METHODS, without=(), seeds=range(10)):
    """A study with the experiments that the report tells of, but for those in `without`."""

    def cells(base, **vary):
        for levels in product(*vary.values()):
            factors = dict(zip(vary, levels, strict=True))
            yield factors, base(**factors)

    def tuned(method, bits):
        return Cell(Setup(method=method, bits=bits, hidden=(8, 6)), Tuning("side"))

    def program(edition):
        return Cell(EDITIONS[edition].setup, edition=edition)

    def signs(**directions):
        printed = EDITIONS["dni-printed"].setup
        return Cell(replace(printed, **directions), edition="dni-printed")

    directions = ("descent", "ascent")
    experiments = {
        "headline": list(cells(tuned, method=methods, bits=all_bits)),
        "editions": list(cells(program, edition=("vanilla-12bit", "dni-printed", "dni-label"))),
        "conditioning": list(cells(tuned, method=CONDITIONED, bits=(8,))),
        "signs": list(cells(signs, step_direction=directions, generator_step_direction=directions)),
    }
    experiments = {name: listed for name, listed in experiments.items() if name not in without}
    return Study(
        preset="small",
        evaluation_seeds=seeds,
        tuning_seeds=range(1000, 1002),
        seeds_per_job=None,
        records=3,
        resamples=100,
        bootstrap_seed=0,
        budgets=dict.fromkeys(["headline", "side"], Budget(8, shorter=4, finalists=3, seeds=2)),
        spaces={
            "addition": {
                "plain": Space((-1, 0)),
                "dni": Space((-1, 0), (-3, -2)),
                "local-loss": Space((-1, 0), (-1, 0)),
            }
        },
        experiments=experiments,
        counts=dict.fromkeys(experiments, len(seeds)),
    )


def _rows(plan, rng):
    """Rows of the tables of runs and of outcomes."""
    runs, outcomes = [], []
    for experiment, listed in plan.experiments.items():
        for factors, cell in listed:
            labels = {
                "experiment": experiment,
                "cell": cell.name,
                "method": cell.setup.method,
                "bits": cell.setup.bits,
                **{name: factors.get(name) for name in plan.factors()},
                "chosen": cell.as_chosen,
            }
            for seed in plan.evaluation_seeds:
                end = _outcome(experiment, cell.setup, seed, rng)
                outcomes.append(labels | {"seed": seed, "chance": 0.51} | end)
                for epoch in (0, 1, cell.setup.epochs):
                    printed = np.nan if epoch == 0 else 1000.0
                    row = labels | {"seed": seed, "epoch": epoch} | end
                    runs.append(row | {"printed_error": printed, "mse": 0.25})
    return runs, outcomes


def _outcome(experiment, setup, seed, rng):
    headline = experiment == "headline"
    lost = headline and (setup.method, seed) == ("dni[output]", 3)
    level = 0.9 - 0.1 * len(setup.conditions) - 0.3 * (setup.method == "frozen")
    value = level + rng.normal(0, 0.01)
    return {
        "accuracy_auc": value,
        "bit_accuracy": value,
        "sum_accuracy": value / 2,
        "heldout_bit_accuracy": value - 0.1 if headline and setup.bits > 4 else np.nan,
        "mse": np.nan if lost else 1 - value,
        "tutorial_error": 100.0,
        "absolute_error": 500.0,
        "largest_weight": np.nan if lost else 10 ** rng.uniform(0, 15),
        "printed_error": np.nan if headline else rng.uniform(1, 900),
        "epochs_to_95": 20.0 + seed if value > 0.8 else np.nan,
        "epochs": setup.epochs,
        "generator_step_size": 0.001 if setup.conditions else np.nan,
        "alignment_1": value / 2 if setup.conditions else np.nan,
        "alignment_2": value if setup.conditions else np.nan,
        "similarity_1": 0.9,
        "similarity_2": 0.9,
        "diverged_at": 4.0 if lost else np.nan,
    }


def _tuned(plan):
    """Step sizes chosen, that of the layers on the edge where there are generators."""
    columns = ["cell", "method", "bits", "chosen"]
    columns += ["step_size", "generator_step_size", "score", "on_edge"]
    rows = []
    for name, cell in plan.cells.items():
        if cell.tuning:
            sizes = (1.0, 0.001) if cell.setup.conditions else (1.0, np.nan)
            edge = "step_size" if cell.setup.conditions else np.nan
            rows.append((name, cell.setup.method, cell.setup.bits, "tuned", *sizes, 0.8, edge))
    return pd.DataFrame(rows, columns=columns)


def _sweeps(plan):
    """Searches of two points, of which the larger is the better; the frozen network is worse."""
    columns = ["cell", "method", "rung", "step_size", "generator_step_size", "score"]
    rows = []
    for name, cell in plan.cells.items():
        if cell.tuning:
            labels, size = (name, cell.setup.method), 0.001 if cell.setup.conditions else np.nan
            rows += [(*labels, 1, 0.1, size, 0.5), (*labels, 1, 1.0, size, 0.6)]
            rows += [(*labels, 2, 1.0, size, 0.8)]
            rows += [(*labels, 2, 1.0, 0.0, 0.7)] if cell.setup.conditions else []
    return pd.DataFrame(rows, columns=columns).assign(diverged_at=np.nan)


def _portability():
    """Two runs in three places, one of which differs in one of them."""
    return pd.DataFrame(
        {
            "place": ["this CPU"] * 2 + ["AVX2"] * 2 + ["aarch64"] * 2,
            "run": ["backprop", "vanilla-12bit"] * 3,
            "digest": ["ab", "cd", "ab", "cd", "ab", "ce"],
            "identical": [True] * 5 + [False],
            "seconds": [2.0] * 4 + [30.0] * 2,
        }
    )


def _benchmark():
    """A step of one method, timed for the engine and its rivals."""
    times = {"engine": 1.0, "plain loop": 2.5, "engine, NumPy": 1.5, "PyTorch": 1.25, "JAX": 2.0}
    return pd.DataFrame(
        {
            "bits": 8,
            "hidden": "64/32",
            "method": "dni[output]",
            "contestant": list(times),
            "microseconds": [8 * ratio for ratio in times.values()],
            "times_engine": list(times.values()),
            "bound": 4.0,
            "machine": "A CPU (avx2)",
        }
    )


def rank_tables():
    """Tables of layers as MPI ranks, by name."""
    methods = ["dni[output]", "dni[label]"]
    summary = {
        "hidden": "8-8-8",
        "bits": 8,
        "batch_size": 10,
        "conditioning": ["none", "none", "output", "label"],
        "way": ["one process", "locked", "decoupled", "decoupled"],
        "median_us": [100.0, 80.0, 160.0, 50.0],
        "affords": [None, None, 0.5, 1.6],
    }
    answer = {"method": methods, "bits": 8, "rival": "locked", "minibatches": [math.inf, 300.0]}
    answer |= {"rival_minibatches": 100.0, "needs": [math.inf, 3.0], "affords": [0.5, 1.6]}
    answer |= {"seconds": [math.inf, 0.015], "rival_seconds": 0.008, "saves_time": False}
    simulated = {"workers": [2, 16], "latency_us": [1.0, 1000.0], "affords": [1.2, 4.0]}
    operations = {"conditioning": ["output", "output"], "generator_share": [0.0, 0.4]}
    learning = {"method": ["dni[output]", "local-loss"], "late_targets": ["kept", "none"]}
    learning |= {"diverged": [3, 0], "diverged_in_step": 0, "seeds": 10, "score": 0.25}
    learning |= {"score_in_step": 0.5, "difference": -0.25, "ci_low": -0.3, "ci_high": -0.2}
    tables = {
        "decoupling": summary,
        "decoupling_answer": answer,
        "decoupling_learning": learning | {"staleness_mean": [1.5, None]},
        "decoupling_model": {"error": [-0.3, 0.1, 0.05]},
        "decoupling_simulated": simulated | {"conditioning": "label"},
        "decoupling_operations": operations,
    }
    return {name: pd.DataFrame(rows) for name, rows in tables.items()}
