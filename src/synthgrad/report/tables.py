"""The booktabs tables of the paper, as TeX: pure functions of a `Run`."""

from dataclasses import asdict
from itertools import groupby

from synthgrad.claims import verdicts as ledger
from synthgrad.claims.judge import NOT_TESTED
from synthgrad.core.setup import Setup, field_names
from synthgrad.core.tutorial import EDITIONS, PUBLISHED_SEED
from synthgrad.report import tex
from synthgrad.report.numbers import DIRECTIONS, SIGN_MEASURES, diverged
from synthgrad.report.run import (
    PRIMARY,
    Spread,
    headline_choices,
    headline_contrasts,
    headline_estimates,
    headline_medians,
    methods_and_widths,
    of_conditioning,
    program_ends,
    programs,
    side_of,
    sign_ends,
)
from synthgrad.report.tex import MISSING, fixed, interval, listing, magnitude, method_name
from synthgrad.reproduce.verify import CLOSE, DIFFERENT, IDENTICAL
from synthgrad.statistics.estimates import REFERENCES

SECONDARY = {
    "bit_accuracy": "bit accuracy",
    "sum_accuracy": "sum accuracy",
    "heldout_bit_accuracy": "held-out bit accuracy",
}
"""The other outcomes and their headings."""

CONTROL = "frozen"

STEP_SIZES = ("step_size", "generator_step_size")

TABLES_IN_A_ROW = 3
DIGITS_OF_A_CHECKSUM = 16

OUTCOMES = (IDENTICAL, CLOSE, DIFFERENT)
"""What may come out where runs are compared, the best first."""


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
    return tex.table(columns, header, blocks)


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
    return tex.table(columns, header, blocks)


def survival_table(run):
    """Median epochs to 95 % bit accuracy of each method and width, with interval."""
    medians = headline_medians(run)

    def text(value):
        return tex.setting(float(value)) if tex.is_number(value) else r"$\infty$"

    def cell(found):
        if found is None:
            return MISSING
        bounds = f"[{text(found['ci_low'])}, {text(found['ci_high'])}]" if found["events"] else ""
        return rf"{text(found['median'])} \bounds{{{bounds}}} {found['events']}/{found['n']}"

    def lines(method, widths):
        yield tex.row(method_name(method), *(cell(medians.get((method, bits))) for bits in widths))

    return tex.width_table(*methods_and_widths(run), lines)


def claims_table(run):
    """Every claim with its verdict and how many contrasts support it."""
    lines = []
    for line in ledger.lines(run.claims):
        source = f"{line.edition}, part {line.part}" if line.part else line.edition
        figure = rf"\figureof{{{line.figure}}}" if line.figure else ""
        verdict = rf"\verdict{{{line.verdict}}}"
        texts = [tex.escape(text) for text in (line.statement, source)]
        lines.append(tex.row(*texts, verdict, line.support, figure) + "[2pt]")
    columns = (
        r">{\raggedright\arraybackslash}p{86mm}>{\raggedright\arraybackslash}p{27mm}"
        r"l>{\raggedright\arraybackslash}p{30mm}l"
    )
    header = [tex.row("Claim", "said in", "verdict", "in support", "fig.")]
    return tex.table(columns, header, [lines])


def evidence(run):
    """Every contrast of every claim: estimate, interval, p-value, n and what it shows.

    A run of paragraphs, not a table, which fills columns and goes over pages.
    """
    lines = []
    for claim, rows in run.claims.groupby("claim", sort=False):
        lines.append(rf"\evidenceof{{{tex.escape(claim)}}}")
        named = [(_name(row), row) for row in rows.to_dict("records")]
        for stem, group in groupby(named, lambda pair: _stem(pair[0])):
            alike = list(group)
            if len(alike) == 1:
                lines.append(r"\evidence" + _evidence(*alike[0]))
                continue
            lines.append(rf"\evidencestem{{{tex.escape(stem)}}}")
            for name, row in alike:
                lines.append(r"\evidencepart" + _evidence(name.removeprefix(f"{stem}, "), row))
    return "\n".join([*lines, ""])


def _name(row):
    """What a contrast is called; some claims have but one, without a name."""
    return row["contrast"] if isinstance(row["contrast"], str) else ""


def _stem(name):
    """The name of a contrast without its last part, which tells it from others."""
    return name.rpartition(", ")[0] or name


def _evidence(name, row):
    """The arguments of the macro for a contrast."""
    tested = row["evidence"] != NOT_TESTED
    texts = (
        tex.escape(name),
        magnitude(row["estimate"]) if tested else MISSING,
        interval(row["ci_low"], row["ci_high"], magnitude) if tested else "",
        tex.p_value(row["p_adjusted"]),
        str(row["n"]),
        row["evidence"],
    )
    return "".join(f"{{{text}}}" for text in texts)


def ranking_table(run):
    """The sets of conditions, best first, with the probabilities of being best and near it."""
    lines = [
        tex.row(
            tex.escape(row["conditions"]),
            *(fixed(row[name]) for name in ("mean", "p_best", "p_near_best")),
        )
        for row in of_conditioning(run.ranking).to_dict("records")
    ]
    header = [tex.row("Conditions", "score", "best", "near best")]
    return tex.table("lrrr", header, [lines])


def factorial_table(run):
    """Main effects and two-way interactions of the conditions."""
    rows = of_conditioning(run.factorial).to_dict("records")
    blocks = [
        [
            tex.row(
                tex.escape(row["effect"]),
                fixed(row["estimate"]),
                interval(row["ci_low"], row["ci_high"]),
                tex.p_value(row["p_adjusted"]),
            )
            for row in rows
            if ("+" in row["effect"]) == interaction
        ]
        for interaction in (False, True)
    ]
    header = [tex.row("Effect", tex.span(2, "difference"), "$p$")]
    return tex.table("lr@{~}lr", header, [block for block in blocks if block])


def _of_generators(text):
    """`text` of a setup, or a dash if it has no generators."""
    return lambda setup: text(setup) if setup.conditions else MISSING


PROGRAM_ROWS = {
    "bits": lambda s: tex.setting(s.bits),
    "examples": lambda s: tex.setting(s.training_examples),
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


RIVALS = {
    "plain loop": "plain loop",
    "engine, NumPy": "NumPy kernels",
    "PyTorch": "PyTorch",
    "JAX": "JAX",
}
"""What the benchmark compares the engine with, and how the report calls it."""


def benchmark_table(run):
    """What a training step costs, and how many times as much it costs others."""
    lines = []
    for (bits, hidden, method), rows in run.benchmark.groupby(
        ["bits", "hidden", "method"], sort=False
    ):
        by_name = rows.set_index("contestant")
        engine = by_name.loc["engine"]
        ratios = by_name["times_engine"].reindex(RIVALS)
        lines.append(
            tex.row(
                f"{bits}, {hidden}",
                method_name(method),
                fixed(engine["microseconds"], 1),
                fixed(engine["bound"], 1),
                *(fixed(ratio, 2) for ratio in ratios),
            )
        )
    groups = [tex.span(2, r"\textmu s a step"), tex.span(len(RIVALS), "times as long take")]
    header = [
        tex.row("", "", *groups),
        r"\cmidrule(lr){3-4}\cmidrule(l){5-8}",
        tex.row("Bits, hidden", "Method", "here", "bound", *RIVALS.values()),
    ]
    return tex.table("ll" + "r" * (2 + len(RIVALS)), header, [lines])


def portability_table(run):
    """How far the runs with the kernels of other CPUs are from those with the chosen ones."""
    lines = []
    for kernels, rows in run.portability.groupby("kernels", sort=False):
        counts = [str(int((rows["outcome"] == outcome).sum())) for outcome in OUTCOMES]
        close = rows.loc[rows["outcome"] != DIFFERENT, "largest"]
        texts = [fixed(rows["seconds"].iloc[0], 1), *counts, magnitude(close.max())]
        lines.append(tex.row(tex.escape(kernels), *texts))
    header = [tex.row("Kernels", "seconds", *OUTCOMES, "largest difference")]
    return tex.table("lrrrrr", header, [lines])


def settings_table(run):
    """What each experiment varies, and what it fixes to something else than the others do."""
    everything = _settings(asdict(Setup()), field_names())
    lines = [tex.row("all", rf"\multicolumn{{2}}{{p{{150mm}}}}{{{everything}}}") + "[2pt]"]
    usual = asdict(Setup())
    for experiment, listed in run.study.experiments.items():
        setups = [asdict(cell.setup) for _, cell in listed]
        levels = {
            name: list(dict.fromkeys(setup[name] for setup in setups)) for name in field_names()
        }
        tuned = listed[0][1].tuned
        own = [name for name in levels if not (tuned and name in STEP_SIZES)]
        varied = [name for name in own if len(levels[name]) > 1]
        fixed_ones = [
            name for name in own if len(levels[name]) == 1 and levels[name] != [usual[name]]
        ]
        texts = [f"{name}: {listing(map(tex.setting, levels[name]))}" for name in varied]
        if "edition" in listed[0][0]:
            texts = ["edition: " + listing(cell.edition for _, cell in listed)]
            fixed_ones = []
        chosen = _settings({name: levels[name][0] for name in fixed_ones}, fixed_ones)
        tuning = "step sizes tuned" if tuned else "step sizes given"
        lines.append(
            tex.row(
                tex.escape(experiment),
                "; ".join(texts).replace("_", r"\_\allowbreak{}"),
                "; ".join(filter(None, [chosen, tuning])),
            )
            + "[2pt]"
        )
    header = [tex.row("Experiment", "varies", "settings")]
    columns = (
        r">{\raggedright\arraybackslash}p{17mm}>{\raggedright\arraybackslash}p{88mm}"
        r">{\raggedright\arraybackslash}p{60mm}"
    )
    return tex.table(columns, header, [lines])


def _settings(values, names):
    texts = [f"{tex.escape(name)}: {tex.setting(values[name])}" for name in names]
    return "; ".join(texts).replace(r"\_", r"\_\allowbreak{}")


def manifest_table(manifest):
    """Versions and checksums of a run."""
    packages = manifest["packages"].items()
    versions = ["Python " + manifest["python"]]
    versions += [f"{name} {version}" for name, version in packages if version]
    facts = {
        "Software": tex.escape(", ".join(versions)),
        "Platform": tex.escape(f"{manifest['platform']}, {manifest['cpu']}"),
        "Config": _checksum(manifest["config_sha256"]),
    }
    tables = [(tex.code(name), _checksum(digest)) for name, digest in manifest["tables"].items()]
    tables += [("", "")] * (-len(tables) % TABLES_IN_A_ROW)
    rows = zip(*[iter(tables)] * TABLES_IN_A_ROW, strict=True)
    width = 2 * TABLES_IN_A_ROW - 1
    blocks = [
        [
            tex.row(name, rf"\multicolumn{{{width}}}{{p{{0.8\linewidth}}}}{{{text}}}")
            for name, text in facts.items()
        ],
        [tex.row(*(text for pair in row for text in pair)) for row in rows],
    ]
    return tex.table("ll" * TABLES_IN_A_ROW, [], blocks)


def _checksum(digest):
    return tex.code(digest[:DIGITS_OF_A_CHECKSUM])
