"""What the workflow knows by name: the modules behind each stage, the figures and the tables."""

CORE = (
    "setups",
    "task",
    "conditioning",
    "kernels",
    "compiled",
    "activations",
    "network",
    "methods",
    "measures",
    "training",
)
"""Modules that decide what training gives."""

STAGES = {
    "training": (*CORE, "editions", "representations", "records"),
    "tuning": (*CORE, "tuning", "representations", "records"),
    "tables": ("study", "measures", "tuning", "representations", "records"),
    "resemblance": (
        "setups",
        "study",
        "statistics",
        "analysis",
        "representations",
        "records",
        "resemblance",
    ),
    "analysis": ("setups", "statistics", "analysis"),
    "claims": ("setups", "study", "statistics", "analysis", "selection", "claims"),
    "clock": (*CORE, "study", "pipeline", "rehearsal", "decoupling", "clock"),
    "scaling": (
        *CORE,
        *("study", "pipeline", "rehearsal", "decoupling", "clock", "simulation", "scaling"),
    ),
    "decoupling": (*CORE, "study", "pipeline", "rehearsal", "decoupling"),
    "staleness": (*CORE, "study", "pipeline", "rehearsal", "decoupling", "staleness"),
    "manifest": ("manifest",),
    "report": (
        "setups",
        "editions",
        "study",
        "statistics",
        "analysis",
        "findings",
        "selection",
        "claims",
        "ledger",
        "report",
        "report_numbers",
        "report_tables",
        "report_waiting",
        "tex",
        "verify",
    ),
    "pages": ("statistics", "analysis", "selection", "claims", "ledger", "pages"),
    "paper": ("typeset",),
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
        *("selection", "claims", "ledger"),
    ),
    "claims": ("selection", "claims", "ledger"),
    "editions": ("editions",),
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

PAPER_TABLES = (
    "tuned",
    "headline",
    "outcomes",
    "contrasts",
    "survival",
    "claims",
    "evidence",
    "ranking",
    "factorial",
    "programs",
    "editions",
    "signs",
    "waiting",
    "ranks",
    "settings",
    "benchmark",
    "portability",
    "manifest",
)
"""The generated tables of the paper; its numbers are a file of their own."""


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
