r"""From the tables of a run to TeX: every number that the paper prints.

`documents` gives the texts of the generated files: ``numbers``, from which the
prose takes a text by its key, ``\val{headline/8/backprop/accuracy_auc}``, and
the booktabs tables. All of it is pure functions of a `Run`. What has no value
(a replica that diverged, an arm or experiment that a config leaves out) is a
dash, so that any config has a report.
"""

import math
from pathlib import Path

from . import records, statistics, tex
from .analysis import MEASURES, REFERENCES
from .editions import EDITIONS
from .findings import (
    PRIMARY,
    PUBLISHED_SEED,
    SIGNIFICANCE,
    Spread,
    headline_choices,
    headline_contrasts,
    headline_estimates,
    is_decoupled,
    methods_and_widths,
    program_ends,
    programs,
    side_of,
    sign_ends,
)
from .tex import MISSING, fixed, interval, listing, magnitude, method_name

CITABLE_PRESET = "full"

SECONDARY = {
    "bit_accuracy": "bit accuracy",
    "sum_accuracy": "sum accuracy",
    "heldout_bit_accuracy": "held-out bit accuracy",
}
"""The other outcomes and their headings."""

CONTROL = "frozen"

NAMED_METHODS = ("backprop", "frozen", "dni[output]")
"""Methods that the prose names."""

DIRECTIONS = tuple((a, b) for a in ("ascent", "descent") for b in ("ascent", "descent"))
"""Updates of the layers and of the generators, in the order of the table."""


def documents(run):
    """The texts of all generated files, by their names without ``.tex``."""
    return {
        "numbers": tex.definitions(values(run)),
        "tuned": tuned_table(run),
        "headline": headline_table(run),
        "outcomes": outcomes_table(run),
        "contrasts": contrasts_table(run),
        "programs": programs_table(run),
        "editions": editions_table(run),
        "signs": signs_table(run),
        "manifest": manifest_table(run.manifest),
    }


# The numbers that the prose looks up.


def values(run):
    """All that prose and captions say of a run: a dict of key to TeX."""
    parts = (
        preset_values(run.study.preset),
        study_values(run),
        setup_values([cell.setup for cell in run.cells("headline").values()]),
        tuning_values(run),
        headline_values(run),
        contrast_values(run),
        edition_values(run),
        sign_values(run),
        manifest_values(run.manifest),
    )
    return {key: text for part in parts for key, text in part.items()}


def preset_values(preset):
    """The preset and, unless it may be cited, the mark that goes on every page."""
    mark = "" if preset == CITABLE_PRESET else f"{tex.escape(preset)} run, not for citing"
    return {"run/preset": tex.escape(preset), "run/mark": mark}


def study_values(run):
    """Seeds and statistics."""
    seeds, tuning_seeds = run.study.evaluation_seeds, run.study.tuning_seeds
    return {
        "study/seeds": tex.count(len(seeds)),
        "study/first-seed": str(seeds[0]),
        "study/last-seed": str(seeds[-1]),
        "study/tuning-seeds": tex.plural(len(tuning_seeds), "seed"),
        "study/first-tuning-seed": str(tuning_seeds[0]),
        "study/resamples": tex.count(run.study.resamples),
        "study/confidence": f"{statistics.CONFIDENCE * 100:g}",
        "study/significance": f"{SIGNIFICANCE:g}",
        "study/least-pairs": str(statistics.LEAST_PAIRS),
    }


def setup_values(setups):
    """Settings of the headline; where its cells differ, all of them."""

    def each(text):
        return listing(dict.fromkeys(text(setup) for setup in setups))

    return {
        "headline/examples": each(lambda s: tex.count(s.examples)),
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

    def on_edge(name):
        has = tuned[tuned[name].notna()]
        return tex.share(sum(name in str(names).split() for names in has["on_edge"]), len(has))

    return {
        "tuning/epochs": tex.count(study.tuning_epochs),
        "tuning/step-sizes": listing(map(tex.setting, study.step_sizes)),
        "tuning/generator-step-sizes": listing(map(tex.setting, study.generator_step_sizes)),
        "tuning/points": tex.count(len(study.step_sizes)),
        "tuning/generator-points": tex.count(
            len(study.step_sizes) * len(study.generator_step_sizes)
        ),
        "tuning/step-sizes-on-edge": on_edge("step_size"),
        "tuning/generator-step-sizes-on-edge": on_edge("generator_step_size"),
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
    """The headline's contrasts on the primary outcome, one by one and taken together."""
    contrasts = headline_contrasts(run)
    _, widths = methods_and_widths(run)
    texts = {}
    for found in contrasts:
        key = f"contrast/{found['bits']}/{found['arm']}/{found['reference']}"
        texts |= {
            key: fixed(found["estimate"]),
            f"{key}/interval": interval(found["ci_low"], found["ci_high"]),
            f"{key}/p": tex.p_value(found["p_adjusted"]),
            f"{key}/effect": fixed(found["effect_size"], 2),
            f"{key}/n": str(found["n"]),
        }
    for reference in REFERENCES:
        against = [found for found in contrasts if found["reference"] == reference]
        texts[f"contrast/{reference}/count"] = str(len(against))
        for side in ("above", "below", "open"):
            arms = [found for found in against if side_of(found) == side]
            texts[f"contrast/{reference}/{side}"] = arms_and_widths(arms, widths)
            texts[f"contrast/{reference}/{side}/count"] = str(len(arms))
    return texts


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


def edition_values(run):
    """What the replayed programs end with."""
    texts = {"editions/names": listing(map(tex.program_name, programs(run)))}
    for edition in EDITIONS:
        ends = program_ends(run, edition)
        for name, form in (("printed_error", magnitude), ("bit_accuracy", fixed)):
            spread = Spread.of(ends, name)
            key = f"editions/{edition}/{name}"
            texts |= {
                key: form(spread.median),
                f"{key}/quartiles": interval(spread.low, spread.high, form),
                f"{key}/published": form(spread.published),
                f"{key}/rank": spread.rank,
            }
    return texts


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
        "signs/examples": listing(dict.fromkeys(tex.count(setup.examples) for setup in setups)),
        "signs/bits": listing(dict.fromkeys(setup.bits for setup in setups)),
        "signs/passes": listing(dict.fromkeys(tex.count(setup.epochs) for setup in setups)),
        "signs/undecided": listing(
            dict.fromkeys(magnitude(setup.examples * setup.bits / 8) for setup in setups)
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
        "manifest/python": tex.escape(manifest["python"]),
        "manifest/cpu": tex.escape(manifest["cpu"]),
        "manifest/blas": tex.escape(listing(libraries)),
        "manifest/threads": tex.plural(manifest["blas_threads"], "thread"),
        "manifest/wall": tex.duration(manifest["wall_seconds"]),
        "manifest/cpu-time": tex.duration(manifest["cpu_seconds"]),
    }


# Tables.


def tuned_table(run):
    """Chosen step size and generator step size of each method and width."""
    rows = headline_choices(run).to_dict("records")
    choices = {(choice["method"], choice["bits"]): choice for choice in rows}

    def choice_text(method, bits):
        choice = choices.get((method, bits), {})
        edges = str(choice.get("on_edge")).split()
        sizes = {
            name: choice[name]
            for name in ("step_size", "generator_step_size")
            if tex.is_number(choice.get(name))
        }
        texts = [
            tex.setting(float(size)) + (r"\onedge" if name in edges else "")
            for name, size in sizes.items()
        ]
        return " / ".join(texts) or MISSING

    def lines(method, widths):
        yield tex.row(method_name(method), *(choice_text(method, bits) for bits in widths))

    return tex.width_table(*methods_and_widths(run), lines)


def headline_table(run):
    """Primary outcome of each method and width, marked where it is settled against the control."""
    estimates = headline_estimates(run)
    marks = {"above": r"\abovemark", "below": r"\belowmark", "open": ""}
    against_control = {
        (found["arm"], found["bits"]): marks[side_of(found)]
        for found in headline_contrasts(run)
        if found["reference"] == CONTROL
    }

    def lines(method, widths):
        arms = [(method, bits) for bits in widths]
        found = [estimates.get((*arm, PRIMARY), {}) for arm in arms]
        marked = [
            fixed(arm_found.get("mean")) + against_control.get(arm, "")
            for arm, arm_found in zip(arms, found)
        ]
        bounds = [interval(each.get("ci_low"), each.get("ci_high")) for each in found]
        yield tex.row(method_name(method), *marked)
        yield tex.row("", *(rf"\bounds{{{bound}}}" for bound in bounds)) + "[2pt]"

    return tex.width_table(*methods_and_widths(run), lines)


def outcomes_table(run):
    """The secondary outcomes of each method and width, with intervals."""
    methods, widths = methods_and_widths(run)
    estimates = headline_estimates(run)

    def line(method, bits):
        cells = []
        for measure in SECONDARY:
            found = estimates.get((method, bits, measure), {})
            bounds = found.get("ci_low"), found.get("ci_high")
            cells += [fixed(found.get("mean")), interval(*bounds) if found else ""]
        found = estimates.get((method, bits, PRIMARY))
        return tex.row(method_name(method), *cells, f"{found['diverged']}/{found['n']}")

    headings = [tex.span(2, name) for name in SECONDARY.values()]
    header = [tex.row("Method", *headings, "div.")]
    columns = tex.method_column(methods) + "r@{~}l" * len(SECONDARY) + "r"
    blocks = [
        [width_heading(bits, 2 + 2 * len(SECONDARY)), *(line(method, bits) for method in methods)]
        for bits in widths
    ]
    return tex.long_table(columns, header, blocks, r"\outcomescaption", "tab:outcomes")


def width_heading(bits, columns):
    """A row that says to which width the rows below it belong."""
    return tex.row(tex.span(columns, rf"\widthheading{{{bits} bits}}", "l"))


def contrasts_table(run):
    """Every method against every reference on the primary outcome."""
    methods, widths = methods_and_widths(run)
    contrasts = {
        (found["arm"], found["reference"], found["bits"]): found
        for found in headline_contrasts(run)
    }

    def cells(method, reference, bits):
        found = contrasts.get((method, reference, bits))
        if found is None:
            return MISSING, "", "", "", ""
        return (
            fixed(found["estimate"]),
            interval(found["ci_low"], found["ci_high"]),
            tex.p_value(found["p_adjusted"]),
            fixed(found["effect_size"], 2),
            str(found["n"]),
        )

    def line(method, bits):
        against = [cells(method, reference, bits) for reference in REFERENCES]
        return tex.row(method_name(method), *(text for texts in against for text in texts))

    header = [
        tex.row("", *(tex.span(5, f"against {method_name(name)}") for name in REFERENCES)),
        "".join(rf"\cmidrule(lr){{{2 + 5 * k}-{6 + 5 * k}}}" for k in range(len(REFERENCES))),
        tex.row("Method", *[tex.span(2, "difference"), "$p$", "$r$", "$n$"] * len(REFERENCES)),
    ]
    columns = tex.method_column(methods) + "r@{~}lrrr" * len(REFERENCES)
    blocks = [
        [width_heading(bits, 1 + 5 * len(REFERENCES)), *(line(method, bits) for method in methods)]
        for bits in widths
    ]
    return tex.long_table(columns, header, blocks, r"\contrastscaption", "tab:contrasts")


def _of_generators(text):
    """`text` of a setup, or a dash if it has no generators."""
    return lambda setup: text(setup) if setup.conditions else MISSING


PROGRAM_ROWS = {
    "bits": lambda s: tex.setting(s.bits),
    "examples": lambda s: tex.setting(s.examples),
    "minibatch": lambda s: tex.setting(s.batch_size),
    "passes": lambda s: tex.setting(s.epochs),
    "hidden units": lambda s: tex.setting(s.hidden),
    "initial weights": lambda s: tex.drawn(s.weight_scale, s.weight_shift),
    "biases": lambda s: tex.setting(s.bias),
    "step size": lambda s: tex.setting(s.step_size),
    "layers' updates": lambda s: s.step_direction,
    "decoupled layers": _of_generators(lambda s: "all" if s.decouple_last else "hidden"),
    "generators see": _of_generators(lambda s: ", ".join(s.conditions)),
    "initial generators": _of_generators(lambda s: tex.drawn(s.generator_scale, s.generator_shift)),
    "generators' biases": _of_generators(lambda s: tex.setting(s.generator_bias)),
    "generators' step size": _of_generators(lambda s: tex.setting(s.generator_step_size)),
    "generators' updates": _of_generators(lambda s: s.generator_step_direction),
}
"""What is told of a published program: label, and text from its setup."""

EDITION_ROWS = {
    "printed error": lambda e: r"$\sum|ef'|$" if e.prints_derivative else r"$\sum|e|$",
    "code": lambda e: "reconstructed" if e.reconstructed else "published",
}
"""The same from its `Edition`."""


def programs_table(run):
    """What each replayed program does: one column a program."""
    cells = programs(run)

    def heading(name):
        head, hyphen, tail = name.rpartition("-")
        return rf"\programhead{{{tex.escape(head + hyphen)}}}{{{tex.escape(tail)}}}"

    lines = [
        tex.row(label, *(text(cell.setup) for cell in cells.values()))
        for label, text in PROGRAM_ROWS.items()
    ]
    lines += [
        tex.row(label, *(text(EDITIONS[name]) for name in cells))
        for label, text in EDITION_ROWS.items()
    ]
    return tex.table("l" + "c" * len(cells), [tex.row("", *map(heading, cells))], [lines])


def editions_table(run):
    """What each replayed program ends with, over seeds and with the published one."""

    def cells(ends, name, form):
        spread = Spread.of(ends, name)
        bounds = interval(spread.low, spread.high, form)
        return form(spread.median), bounds, form(spread.published), spread.rank

    lines = []
    for name in programs(run):
        ends = program_ends(run, name)
        texts = cells(ends, "printed_error", magnitude) + cells(ends, "bit_accuracy", fixed)
        lines.append(tex.row(tex.program_name(name), *texts, diverged(ends)))
    groups = [tex.span(4, name) for name in ("printed error", "bit accuracy")]
    columns = ["median", "[quartiles]", f"seed {PUBLISHED_SEED}", "rank"]
    header = [
        tex.row("", *groups, ""),
        r"\cmidrule(lr){2-5}\cmidrule(lr){6-9}",
        tex.row("Program", *columns * 2, "div."),
    ]
    return tex.table("l" + "r@{~}lrr" * 2 + "r", header, [lines])


def diverged(ends):
    """How many replicas left the finite numbers: ``0/30``."""
    return f"{int(ends['diverged_at'].notna().sum())}/{len(ends)}"


def signs_table(run):
    """The printed class with each pair of update directions, medians over seeds."""
    lines = []
    for directions in DIRECTIONS:
        first, last = sign_ends(run, directions)
        if len(last):
            texts = [
                SIGN_MEASURES[name](ends[name].median())
                for ends, name in (
                    (first, "printed_error"),
                    (last, "printed_error"),
                    (first, "mse"),
                    (last, "mse"),
                    (last, "bit_accuracy"),
                    (last, "largest_weight"),
                )
            ]
            lines.append(tex.row(*directions, *texts, diverged(last)))
    groups = [tex.span(2, name) for name in ("updates of", "printed error", "squared error")]
    header = [
        tex.row(*groups, "bit", "largest", ""),
        r"\cmidrule(lr){1-2}\cmidrule(lr){3-4}\cmidrule(lr){5-6}",
        tex.row("layers", "generators", *["first", "last"] * 2, "accuracy", "weight", "div."),
    ]
    return tex.table("llrrrrrrr", header, [lines])


def manifest_table(manifest):
    """Versions and checksums of a run."""
    packages = manifest["packages"].items()
    versions = ["Python " + manifest["python"]]
    versions += [f"{name} {version}" for name, version in packages if version]
    facts = {
        "Software": tex.escape(", ".join(versions)),
        "Platform": tex.escape(manifest["platform"]),
        "Processor": tex.escape(manifest["cpu"]),
        "Config": tex.code(manifest["config_sha256"]),
    }
    tables = {tex.code(name): tex.code(digest) for name, digest in manifest["tables"].items()}
    blocks = [[tex.row(*pair) for pair in part.items()] for part in (facts, tables)]
    return tex.table(r"lp{0.76\linewidth}", [], blocks)


def write(texts, paths):
    """Write each text to the one of the paths that has its name.

    Raises
    ------
    ValueError
        If texts and paths do not belong together one by one.
    """
    by_name = {Path(path).stem: Path(path) for path in paths}
    if by_name.keys() != texts.keys():
        raise ValueError(f"there are {sorted(texts)}, but asked for are {sorted(by_name)}")
    for name, path in by_name.items():
        with records.replacing(path) as temporary:
            temporary.write_text(texts[name], encoding="utf-8")
