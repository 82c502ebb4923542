"""What the workflow knows by name: the modules behind each stage, the figures and the tables."""

from pathlib import Path

from synthgrad.study.registry import registered_tables

PACKAGE = Path(__file__).parents[1]

STATISTICS = tuple(
    f"statistics/{name}"
    for name in (
        *("correlations", "estimates", "factorial", "intervals", "multiplicity", "paired"),
        *("power", "ranking", "streams", "survival", "trends"),
    )
)
"""Modules that decide an estimate."""

CLAIMS = ("claims/contrasts", "claims/comparisons", "claims/judge")
"""Modules that decide a verdict."""

CORE = (
    "core/setup",
    "core/streams",
    "core/tasks/task",
    "core/tasks/addition",
    "core/tasks/digits",
    "core/arrays",
    "core/kernels/reference",
    "core/kernels/products",
    "core/kernels/compiled",
    "core/network/activations",
    "core/network/conditions",
    "core/network/layers",
    "core/network/dni",
    "core/network/sizes",
    "core/network/build",
    "core/network/methods",
    "core/network/gradients",
    "core/training/measures",
    "core/training/stack",
    "core/training/observation",
    "core/training/history",
    "core/training/loop",
)
"""Modules that decide what training gives."""

STAGES = {
    "training": (*CORE, "core/tutorial", "study/representations", "study/tables"),
    "tuning": (*CORE, "study/tuning", "study/representations", "study/tables"),
    "tables": (
        "study/experiments",
        "core/training/measures",
        "study/tuning",
        "study/representations",
        "study/tables",
    ),
    "resemblance": (
        "core/setup",
        "study/experiments",
        *STATISTICS,
        "study/representations",
        "study/tables",
        "statistics/likeness",
    ),
    "analysis": ("core/setup", *STATISTICS),
    "claims": (
        "core/setup",
        "study/experiments",
        *STATISTICS,
        *CLAIMS,
    ),
    "clock": (
        *CORE,
        "study/experiments",
        "parallel/mpi",
        "parallel/pipeline",
        "parallel/operations",
        "parallel/timing",
        "parallel/speedup",
    ),
    "scaling": (
        *CORE,
        *(
            "study/experiments",
            "parallel/mpi",
            "parallel/pipeline",
            "parallel/operations",
            "parallel/timing",
            "parallel/speedup",
            "parallel/event_model",
            "parallel/workers",
        ),
    ),
    "decoupling": (
        *CORE,
        "study/experiments",
        "parallel/mpi",
        "parallel/pipeline",
        "parallel/operations",
        "parallel/timing",
    ),
    "staleness": (
        *CORE,
        "study/experiments",
        "parallel/mpi",
        "parallel/pipeline",
        "parallel/operations",
        "parallel/timing",
        "parallel/staleness",
    ),
    "manifest": ("reproduce/manifest",),
    "report": (
        "core/setup",
        "core/tutorial",
        "study/experiments",
        *STATISTICS,
        *CLAIMS,
        "claims/verdicts",
        "report/run",
        "report/documents",
        "report/tex",
        *(f"report/paper/{path.stem}" for path in sorted((PACKAGE / "report/paper").glob("*.py"))),
        "reproduce/verify",
    ),
    "pages": (
        *STATISTICS,
        *CLAIMS,
        "claims/verdicts",
        "report/html",
    ),
    "paper": ("report/latex",),
}
"""Modules whose content decides the output of a stage; an edit to one reruns it."""

FIGURES = {
    "overview": "headline",
    "learning-curves": "headline",
    "accuracy-by-width": "headline",
    "speed": "headline",
    "stability": "headline",
    "alignment": "headline",
    "untuned": "untuned",
    "conditioning": "conditioning",
    "generator": "generator",
    "depth": "depth",
    "batchnorm": "batchnorm",
    "flatness": "flatness",
    "examples": "examples",
    "digits": "digits",
    "representations": "digits",
    "lazy": "lazy",
    "autopsy": "signs",
    "editions": "editions",
    "decoupling": "decoupling",
    "claims": None,
}
"""Every figure, by the name of its module in `figures/`, and the experiment that it cannot do
without."""

FIGURE_TABLES = {
    "representations": ("representations",),
    "decoupling": ("decoupling", "decoupling_answer", "decoupling_simulated"),
}
"""Tables that a figure alone is drawn from."""

FIGURE_PARTS = {
    "overview": (
        *("figures/claims", "figures/conditioning", "figures/learning_curves"),
        *(*CLAIMS, "claims/verdicts"),
    ),
    "claims": (*CLAIMS, "claims/verdicts"),
    "editions": ("core/tutorial",),
    "digits": ("figures/depth",),
    "representations": ("figures/depth",),
}
"""Further modules that figures are made of, by the name of the figure."""

CATEGORIES = {
    "overview": "In one look",
    "claims": "In one look",
    "headline": "Who learns",
    "untuned": "Who learns",
    "digits": "Beyond the toy",
    "lazy": "Beyond the toy",
    "decoupling": "Beyond the toy",
    "editions": "Published programs",
    "signs": "Published programs",
}
"""Where the HTML report has a figure or all those of an experiment, if not among the ablations."""

PAPER_TABLES = registered_tables(PACKAGE / "report" / "paper")
"""The generated tables of the paper; its numbers are a file of their own."""

ESTIMATE_TABLES = registered_tables(PACKAGE / "statistics")
"""The tables of estimates that the statistics stage makes."""

DECOUPLING_TABLES = (
    "decoupling_times",
    "decoupling_layers",
    "decoupling_messages",
    "decoupled_runs",
    "decoupled_outcomes",
    "decoupling",
    "decoupling_operations",
    "decoupling_seconds",
    "decoupling_answer",
    "decoupling_model",
    "decoupling_simulated",
)
"""What is measured with layers as MPI ranks, and what comes of it."""

REPORTED_RANKS = (
    *("decoupling", "decoupling_answer", "decoupling_model"),
    *("decoupling_simulated", "decoupling_operations"),
)
"""The tables of the runs in ranks that the report tells of."""

MEASURED = {
    "benchmark": "results/benchmark/step.csv",
    "portability": "results/portability/portability.csv",
}
"""Where `make benchmark` and `make portability` leave what is published beside the study."""
