"""Generator: the score by form of the generators, a row a form, a panel a method."""

from synthgrad.figures import drawing, style

EXPERIMENT = "generator"
CAPTION = r"""
Is one linear layer enough? (a)~The form of the generators: with a hidden layer, with a normalised
step, with random initial weights, or none of it; beside it the score of each form. Symbols as in
\cref{fig:accuracy-by-width}.
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
    arms = tables.arms("outcomes", EXPERIMENT, ["method", *FORMS])
    methods = style.in_order(arm[0] for arm in arms)
    forms = sorted(
        {arm[1:] for arm in arms}, key=lambda form: (len(features(form)), features(form))
    )
    estimates = tables.estimates(EXPERIMENT, drawing.SCORE)

    figure = style.new_figure(style.TWO_COLUMNS, 1.1 + 0.24 * len(forms))
    matrix, *panels = figure.subplots(1, 1 + len(methods), sharey=True)
    columns = [name for _, name in FORMS.values()]
    drawing.draw_matrix(matrix, [features(form) for form in forms], columns)
    for axes, method in zip(panels, methods, strict=True):
        drawing.score_axis(axes, len(forms))
        present = (row for row, form in enumerate(forms) if (method, *form) in arms)
        of_method = {row: arms[method, *forms[row]] for row in present}
        drawing.draw_rows(axes, of_method, estimates, drawing.SCORE, style.look(method))
    for axes in panels[1:]:
        axes.sharex(panels[0])
    names = [style.look(method).name for method in methods]
    style.letter([matrix, *panels], ["form of the generators", *names])
    return figure


def features(form):
    """What a form has that a linear, plainly trained generator that starts at zero has not."""
    pairs = zip(form, FORMS.values(), strict=True)
    return [name for value, (plain, name) in pairs if value != plain]
