"""What a training step costs, here and elsewhere."""

from synthgrad.report import tex
from synthgrad.report.paper import numbers, table
from synthgrad.report.tex import MISSING, fixed, method_name

RIVALS = {
    "plain loop": "plain loop",
    "engine, NumPy": "NumPy kernels",
    "PyTorch": "PyTorch",
    "JAX": "JAX",
}
"""What the benchmark compares the engine with, and how the report calls it."""


@numbers
def benchmark_values(run):
    """The processor on which it was measured."""
    machines = run.benchmark["machine"].unique()
    return {"benchmark/machine": tex.escape(machines[0]) if len(machines) else MISSING}


@table("benchmark")
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
