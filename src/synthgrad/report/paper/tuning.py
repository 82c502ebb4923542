"""Tuning: the searches, the step sizes chosen, and how often one lies on an edge."""

from dataclasses import asdict

from synthgrad.report import tex
from synthgrad.report.paper import numbers, table
from synthgrad.report.run import methods_and_bits
from synthgrad.report.tex import MISSING, method_name


def headline_choices(run):
    """Rows of the chosen step sizes that belong to the headline."""
    return run.tuned[run.tuned["cell"].isin(run.cells("headline"))]


@numbers
def tuning_values(run):
    """The searches' budget and spaces, and how often a choice lies on an edge."""
    tuned = headline_choices(run)

    def on_edge(name):
        has = tuned[tuned[name].notna()]
        return tex.share(sum(name in str(names).split() for names in has["on_edge"]), len(has))

    values = {
        f"search/{name}/{key}": tex.count(value)
        for name, budget in run.study.budgets.items()
        for key, value in asdict(budget).items()
    }
    for kind, space in run.study.spaces["addition"].items():
        values[f"search/{kind}/step-size"] = _decades(space.step_size)
        if space.generator_step_size:
            values[f"search/{kind}/generator-step-size"] = _decades(space.generator_step_size)
    return values | {
        "tuning/step-sizes-on-edge": on_edge("step_size"),
        "tuning/generator-step-sizes-on-edge": on_edge("generator_step_size"),
        "tuning/on-edge": tex.share(int(run.tuned["on_edge"].notna().sum()), len(run.tuned)),
    }


def _decades(ends):
    """From which to which power of ten."""
    low, high = ends
    return f"$10^{{{low}}}$ to $10^{{{high}}}$"


@table("tuned")
def tuned_table(run):
    """Chosen step size and generator step size of each method and number of bits."""
    rows = headline_choices(run).to_dict("records")
    choices = {(choice["method"], choice["bits"]): choice for choice in rows}

    def choice_text(method, bits):
        choice = choices.get((method, bits), {})
        edges = str(choice.get("on_edge")).split()
        texts = [
            tex.setting(float(choice[name])) + (r"\onedge" if name in edges else "")
            for name in ("step_size", "generator_step_size")
            if tex.is_number(choice.get(name))
        ]
        return " / ".join(texts) or MISSING

    def lines(method, all_bits):
        yield tex.row(method_name(method), *(choice_text(method, bits) for bits in all_bits))

    return tex.bits_table(*methods_and_bits(run), lines)
