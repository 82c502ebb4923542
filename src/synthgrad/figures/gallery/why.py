"""Why: what a linear generator could represent and what it came to, by initial scale; how flat the
layers start; and what alignment goes with in score, a mark a set of conditions."""

from synthgrad.core.setup import CONDITIONS_OF
from synthgrad.figures import drawing, style
from synthgrad.statistics.mean_alignment import aligned

EXPERIMENT = "flatness"
TABLES = ("representable",)
CATEGORY = "Who learns"
EXPLORE = "experiment=flatness&measure=alignment_2"
CAPTION = r"""
What generators could know, and what they learn. (a--f)~Alignment with the true gradient over
training by initial scale, layer~1 above, layer~2 below. Points: what each method sends into the
layer, with learning generators. Lines: the best that is linear in what its generators see, along
its own training; the gap between line and points is what was not learnt. At the start:
(g)~similarity of two examples; (h)~share of the squared true gradient of layer~2 that the best
linear generator represents and, dotted, what it could learn of it within an epoch. (i)~Score and
alignment in layer~2, a mark a set of conditions. Points and marks are means over
\val{seeds/flatness} seeds, lines over the first of these; bars and bands are
\val{study/confidence}\,\% bootstrap intervals.
"""

LAYERS = (1, 2)
REFERENCE = "backprop"
"""Whose networks are looked at under all conditions; at the start all methods have the same."""

SETS_OF = "conditioning"
"""The experiment on sets of conditions."""

AT_START = ("dni[output]", "dni[label]", "dni[output+label]")
START = {"share": "-", "reached": ":"}
"""What is shown of these at the start, and by which lines."""

SETS = {
    "without label": style.Look("set without label", style.NEUTRAL, marker="s", filled=False),
    "with label": style.Look("set with label", style.NEUTRAL, marker="o"),
}
OTHERS = "no generators"
LIMITS = (-0.25, 1.03)
SIGNAL = ("local-loss", "feedback-alignment")
"""Methods without generators whose hidden layers learn from a signal of their own."""


@style.styled
def draw(tables):
    """The figure, from a `Tables`."""
    arms = _aligned(tables, EXPERIMENT)
    arms = arms[arms["weight_scale"].notna()].astype({"weight_scale": float})
    scales = sorted(arms["weight_scale"].unique())
    kinds = {kind: [] for kind in (*SETS, OTHERS)}
    for method in style.in_order(arms["method"]):
        if CONDITIONS_OF[method] or method in SIGNAL:
            kinds[_kind(method)].append(method)

    figure = style.new_figure(style.TWO_COLUMNS, 5.2)
    upper, lower = figure.add_gridspec(2, 1, height_ratios=[2, 1])
    grid = upper.subgridspec(len(LAYERS), len(kinds)).subplots(sharex=True, sharey=True)
    flat, share, sets = lower.subgridspec(1, 3).subplots()
    for row, layer in zip(grid, LAYERS, strict=True):
        for axes, methods in zip(row, kinds.values(), strict=True):
            for place, method in enumerate(methods):
                own = {"linestyle": style.look(method).dashes}
                _draw_best(axes, tables, method, method, layer, "alignment", own)
                apart = 1.08 ** (place - (len(methods) - 1) / 2)
                _draw_attained(axes, tables, arms[arms["method"] == method], layer, apart)
        row[0].set_ylabel("alignment")
    grid[0, 0].set_ylim(*LIMITS)
    _draw_flatness(flat, tables, scales)
    for method in AT_START:
        for measure, dashes in START.items():
            marked = {"linestyle": dashes, "marker": style.look(method).marker}
            _draw_best(share, tables, REFERENCE, method, LAYERS[-1], measure, marked, epoch=0)
    share.set_ylim(0, 1.04)
    for axes in (*grid.ravel(), flat, share):
        _scale_axis(axes, scales)
    for axes in (*grid[-1], flat, share):
        axes.set_xlabel("initial scale")
    if SETS_OF in set(tables.outcomes["experiment"]):
        _draw_sets(sets, tables)
    titles = [f"{kind}, layer {layer}" for layer in LAYERS for kind in kinds]
    titles += ["similarity at the start", "share at the start, layer 2", "sets of conditions"]
    style.letter([*grid.ravel(), flat, share, sets], titles)
    looks = [style.look(method) for methods in kinds.values() for method in methods]
    handles = [look.handle() for look in (*looks, *_layer_looks().values())]
    style.legend(figure, [*handles, *map(_mark, SETS.values())], ncols=4)
    return figure


def _kind(method):
    """Which of the panels a method belongs to."""
    conditions = CONDITIONS_OF[method]
    return f"with{'' if 'label' in conditions else 'out'} label" if conditions else OTHERS


def _aligned(tables, experiment):
    """Outcomes of an experiment with alignment over training."""
    return aligned(*(tables.rows(name, experiment, learning=True) for name in ("runs", "outcomes")))


def _draw_best(axes, tables, trainer, method, layer, measure, line, epoch=None):
    """Draw what the best linear generator of a method could do in networks of a trainer, at an
    epoch or over training, by initial scale; `line` has keywords of the line."""
    found = tables.representable
    chosen = (found["trained_by"] == trainer) & (found["layer"] == layer)
    chosen &= found["condition"] == "+".join(CONDITIONS_OF[method])
    chosen &= found["epoch"].isna() if epoch is None else found["epoch"] == epoch
    rows, look = found[chosen].sort_values("weight_scale"), style.look(method)
    low, high = rows[f"{measure}_low"], rows[f"{measure}_high"]
    axes.fill_between(rows["weight_scale"], low, high, color=look.colour, alpha=0.2, linewidth=0)
    line = {"color": look.colour, "label": f"{measure}, {look.name}"} | line
    axes.plot(rows["weight_scale"], rows[measure], **line)


def _draw_attained(axes, tables, rows, layer, apart):
    """Draw the alignment that a method came to by initial scale, without runs that diverged."""
    rows = rows[rows["diverged_at"].isna()]
    means = tables.means((each for _, each in rows.groupby("weight_scale")), f"alignment_{layer}")
    scales = rows.groupby("cell")["weight_scale"].first()[means.index] * apart
    drawing.draw_means(axes, scales, means, style.look(rows["method"].iloc[0]), joined=False)


def _draw_flatness(axes, tables, scales):
    """Draw how alike any two examples are to the layers at the start."""
    start = tables.rows("runs", EXPERIMENT)
    start = start[(start["epoch"] == 0) & (start["method"] == start["method"].iloc[0])]
    start = start.dropna(subset="weight_scale").astype({"weight_scale": float})
    for layer, look in _layer_looks().items():
        by_scale = (rows for _, rows in start.groupby("weight_scale"))
        drawing.draw_means(axes, scales, tables.means(by_scale, f"similarity_{layer}"), look)
    axes.set_ylim(top=1.02)


def _layer_looks():
    """The looks of layers, by their number."""
    looks = style.sequence([f"layer {layer}" for layer in LAYERS])
    return dict(zip(LAYERS, looks.values(), strict=True))


def _draw_sets(axes, tables):
    """Draw score and alignment of the sets of conditions."""
    arms = _aligned(tables, SETS_OF)
    means = arms.groupby("method")[["alignment_2", drawing.SCORE]].mean()
    for kind, look in SETS.items():
        kept = [method for method in means.index if _kind(method) == kind]
        axes.plot(*means.loc[kept].to_numpy().T, **(look.line() | {"linestyle": "none"}))
    axes.set_xlabel("alignment, layer 2")
    axes.set_ylabel("score")


def _mark(look):
    """The entry of a mark without a line in a legend."""
    handle = look.handle()
    handle.set_linestyle("none")
    return handle


def _scale_axis(axes, scales):
    """An axis of initial scales."""
    axes.set_xscale("log")
    axes.set_xlim(scales[0] / 1.3, scales[-1] * 1.3)
    axes.set_xticks(scales, [style.plain(scale) for scale in scales])
    axes.minorticks_off()
