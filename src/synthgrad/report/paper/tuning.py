"""Tuning: the grid and its budget, the step sizes chosen, and how often one lies on an edge."""

from synthgrad.report import tex
from synthgrad.report.paper import numbers, table
from synthgrad.report.run import methods_and_widths
from synthgrad.report.tex import MISSING, listing, method_name
from synthgrad.study.experiments import tuning_rungs


def headline_choices(run):
    """Rows of the chosen step sizes that belong to the headline."""
    return run.tuned[run.tuned["cell"].isin(run.cells("headline"))]


@numbers
def tuning_values(run):
    """The grid, its budget, and how often a choice lies on its edge."""
    study, tuned = run.study, headline_choices(run)
    step_sizes, generator_step_sizes = study.grids["addition"]

    def on_edge(name):
        has = tuned[tuned[name].notna()]
        return tex.share(sum(name in str(names).split() for names in has["on_edge"]), len(has))

    return {
        "tuning/rungs": "; ".join(_rung(run, number) for number in range(len(study.rungs))),
        "tuning/step-sizes": listing(map(tex.setting, step_sizes)),
        "tuning/generator-step-sizes": listing(map(tex.setting, generator_step_sizes)),
        "tuning/points": tex.count(len(step_sizes)),
        "tuning/generator-points": tex.count(len(step_sizes) * len(generator_step_sizes)),
        "tuning/step-sizes-on-edge": on_edge("step_size"),
        "tuning/generator-step-sizes-on-edge": on_edge("generator_step_size"),
        "tuning/on-edge": tex.share(int(run.tuned["on_edge"].notna().sum()), len(run.tuned)),
    }


def _rung(run, number):
    """``20 epochs on 2 seeds, of which the best 4 go on``."""
    _, seeds, keep = run.study.rungs[number]
    cells = run.cells("headline").values()
    epochs = listing(
        dict.fromkeys(tex.count(tuning_rungs(run.study, cell)[number].epochs) for cell in cells)
    )
    text = f"{epochs} epochs on {tex.plural(seeds, 'seed')}"
    last = number == len(run.study.rungs) - 1
    return text if last else f"{text}, of which the best {keep} go on"


@table("tuned")
def tuned_table(run):
    """Chosen step size and generator step size of each method and width."""
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

    def lines(method, widths):
        yield tex.row(method_name(method), *(choice_text(method, bits) for bits in widths))

    return tex.width_table(*methods_and_widths(run), lines)
