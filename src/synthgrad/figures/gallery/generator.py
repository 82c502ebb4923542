"""Generator: the score by form of the generators, a row for each method and form."""

from synthgrad.figures import drawing, style

EXPERIMENT = "generator"
CAPTION = r"""
Is one linear layer enough? (a)~The form of the generators of each method: with a hidden layer, with
a normalised step, with random initial weights, or none of it; (b)~score, with the best step sizes
that do not switch the generators off. Symbols as in \cref{fig:accuracy-by-bits}.
"""

FORMS = {
    "generator_hidden": ("0", "hidden\nlayer"),
    "generator_step": ("plain", "normalised\nstep"),
    "generator_scale": ("0.0", "random\nstart"),
}
"""What makes up a form: the value that is plain, and what any other value is called."""


@style.styled
def draw(tables):
    """The figure, from a `Tables`."""
    arms = tables.arms("outcomes", EXPERIMENT, ["method", *FORMS], learning=True)
    estimates = tables.estimates(EXPERIMENT, drawing.SCORE, learning=True)
    methods = style.in_order(arm[0] for arm in arms)
    rows = sorted(arms, key=lambda arm: (methods.index(arm[0]), *_plainest_first(arm[1:])))
    firsts = [[method for method, *_ in rows].index(method) for method in methods]

    figure = style.new_figure(style.TWO_COLUMNS, 0.9 + 0.22 * len(rows))
    matrix, scores = figure.subplots(1, 2, sharey=True, width_ratios=[1, 1.9])
    columns = [name for _, name in FORMS.values()]
    drawing.draw_matrix(matrix, [features(form) for _, *form in rows], columns)
    drawing.score_axis(scores, len(rows))
    for method in methods:
        of_method = {row: arms[arm] for row, arm in enumerate(rows) if arm[0] == method}
        drawing.draw_rows(scores, of_method, estimates, drawing.SCORE, style.look(method))
    matrix.set_yticks(firsts, [style.look(method).name for method in methods])
    for axes in (matrix, scores):
        for first in firsts[1:]:
            axes.axhline(first - 0.5, color=style.FAINT, linewidth=0.5)
    style.letter([matrix, scores], ["form of the generators", "how well the network learns"])
    return figure


def features(form):
    """What a form has that a linear, plainly trained generator that starts at zero has not."""
    pairs = zip(form, FORMS.values(), strict=True)
    return [name for value, (plain, name) in pairs if value != plain]


def _plainest_first(form):
    """The order of forms."""
    return len(features(form)), features(form)
