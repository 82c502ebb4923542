"""Every number that the paper prints, as a dict of key to TeX.

Pure functions of a `Run`. What has no value (a replica that diverged, an arm or
experiment that a config leaves out) is a dash, so that any config has a report.
"""

import math

from synthgrad.claims import verdicts as ledger
from synthgrad.claims.judge import NOT_REPRODUCED, NOT_TESTED, REPRODUCED, VERDICTS
from synthgrad.report import tex
from synthgrad.report.run import (
    PRIMARY,
    headline_choices,
    headline_contrasts,
    headline_estimates,
    headline_power,
    is_decoupled,
    methods_and_widths,
    of_conditioning,
    side_of,
    sign_ends,
)
from synthgrad.report.tex import MISSING, fixed, interval, listing, magnitude, method_name
from synthgrad.reproduce.verify import DIFFERENT, TOLERANCE
from synthgrad.statistics import tests as statistics
from synthgrad.statistics.estimates import MEASURES, REFERENCES, SMALLEST_EFFECT
from synthgrad.study.experiments import setting_text, tuning_rungs

CITABLE_PRESET = "full"

NAMED_METHODS = ("backprop", "frozen", "dni[output]")
"""Methods that the prose names."""

DIRECTIONS = tuple((a, b) for a in ("ascent", "descent") for b in ("ascent", "descent"))
"""Updates of the layers and of the generators, in the order of the table."""


def values(run):
    """What prose and captions may say of a run, every estimate of an arm among it: a dict of key
    to TeX."""
    parts = (
        preset_values(run.study.preset),
        study_values(run),
        setup_values([cell.setup for cell in run.cells("headline").values()]),
        tuning_values(run),
        headline_values(run),
        arm_values(run),
        contrast_values(run),
        power_values(run),
        claim_values(run),
        ranking_values(run),
        sign_values(run),
        portability_values(run.portability),
        manifest_values(run.manifest),
    )
    return {key: text for part in parts for key, text in part.items()}


def portability_values(table):
    """How many other kernels were tried, how far they went, and what pinning them costs."""
    seconds = table.groupby("kernels", sort=False)["seconds"].first()
    runs = sorted(set(table.loc[table["outcome"] == DIFFERENT, "run"]))
    return {
        "portability/kernels": tex.count(len(seconds) - 1) if len(seconds) else MISSING,
        "portability/runs": tex.count(table["run"].nunique()),
        "portability/tolerance": magnitude(TOLERANCE),
        "portability/different": listing(map(tex.program_name, runs)) if runs else "no run",
        "portability/cost": fixed(_ratio(seconds, "portable", "as chosen"), 2),
    }


def _ratio(values, name, reference):
    return values[name] / values[reference] if {name, reference} <= set(values.index) else None


def preset_values(preset):
    """The preset and, unless it may be cited, the mark that goes on every page."""
    mark = "" if preset == CITABLE_PRESET else f"{tex.escape(preset)} run, not for citing"
    return {"run/preset": tex.escape(preset), "run/mark": mark}


def study_values(run):
    """Seeds and statistics."""
    seeds, tuning_seeds = run.study.evaluation_seeds, run.study.tuning_seeds
    return {
        "study/seeds": tex.count(len(seeds)),
        "study/cells": tex.count(len(run.study.cells())),
        "study/networks": tex.count(len(run.study.cells()) * len(seeds)),
        "study/first-seed": str(seeds[0]),
        "study/last-seed": str(seeds[-1]),
        "study/first-tuning-seed": str(tuning_seeds[0]),
        "study/resamples": tex.count(run.study.resamples),
        "study/confidence": f"{statistics.CONFIDENCE * 100:g}",
        "study/significance": f"{statistics.SIGNIFICANCE:g}",
        "study/least-pairs": str(statistics.LEAST_PAIRS),
    }


def setup_values(setups):
    """Settings of the headline; where its cells differ, all of them."""

    def each(text):
        return listing(dict.fromkeys(text(setup) for setup in setups))

    return {
        "headline/examples": each(lambda s: tex.count(s.training_examples)),
        "headline/heldout-examples": each(lambda s: tex.count(s.heldout_examples)),
        "headline/minibatch": each(lambda s: tex.count(s.batch_size)),
        "headline/epochs": each(lambda s: tex.count(s.epochs)),
        "headline/hidden": each(lambda s: listing(s.hidden)),
        "headline/biases": each(lambda s: "biases" if s.bias else "no biases"),
        "headline/weights": each(lambda s: tex.drawn(s.weight_scale, s.weight_shift)),
        "headline/generator-biases": each(
            lambda s: "with a bias" if s.generator_bias else "without a bias"
        ),
        "headline/generators": each(lambda s: tex.drawn(s.generator_scale, s.generator_shift)),
    }


def tuning_values(run):
    """The grid, its budget, and how often a choice lies on its edge."""
    study, tuned = run.study, headline_choices(run)

    step_sizes, generator_step_sizes = study.grids["addition"]

    def rung(number):
        _, seeds, keep = study.rungs[number]
        cells = run.cells("headline").values()
        epochs = listing(
            dict.fromkeys(tex.count(tuning_rungs(study, cell)[number].epochs) for cell in cells)
        )
        text = f"{epochs} epochs on {tex.plural(seeds, 'seed')}"
        last = number == len(study.rungs) - 1
        return text if last else f"{text}, of which the best {keep} go on"

    def on_edge(name):
        has = tuned[tuned[name].notna()]
        return tex.share(sum(name in str(names).split() for names in has["on_edge"]), len(has))

    return {
        "tuning/rungs": "; ".join(map(rung, range(len(study.rungs)))),
        "tuning/step-sizes": listing(map(tex.setting, step_sizes)),
        "tuning/generator-step-sizes": listing(map(tex.setting, generator_step_sizes)),
        "tuning/points": tex.count(len(step_sizes)),
        "tuning/generator-points": tex.count(len(step_sizes) * len(generator_step_sizes)),
        "tuning/step-sizes-on-edge": on_edge("step_size"),
        "tuning/generator-step-sizes-on-edge": on_edge("generator_step_size"),
        "tuning/on-edge": tex.share(int(run.tuned["on_edge"].notna().sum()), len(run.tuned)),
    }


def headline_values(run):
    """Every estimate of the headline, and those of which the prose speaks by their role."""
    methods, widths = methods_and_widths(run)
    estimates = headline_estimates(run)
    outcomes = run.outcomes_of("headline")
    bounds = run.summary.loc[run.summary["experiment"] == "headline", "ci_method"]
    used_up = [
        bits
        for bits in widths
        if not any((method, bits, "heldout_bit_accuracy") in estimates for method in methods)
    ]
    texts = {
        "headline/widths": listing(widths),
        "headline/methods": listing(map(method_name, methods)),
        "headline/method-count": str(len(methods)),
        "headline/decoupled-count": str(sum(map(is_decoupled, methods))),
        "headline/diverged": tex.share(int(outcomes["diverged_at"].notna().sum()), len(outcomes)),
        "headline/diverged-arms": diverged_arms(outcomes),
        "headline/without-heldout": f"at {listing(used_up)} bits" if used_up else "at no width",
        "headline/intervals": tex.count(len(bounds)),
        "headline/percentile-intervals": tex.count(int((bounds == "percentile").sum())),
        "headline/constant-intervals": tex.count(int((bounds == "constant").sum())),
    }
    for bits in widths:
        texts |= width_values(f"headline/{bits}", bits, run, dict(zip(methods, methods)))
    named = dict(zip(NAMED_METHODS, NAMED_METHODS))
    for role, choose in (("narrowest", min), ("widest", max)):
        bits = choose(widths, default=None)
        best = max(
            filter(is_decoupled, methods),
            key=lambda method: estimates.get((method, bits, PRIMARY), {}).get("mean", -math.inf),
            default=None,
        )
        texts[f"headline/{role}"] = MISSING if bits is None else str(bits)
        texts[f"headline/{role}/best"] = method_name(best) if best else MISSING
        texts |= width_values(f"headline/{role}", bits, run, named | {"best": best})
    return texts


ARM_FACTORS = {
    "untuned": ("method", "bits"),
    "conditioning": ("method",),
    "generator": ("method", "generator_scale", "generator_hidden", "generator_step"),
    "depth": ("method", "hidden"),
    "batchnorm": ("method", "batch_size", "forward_batchnorm"),
    "flatness": ("method", "weight_scale"),
    "examples": ("method", "examples"),
    "digits": ("method", "hidden"),
    "lazy": ("method", "task", "update_probability"),
}
"""Settings that tell the arms of an experiment apart, in the order of the keys."""


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


def diverged(ends):
    """How many replicas left the finite numbers: ``0/30``."""
    return f"{int(ends['diverged_at'].notna().sum())}/{len(ends)}"


def diverged_arms(outcomes):
    """``dni[output] at 4 bits (6/10)``, for each arm that lost replicas; ``none`` if none did."""
    arms = outcomes.groupby(["method", "bits"], sort=False)
    return (
        ", ".join(
            f"{method_name(method)} at {bits} bits ({diverged(ends)})"
            for (method, bits), ends in arms
            if ends["diverged_at"].notna().any()
        )
        or "none"
    )


def width_values(prefix, bits, run, methods):
    """Chance and all estimates at one width; `methods` is a dict of name in the key to method."""
    estimates, outcomes = headline_estimates(run), run.outcomes_of("headline")
    chance = outcomes.loc[outcomes["bits"] == bits, "chance"].mean()
    texts = {f"{prefix}/chance": fixed(chance)}
    for name, method in methods.items():
        for measure in MEASURES:
            found = estimates.get((method, bits, measure), {})
            key = f"{prefix}/{name}/{measure}"
            texts[key] = fixed(found.get("mean"))
            texts[f"{key}/interval"] = interval(found.get("ci_low"), found.get("ci_high"))
    return texts


def contrast_values(run):
    """The headline's contrasts on the primary outcome, taken together."""
    contrasts = headline_contrasts(run)
    _, widths = methods_and_widths(run)
    texts = {}
    for reference in REFERENCES:
        against = [found for found in contrasts if found["reference"] == reference]
        texts[f"contrast/{reference}/count"] = str(len(against))
        for side in ("above", "below", "open"):
            arms = [found for found in against if side_of(found) == side]
            texts[f"contrast/{reference}/{side}"] = arms_and_widths(arms, widths)
            texts[f"contrast/{reference}/{side}/count"] = str(len(arms))
    return texts


def power_values(run):
    """What the seeds can show: the smallest effects found with a power of 80 %."""
    found = headline_power(run)
    texts = {}
    for reference in REFERENCES:
        for kind in ("single", "family"):
            row = found.get((reference, kind), {})
            key = f"power/{reference}/{kind}"
            texts[key] = fixed(row.get("effect"), 2)
            texts[f"{key}/score"] = fixed(row.get("difference"))
    return texts


def claim_values(run):
    """The verdicts, counted and claim by claim."""
    lines = ledger.lines(run.claims)
    texts = {
        "claims/count": str(len(lines)),
        "claims/contrasts": str(len(run.claims)),
        "claims/smallest-effect": fixed(SMALLEST_EFFECT, 2),
    }
    of_tutorial = run.claims["edition"].isin(ledger.TUTORIAL) & (
        run.claims["verdict"] != NOT_TESTED
    )
    texts["claims/outcome"] = outcome(set(run.claims.loc[of_tutorial, "verdict"]))
    for verdict in VERDICTS:
        count = sum(line.verdict == verdict for line in lines)
        texts[f"claims/{verdict.replace(' ', '-')}/count"] = str(count)
    for line in lines:
        texts[f"claim/{line.claim}"] = line.verdict
        texts[f"claim/{line.claim}/support"] = line.support
    return texts


def outcome(verdicts):
    """What a replication journal puts before a title, by the verdicts on the tutorial's claims."""
    if verdicts == {REPRODUCED}:
        return "[Re]"
    return r"[\textlnot Re]" if verdicts == {NOT_REPRODUCED} else "[Re, in part]"


def ranking_values(run):
    """The set of conditions with the highest mean, and how sure it is."""
    ranking = of_conditioning(run.ranking)
    first, *_ = ranking.to_dict("records") or [{}]
    near = ranking["p_near_best"] >= 0.05 if first else []
    return {
        "ranking/first": tex.escape(first.get("conditions", MISSING)),
        "ranking/first/mean": fixed(first.get("mean")),
        "ranking/first/p": fixed(first.get("p_best"), 2),
        "ranking/near/count": str(int(sum(near))) if first else MISSING,
        "ranking/count": str(len(ranking)) if first else MISSING,
    }


def arms_and_widths(contrasts, widths):
    """``dni[label] at 4 and 6 bits; dni[output] at every width``; ``none`` of no contrasts."""
    by_arm = {}
    for contrast in contrasts:
        by_arm.setdefault(contrast["arm"], []).append(contrast["bits"])
    parts = []
    for arm, bits in by_arm.items():
        everywhere = len(widths) > 1 and sorted(bits) == widths
        where = "every width" if everywhere else f"{listing(sorted(bits))} bits"
        parts.append(f"{method_name(arm)} at {where}")
    return "; ".join(parts) or "none"


SIGN_MEASURES = {
    "printed_error": magnitude,
    "bit_accuracy": fixed,
    "mse": fixed,
    "largest_weight": magnitude,
}
"""What is told of the printed class, and how it is written."""


def sign_values(run):
    """How the printed class begins and ends with each pair of directions, medians over seeds."""
    setups = [cell.setup for cell in run.cells("signs").values()]
    texts = {
        "signs/examples": listing(
            dict.fromkeys(tex.count(setup.training_examples) for setup in setups)
        ),
        "signs/bits": listing(dict.fromkeys(setup.bits for setup in setups)),
        "signs/passes": listing(dict.fromkeys(tex.count(setup.epochs) for setup in setups)),
        "signs/undecided": listing(
            dict.fromkeys(magnitude(setup.training_examples * setup.bits / 8) for setup in setups)
        ),
    }
    for directions in DIRECTIONS:
        first, last = sign_ends(run, directions)
        prefix = f"signs/{'-'.join(directions)}"
        fell = last["printed_error"].lt(first["printed_error"]).sum()
        texts[f"{prefix}/fell"] = tex.share(int(fell), len(last))
        texts[f"{prefix}/chance"] = fixed(last["chance"].median())
        for when, ends in (("first", first), ("last", last)):
            for name, form in SIGN_MEASURES.items():
                texts[f"{prefix}/{name}/{when}"] = form(ends[name].median())
            slope = ends["tutorial_error"] / ends["absolute_error"]
            texts[f"{prefix}/slope/{when}"] = fixed(slope.median())
    return texts


def manifest_values(manifest):
    """What made the run: version, machine and times."""
    commit, _, changes = (manifest["git_commit"] or "").partition("+")
    libraries = [" ".join(map(str, blas.values())) for blas in manifest["blas"]]
    return {
        "manifest/version": tex.escape(manifest["packages"]["synthgrad"]),
        "manifest/commit": f"commit {tex.code(commit[:10])}" if commit else "no commit recorded",
        "manifest/changes": ", with changes that are not committed" if changes else "",
        "manifest/blas": tex.escape(listing(libraries)),
        "manifest/threads": tex.plural(manifest["blas_threads"], "thread"),
        "manifest/jobs-at-once": tex.plural(manifest["jobs_at_once"], "job"),
        "manifest/overhead": overhead(manifest),
        "manifest/wall": tex.duration(manifest["wall_seconds"]),
        "manifest/cpu-time": tex.duration(manifest["cpu_seconds"]),
    }


def overhead(manifest):
    """Percentage of the time of all places for jobs in which none of them trained."""
    places = manifest["jobs_at_once"] * manifest["wall_seconds"]
    return fixed(100 * (1 - manifest["training_seconds"] / places), 0) if places else MISSING
