"""Measurements -> tables and figures in results/benchmark/.

Data flows from a table with a row per repeat to a summary of medians and
quartiles, and from there to CSV, Markdown and the figure.
"""

import platform
from pathlib import Path

import matplotlib
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter, NullLocator

from synthgrad.reproduce.manifest import cpu_model, cpu_vectors, package_version
from synthgrad.study.tables import replacing

RC = {
    "font.size": 8,
    "axes.titlesize": 8,
    "axes.titlelocation": "left",
    "xtick.labelsize": 7,
    "ytick.labelsize": 7,
    "figure.labelsize": 8,
    "legend.frameon": False,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.6,
    "lines.linewidth": 1.2,
    "lines.markersize": 3.5,
    "pdf.fonttype": 42,
}
WIDTH = 7.0
"""Inches: two columns of an A4 article."""

LOOKS = {
    "plain loop": ("#8c8c8c", "s"),
    "engine": ("#0072b2", "o"),
    "engine, NumPy": ("#56b4e9", "v"),
    "PyTorch": ("#d55e00", "^"),
    "JAX": ("#009e73", "D"),
}
METHOD_LOOKS = {
    "backprop": ("#000000", "s"),
    "dni[output]": ("#0072b2", "o"),
    "dni[output+label]": ("#56b4e9", "v"),
}
"""Colour and marker."""
OTHER_LOOK = ("#882255", "P")

BASE = "engine"
"""What ratios of contestants are taken to."""

TICKS = [step * 10**power for power in range(-2, 5) for step in (1, 2, 5)]
"""Of a logarithmic axis."""

CELL = ["bits", "hidden", "method"]


def summarise(table):
    """Medians and spread over repeats.

    Parameters
    ----------
    table : DataFrame, as `step.benchmark` returns it

    Returns
    -------
    DataFrame
        One row per cell and contestant. A ratio to the engine is the median of
        the ratios of measurements in the same turn.
    """
    turn = [*CELL, "repeat"]
    base = table[table["contestant"] == BASE].set_index(turn)["microseconds"]
    beside = base.reindex(pd.MultiIndex.from_frame(table[turn])).to_numpy()
    table = table.assign(ratio=table["microseconds"] / beside)
    groups = table.groupby([*CELL, "contestant"], sort=False)
    times, ratios = groups["microseconds"], groups["ratio"]
    summary = pd.DataFrame(
        {
            "replicas": groups["replicas"].first(),
            "repeats": groups["repeat"].nunique(),
            "microseconds": times.median(),
            "lower_quartile": times.quantile(0.25),
            "upper_quartile": times.quantile(0.75),
            "least": times.min(),
            "most": times.max(),
            "times_engine": ratios.median(),
            "times_engine_least": ratios.min(),
            "times_engine_most": ratios.max(),
            "bound": groups["bound"].first(),
            "times_bound": times.median() / groups["bound"].first(),
            "wall_microseconds": groups["wall_microseconds"].median(),
            "compile_seconds": groups["compile_seconds"].first(),
            "difference": groups["difference"].first(),
            "machine": machine(),
        }
    )
    return summary.reset_index()


def write_step(table, peak, folder):
    """Write `step.csv`, `step-repeats.csv`, `step.md`, `step.pdf` and `step.png`."""
    summary = summarise(table)
    write_csv(summary, Path(folder) / "step.csv")
    write_csv(table, Path(folder) / "step-repeats.csv")
    write_text(step_markdown(summary, table, peak), Path(folder) / "step.md")
    save(draw_step(summary, table), Path(folder) / "step")


def step_markdown(summary, table, peak):
    """The table for reading, with what is needed to understand it."""
    header = (
        "bits",
        "hidden",
        "method",
        "contestant",
        "replicas",
        "µs per step (quartiles)",
        "time / engine's (range)",
        "time / bound",
        "compile s",
    )
    share = (table["microseconds"] / table["wall_microseconds"]).median()
    rates = ", ".join(f"{rate:.1f} ({name})" for name, rate in peak.gigaflops.items())
    packages = ", ".join(
        f"{name} {package_version(name)}"
        for name in ("numpy", "torch", "jax")
        if package_version(name)
    )
    return f"""\
# Time of a training step of one replica

Processor time per step and replica on one core, float64, minibatches of {batch_sizes(table)};
medians over {table["repeat"].nunique()} turns. The bound is the step's matrix products at the
fastest dgemm rate seen in the same turns. All weights agreed to
{table["difference"].max():.0e} of the largest in their array before anything was timed.

{markdown_table(header, step_rows(summary), left=4)}

- {machine()}; Python {platform.python_version()}, {packages}
- dgemm, Gflop/s: {rates}
- processor time / wall time: {share:.2f} (1.00 if nothing else wanted the core)
"""


def machine():
    """The processor and those of its instructions that matter for speed."""
    return f"{cpu_model()} ({', '.join(cpu_vectors()) or 'no vector instructions that are known'})"


def step_rows(summary):
    """A row for each cell and contestant, and one for the bound of each cell."""
    rows = []
    for cell, group in summary.groupby(CELL, sort=False):
        for row in group.itertuples():
            rows.append(
                (
                    *cell,
                    row.contestant,
                    row.replicas,
                    f"{row.microseconds:.1f} ({row.lower_quartile:.1f}-{row.upper_quartile:.1f})",
                    f"{row.times_engine:.2f} ({row.times_engine_least:.2f}-"
                    f"{row.times_engine_most:.2f})",
                    f"{row.times_bound:.1f}",
                    f"{row.compile_seconds:.1f}" if row.compile_seconds else "",
                )
            )
        rows.append((*cell, "bound", "", f"{group['bound'].iloc[0]:.1f}", "", "1.0", ""))
    return rows


def batch_sizes(table):
    return ", ".join(map(str, table["batch_size"].unique()))


def markdown_table(header, rows, left):
    """A Markdown table, padded for the eye; the first `left` columns are text."""
    rows = [tuple(map(str, row)) for row in rows]
    widths = [max(map(len, column)) for column in zip(header, *rows)]
    align = [str.ljust if k < left else str.rjust for k in range(len(header))]

    def line(cells):
        return "| " + " | ".join(pad(c, w) for pad, c, w in zip(align, cells, widths)) + " |"

    rule = ["-" * width if k < left else "-" * (width - 1) + ":" for k, width in enumerate(widths)]
    return "\n".join(map(line, [header, rule, *rows]))


def draw_step(summary, table):
    """Time per step, and its ratio to the engine, of every contestant in every cell."""
    with matplotlib.rc_context(RC):
        cells = list(summary.groupby(CELL, sort=False).groups)
        names = list(dict.fromkeys(summary["contestant"]))
        figure = Figure(figsize=(WIDTH, 0.55 * len(cells) + 1.1), layout="constrained")
        times, ratios = figure.subplots(1, 2, sharey=True)
        for k, cell in enumerate(cells):
            of_cell = (summary[CELL] == list(cell)).all(axis=1)
            bound = summary.loc[of_cell, "bound"].iloc[0]
            mark = {"color": "black", "linewidth": 1.2}
            times.plot([bound, bound], [k - 0.35, k + 0.35], label=None if k else "bound", **mark)
            base = summary.loc[of_cell & (summary["contestant"] == BASE), "microseconds"]
            if len(base):
                ratios.plot([bound / base.iloc[0]] * 2, [k - 0.35, k + 0.35], **mark)
            for i, name in enumerate(names):
                y = k + 0.6 * ((i + 0.5) / len(names) - 0.5)
                row = summary[of_cell & (summary["contestant"] == name)].iloc[0]
                repeats = table[(table[CELL] == list(cell)).all(axis=1)]
                draw_contestant(times, ratios, row, repeats, y, label=None if k else name)
        times.set_yticks(range(len(cells)), [f"{b} bits, {h}\n{m}" for b, h, m in cells])
        times.invert_yaxis()
        ratios.axvline(1, color="#767676", linewidth=0.8, linestyle=":", zorder=0)
        for axes, label in (
            (times, "µs per step of one replica"),
            (ratios, "time / engine's time"),
        ):
            axes.set_xscale("log")
            axes.set_xlabel(label)
            plain_ticks(axes.xaxis, TICKS)
        figure.legend(loc="outside lower center", ncols=len(names) + 1)
    return figure


def draw_contestant(times, ratios, row, repeats, y, label):
    """Every repeat as a faint point, the quartiles as a line, the median as a marker."""
    colour, marker = LOOKS.get(row.contestant, OTHER_LOOK)
    own, base = (
        repeats[repeats["contestant"] == name].set_index("repeat")["microseconds"]
        for name in (row.contestant, BASE)
    )
    for axes, values in ((times, own), (ratios, (own / base).dropna())):
        if values.empty:
            continue
        axes.plot(values, [y] * len(values), "o", color=colour, alpha=0.3, markersize=2, mew=0)
        axes.plot(values.quantile([0.25, 0.75]), [y, y], color=colour)
        axes.plot(values.median(), y, marker, color=colour, label=label, linestyle="none")
        label = None


def plain_ticks(axis, ticks):
    """Ticks of a logarithmic axis, written out, where its data are."""
    low, high = axis.get_view_interval()
    inside = [tick for tick in ticks if low <= tick <= high]
    axis.set_ticks(inside, [f"{tick:g}" for tick in inside])
    axis.set_minor_locator(NullLocator())
    axis.set_minor_formatter(NullFormatter())


def write_csv(table, path):
    write_text(table.to_csv(index=False, lineterminator="\n"), path)


def write_text(text, path):
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def save(figure, stem):
    """Write `<stem>.pdf` and `<stem>.png`."""
    for kind, metadata in (("pdf", {"CreationDate": None}), ("png", None)):
        with replacing(f"{stem}.{kind}") as temporary:
            figure.savefig(temporary, format=kind, dpi=200, metadata=metadata)
