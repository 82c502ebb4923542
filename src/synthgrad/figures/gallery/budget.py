"""Budget: accuracy by epoch over the longest runs, and the score by the epochs it is taken over.

The score over as many epochs as the headline has is that of the headline's runs
of the same arms and seeds.
"""

from synthgrad.figures import drawing, naming, style
from synthgrad.figures.gallery import learning_curves
from synthgrad.figures.gallery.learning_curves import SHORTER

EXPERIMENT = "patience"
CATEGORY = "Who learns"
CAPTION = r"""
Does the budget decide? (a)~Bit accuracy on the training set by epoch, over the longest runs;
(b)~score over the first 100 and 300 epochs, over those of the headline and over all. Step sizes are
those of the headline, tuned for its epochs. Means over \val{seeds/patience} seeds with
\val{study/confidence}\,\% bootstrap intervals; small points are single seeds.
"""

BESIDE = "headline"


@style.styled
def draw(tables):
    """The figure, from a `Tables`."""
    runs = tables.arms("runs", EXPERIMENT, ["method"])
    outcomes = tables.rows("outcomes", EXPERIMENT)
    (bits,) = outcomes["bits"].unique()
    arms = _by_budget(tables, outcomes)
    places = {budget: place for place, budget in enumerate(sorted({budget for _, budget in arms}))}

    figure = style.new_figure(style.TWO_COLUMNS, 2.7)
    curves, scores = figure.subplots(1, 2)
    by_method = {method: rows for (method,), rows in runs.items()}
    learning_curves.draw_panel(curves, tables, by_method, outcomes["chance"].mean())
    curves.set_ylim(top=1.02)
    means = tables.means(arms.values(), drawing.SCORE)
    ends = drawing.draw_level_panel(scores, means, arms, places, drawing.SCORE)
    scores.set_xlabel("epochs that the score is over")
    style.letter([curves, scores], [f"training bit accuracy, {bits} bits", f"score, {bits} bits"])
    naming.name_methods(scores, ends)
    return figure


def _by_budget(tables, outcomes):
    """Rows of outcomes by method and number of epochs, with the score over so many."""
    beside = tables.rows("outcomes", BESIDE)
    for column in ("method", "bits", "seed"):
        beside = beside[beside[column].isin(outcomes[column])]
    found = [(budget, outcomes, measure) for budget, measure in SHORTER.items()]
    found += [(rows["epochs"].max(), rows, drawing.SCORE) for rows in (beside, outcomes)]
    return {
        (method, budget): arm.assign(cell=f"{budget} epochs of {method}", accuracy_auc=arm[measure])
        for budget, rows, measure in found
        for method, arm in rows.groupby("method")
        if arm[measure].notna().any()
    }
