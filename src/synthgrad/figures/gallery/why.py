"""Why: what a linear generator could represent and what it came to, by initial scale; how flat the
layers start; and what alignment goes with in score, a mark a set of conditions."""

from synthgrad.core.setup import CONDITIONS_OF
from synthgrad.figures import drawing, style
from synthgrad.statistics.alignment import aligned

EXPERIMENT = "flatness"
TABLES = ("representable",)
CATEGORY = "Who learns"
CAPTION = r"""
Why it works. (a--l)~Alignment over training by initial scale, upper row layer~1, lower row
layer~2: points, what each method sends into the layer, with learning generators; lines, the best
that is linear in what the generator sees, along the method's own training (solid) and along that
of \method{backprop} (dashed). At the start: (m)~similarity of two examples; (n)~share of the
squared true gradient of layer~2 that the best linear generator represents and, dotted, what it
could learn of it within an epoch. (o)~Score and alignment in layer~2, a mark a set of conditions,
of which there are few. Points and marks are means over \val{seeds/flatness} seeds, lines over the
first of these, bars and bands \val{study/confidence}\,\% bootstrap intervals.
"""

LAYERS = (1, 2)
REFERENCE = "backprop"
"""Whose networks are looked at under all conditions; at the start all methods have the same."""

SETS_OF = "conditioning"
"""The experiment on sets of conditions."""

OTHERS = ("local-loss", "feedback-alignment")
AT_START = ("dni[output]", "dni[label]", "dni[output+label]")
SETS = {
    True: style.Look("sets with label", "#0072b2", marker="o"),
    False: style.Look("without label", "#d55e00", marker="s", filled=False),
}


@style.styled
def draw(tables):
    """The figure, from a `Tables`."""
    arms = _aligned(tables, EXPERIMENT)
    arms = arms[arms["weight_scale"].notna()].astype({"weight_scale": float})
    scales = sorted(arms["weight_scale"].unique())
    methods = [name for name in style.in_order(arms["method"]) if CONDITIONS_OF[name]]

    figure = style.new_figure(style.TWO_COLUMNS, 5.4)
    upper, lower = figure.add_gridspec(2, 1, height_ratios=[1.7, 1])
    grid = upper.subgridspec(2, len(methods) + 1).subplots(sharex=True, sharey=True)
    for row, layer in zip(grid, LAYERS, strict=True):
        for axes, method in zip(row, methods):
            for trainer, dashes in ((method, "-"), (REFERENCE, "--")):
                _draw_best(axes, tables, trainer, method, layer, "alignment", dashes)
            _draw_attained(axes, tables, arms, method, layer)
        for method in OTHERS:
            _draw_attained(row[-1], tables, arms, method, layer)
        row[0].set_ylabel(f"alignment, layer {layer}")
    flat, share, score = lower.subgridspec(1, 3).subplots()
    _draw_flatness(flat, tables, scales)
    for method in AT_START:
        _draw_best(share, tables, REFERENCE, method, LAYERS[-1], "share", "-", epoch=0)
        _draw_best(share, tables, REFERENCE, method, LAYERS[-1], "reached", ":", epoch=0)
    share.set_ylim(0, 1.04)
    for axes in (*grid.ravel(), flat, share):
        _scale_axis(axes, scales)
    for axes in (*grid[-1], flat, share):
        axes.set_xlabel("initial scale")
    _draw_sets(score, tables)
    names = [style.look(method).name.replace("+", "\n+") for method in methods] + ["no generator"]
    lower_names = ["similarity at the start", "share at the start", "15 sets of conditions"]
    style.letter([*grid.ravel(), flat, share, score], [*names, *[""] * len(names), *lower_names])
    handles = [style.look(method).handle() for method in (*methods, *OTHERS)]
    style.legend(figure, handles, ncols=4)
    return figure


def _aligned(tables, experiment):
    """Outcomes of an experiment with alignment over training."""
    return aligned(*(tables.rows(name, experiment, learning=True) for name in ("runs", "outcomes")))


def _draw_best(axes, tables, trainer, method, layer, measure, dashes, epoch=None):
    """Draw what the best linear generator of a method could do in networks of a trainer, at an
    epoch or over training, by initial scale."""
    found = tables.representable
    chosen = (found["trained_by"] == trainer) & (found["layer"] == layer)
    chosen &= found["condition"] == "+".join(CONDITIONS_OF[method])
    chosen &= found["epoch"].isna() if epoch is None else found["epoch"] == epoch
    rows, look = found[chosen].sort_values("weight_scale"), style.look(method)
    low, high = rows[f"{measure}_low"], rows[f"{measure}_high"]
    axes.fill_between(rows["weight_scale"], low, high, color=look.colour, alpha=0.2, linewidth=0)
    line = {"color": look.colour, "linestyle": dashes, "linewidth": 1.1}
    axes.plot(rows["weight_scale"], rows[measure], label=f"{measure} {trainer} {method}", **line)


def _draw_attained(axes, tables, arms, method, layer):
    """Draw the alignment that a method came to by initial scale, without runs that diverged."""
    kept = arms[(arms["method"] == method) & arms["diverged_at"].isna()]
    means = tables.means((rows for _, rows in kept.groupby("weight_scale")), f"alignment_{layer}")
    scales = kept.groupby("cell")["weight_scale"].first()[means.index]
    drawing.draw_means(axes, scales, means, style.look(method), joined=False)


def _draw_flatness(axes, tables, scales):
    """Draw how alike layers are at the start to any two examples."""
    start = tables.rows("runs", EXPERIMENT)
    start = start[(start["epoch"] == 0) & (start["method"] == REFERENCE)]
    start = start.dropna(subset="weight_scale").astype({"weight_scale": float})
    looks = style.sequence([f"layer {layer}" for layer in LAYERS])
    for layer, look in zip(LAYERS, looks.values(), strict=True):
        by_scale = (rows for _, rows in start.groupby("weight_scale"))
        drawing.draw_means(axes, scales, tables.means(by_scale, f"similarity_{layer}"), look)
    axes.set_ylim(top=1.02)
    style.legend(axes, [look.handle() for look in looks.values()], loc="lower left")


def _draw_sets(axes, tables):
    """Draw score and alignment of the sets of conditions."""
    arms = _aligned(tables, SETS_OF)
    means = arms.groupby("method")[["alignment_2", drawing.SCORE]].mean()
    for has_label, look in SETS.items():
        kept = [name for name in means.index if ("label" in CONDITIONS_OF[name]) is has_label]
        kept = means.loc[[name for name in kept if CONDITIONS_OF[name]]]
        axes.plot(*kept.to_numpy().T, **(look.line() | {"linestyle": "none"}))
    axes.set_xlabel("alignment, layer 2")
    axes.set_ylabel("score")
    handles = [look.handle() for look in SETS.values()]
    for handle in handles:
        handle.set_linestyle("none")
    style.legend(axes, handles, loc="best")


def _scale_axis(axes, scales):
    """An axis of initial scales."""
    axes.set_xscale("log")
    axes.set_xticks(scales, [style.plain(scale) for scale in scales])
    axes.minorticks_off()
