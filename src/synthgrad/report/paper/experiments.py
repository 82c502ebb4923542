"""The experiments beside the headline: which a run has, and every estimate of their arms."""

from synthgrad.core.naming import setting_text
from synthgrad.report.paper import numbers
from synthgrad.report.tex import MISSING, fixed, interval
from synthgrad.statistics.estimates import MEASURES

ARM_FACTORS = {
    "patience": ("method",),
    "init": ("method", "bits"),
    "one-setting": ("method", "bits"),
    "untuned": ("method", "bits"),
    "conditioning": ("method",),
    "generator": ("method", "generator_scale", "generator_hidden", "generator_step"),
    "depth": ("method", "hidden"),
    "batchnorm": ("method", "batch_size", "forward_batchnorm"),
    "last-step": ("method", "last_step_factor"),
    "flatness": ("method", "initial_weights", "weight_scale"),
    "examples": ("method", "examples"),
    "digits": ("method", "hidden"),
    "lazy": ("method", "task", "update_probability"),
}
"""Settings that tell the arms of an experiment apart, in the order of the keys. Not those that the
config varies: the prose asks for the same keys in a study that varies less."""


@numbers
def arm_values(run):
    """Every estimate of the other experiments, ``depth/dni[output]/64-32/accuracy_auc``, and
    which experiments the run has: ``has/depth``."""
    rows = run.summary.to_dict("records")
    estimates = {(row["experiment"], row["cell"], row["measure"]): row for row in rows}
    texts = {f"has/{experiment}": "" for experiment in run.study.experiments}
    for experiment, names in ARM_FACTORS.items():
        for _, cell in run.study.experiments.get(experiment, []):
            arm = "/".join(setting_text(getattr(cell.setup, name)) for name in names)
            for measure in MEASURES:
                found = estimates.get((experiment, cell.name, measure), {})
                key = f"{experiment}/{arm}/{measure}"
                texts[key] = fixed(found.get("mean"))
                texts[f"{key}/interval"] = interval(found.get("ci_low"), found.get("ci_high"))
                texts[f"{key}/error"] = fixed(1 - found["mean"]) if found else MISSING
    return texts
